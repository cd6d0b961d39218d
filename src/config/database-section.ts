import { z } from 'zod';
import { onOff, secretSetting } from '../base/setting.ts';
import { durationMs, hostName, httpUrl, port, urlOrSecret, wholeNumber } from './address.ts';

const databaseName = z.string().min(1);
const roleName = z.string().min(1);

const mappedTable = z.strictObject({
  schema: z.string().min(1).optional(),
  table: z.string().min(1).optional(),
  columns: z.record(z.string(), z.string().min(1).nullable()).optional(),
});

export const picsSection = z.strictObject({
  host: hostName.default('127.0.0.1').describe('Where the PICS database answers.'),
  port: port.default(5432).describe('Port of the PICS database.'),
  database: databaseName.default('pics').describe('Name of the PICS database.'),
  user: roleName
    .default('picsync_sync')
    .describe('The role of the sync: reads PICS, writes the columns of the rules.'),
  password: secretSetting.describe('Password of `pics.user`.'),
  mapping: z
    .record(z.string(), mappedTable)
    .default({})
    .describe(
      'Names at this site that differ from the reference schema, by our words: `learner: { table: trainee2 }`. A field set to null does not exist here (A-11).',
    ),
  liveLetters: z
    .array(z.string().length(1, { error: 'must be one letter' }))
    .min(1)
    .default(['L', 'C'])
    .describe('Status letters of learners that count as live (A-17).'),
  role: z
    .enum(['live', 'test'])
    .default('test')
    .describe('What this PICS is. A live one belongs with a live vendor environment (OF-1).'),
  licences: z
    .array(z.enum(['onefile', 'smartassessor']))
    .default(['onefile', 'smartassessor'])
    .describe('Vendors this PICS is licensed for (OF-1).'),
  replicationOriginPrefix: z
    .string()
    .regex(/^[a-z][a-z0-9_-]*$/, { error: 'must be small letters, digits, hyphens and underscores' })
    .default('picsync')
    .describe(
      'Own writes carry the replication origin `<prefix>:<vendor>:<n>`, so that they are known again.',
    ),
  poolSize: wholeNumber.max(200).default(8).describe('Connections to PICS a process may hold.'),
  owner: z
    .strictObject({
      user: roleName.default('postgres').describe('A superuser, used by `pics prepare` alone.'),
      password: secretSetting.optional().describe('Password of `pics.owner.user`.'),
    })
    .prefault({}),
});

export const connectorSection = z.strictObject({
  name: z.string().min(1).default('pics').describe('Name of the connector in Kafka Connect.'),
  user: roleName.default('picsync_connector').describe('The role the connector signs in with at PICS.'),
  password: secretSetting.optional().describe('Password of `connector.user`; needed by `connector apply`.'),
  slot: z
    .string()
    .regex(/^[a-z0-9_]{1,63}$/, { error: 'must be small letters, digits and underscores' })
    .default('picsync')
    .describe('Replication slot in PICS.'),
  publication: z
    .string()
    .min(1)
    .default('picsync_pub')
    .describe('Publication in PICS; made by `pics prepare`.'),
  host: hostName.optional().describe('Where Kafka Connect finds PICS; `pics.host` when it is the same.'),
  port: port.optional().describe('Port for `connector.host`.'),
  registryUrl: httpUrl
    .optional()
    .describe(
      'Where Kafka Connect finds the registry, its version 2 interface; made from `registry.url` when absent.',
    ),
  heartbeatIntervalMs: durationMs
    .default(10_000)
    .describe('How often the connector moves its slot while PICS is quiet.'),
  restartFailed: onOff.prefault('on').describe('Whether the ops role restarts failed tasks.'),
});

const keptDays = (what: string, days: number) =>
  z
    .number()
    .int()
    .min(0)
    .max(36_500)
    .default(days)
    .describe(`Days after which the ops role deletes ${what}; 0 = never.`);

export const storeSection = z.strictObject({
  url: urlOrSecret(/^postgres(ql)?:$/, 'postgres://host:5432/database')
    .optional()
    .describe('The sync database as one address. Instead of the parts below.'),
  host: hostName.default('127.0.0.1').describe('Where the sync database answers.'),
  port: port.default(5432).describe('Port of the sync database.'),
  database: databaseName.default('picsync').describe('Name of the sync database.'),
  user: roleName.default('picsync').describe('Its role.'),
  password: secretSetting.optional().describe('Password of `store.user`.'),
  poolSize: wholeNumber.max(200).default(8).describe('Connections to the sync database a process may hold.'),
  keepDays: z
    .strictObject({
      journal: keptDays('what happened to learners', 400),
      held: keptDays('held items that were closed', 400),
      intents: keptDays('records of calls whose outcome is known', 90),
    })
    .prefault({}),
});

export const redisSection = z.strictObject({
  url: urlOrSecret(/^rediss?:$/, 'redis://host:6379')
    .prefault('redis://127.0.0.1:6379')
    .describe('Redis: shared call budgets and session tokens. It may be wiped at any time.'),
});
