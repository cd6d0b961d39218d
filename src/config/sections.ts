import { z } from 'zod';
import { logLevels } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import { onOff, secretSetting } from '../base/setting.ts';

export const port = z.number().int().min(1).max(65_535).meta({ shownAs: 'port' });

export const hostName = z
  .string()
  .regex(/^[\w.:-]+$/, { error: 'must be a host name or an address, without protocol and port' })
  .meta({ shownAs: 'host' });

/** Milliseconds, from 1 on. */
export const durationMs = z.number().int().min(1);
export const wholeNumber = z.number().int().min(1);

const broker = z.string().regex(/^[\w.-]+:\d{1,5}$/, { error: 'must be "host:port"' });
export const brokerList = z.array(broker).min(1, { error: 'must name at least one broker' });

/** A base address without a slash at its end. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' })
  .refine(isWithoutPassword, { error: 'must not hold a password' })
  .transform((url) => url.replace(/\/+$/, ''))
  .meta({ shownAs: 'address' });

/** An address that may hold a password: then it is given by reference. The result is always a secret. */
export function urlOrSecret(protocol: RegExp, example: string) {
  return z
    .custom<string | Secret>((value) => typeof value === 'string' || value instanceof Secret, {
      error: `must be an address like ${example}, or a reference to one`,
    })
    .superRefine((given, context) => {
      const url = given instanceof Secret ? given.reveal() : given;
      if (!protocol.test(toProtocol(url))) {
        context.addIssue({ code: 'custom', message: `must be an address like ${example}` });
      } else if (given === url && !isWithoutPassword(url)) {
        const message =
          'holds a password: give the whole address by reference, { env: NAME } or { file: path }';
        context.addIssue({ code: 'custom', message });
      }
    })
    .transform((given) => (given instanceof Secret ? given : new Secret(given)))
    .meta({ shownAs: 'address, or a secret when it holds a password' });
}

function toProtocol(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : '';
}

function isWithoutPassword(url: string): boolean {
  return !URL.canParse(url) || new URL(url).password === '';
}

export const kafkaSection = z.strictObject({
  brokers: brokerList
    .prefault(['127.0.0.1:9092'])
    .describe('Brokers to begin with, `host:port` each. In the environment separated by commas.'),
  topicPrefix: z
    .string()
    .regex(/^([a-z0-9][a-z0-9._-]*\.)?$/, {
      error: 'must be empty, or small letters, digits, dots and hyphens ending in a dot',
    })
    .default('')
    .describe('Put before every topic and consumer group, so that several installations can share brokers.'),
  partitions: wholeNumber
    .max(1_000)
    .default(12)
    .describe('Partitions of a topic when it is made. Fixed from then on: order per learner rests on it.'),
  replicationFactor: wholeNumber
    .max(10)
    .default(1)
    .describe('Copies of every topic. 3 where there are three brokers or more.'),
  sessionTimeoutMs: durationMs
    .min(6_000)
    .default(45_000)
    .describe('How long a silent worker keeps its partitions.'),
  heartbeatIntervalMs: durationMs.default(3_000).describe('How often a worker says that it is there.'),
  rebalanceTimeoutMs: durationMs
    .default(120_000)
    .describe('How long workers may take to hand partitions over.'),
});

export const registrySection = z.strictObject({
  url: httpUrl
    .prefault('http://127.0.0.1:8081/apis/ccompat/v7')
    .describe('The schema registry, its Confluent-compatible interface.'),
});

export const connectSection = z.strictObject({
  url: httpUrl.prefault('http://127.0.0.1:8083').describe('The REST interface of Kafka Connect.'),
});

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

/** Where a role answers `/metrics`, `/healthz` and `/readyz`. 0 = nowhere. */
const rolePort = z
  .union([z.number().int().min(0).max(65_535), z.enum(['any', 'off'])], {
    error: 'must be a port, any (a free one, named in the log) or off',
  })
  .transform((value) => (value === 'off' ? 0 : value))
  .meta({ shownAs: 'port, any, off' });

const portText = (role: string) => `Port of the ${role} role for metrics and health.`;

export const httpSection = z.strictObject({
  host: hostName.default('127.0.0.1').describe('Address on which every role answers.'),
  outbound: rolePort.prefault(9101).describe(portText('outbound')),
  poller: rolePort.prefault(9102).describe(portText('poller')),
  reconciler: rolePort.prefault(9103).describe(portText('reconciler')),
  ops: rolePort.prefault(9100).describe(portText('ops')),
});

export const logSection = z.strictObject({
  level: z.enum(logLevels).default('info').describe('The least important lines that are written.'),
});

export const outboundSection = z.strictObject({
  concurrency: wholeNumber.max(1_000).default(64).describe('Learners worked on at once by one process.'),
  maxInWork: wholeNumber
    .max(100_000)
    .default(2_000)
    .describe('Changes a process holds before it stops taking more.'),
  maxInWorkBytes: wholeNumber.default(33_554_432).describe('The same bound in bytes.'),
  commitIntervalMs: durationMs.default(1_000).describe('How often finished positions are committed.'),
});

export const lagSection = z.strictObject({
  sampleIntervalMs: durationMs.default(5_000).describe('How often the ops role measures lag.'),
  slowAfterMs: durationMs
    .default(60_000)
    .describe('Age of the oldest waiting change from which a queue is slow.'),
  stalledAfterMs: durationMs.default(20_000).describe('How long a queue may stand still with work in it.'),
  captureLateAfterMs: durationMs
    .default(60_000)
    .describe('Age of the last heartbeat from which capture counts as late.'),
  slotBytesWarning: wholeNumber
    .default(1_073_741_824)
    .describe('WAL kept for the slot from which capture counts as late.'),
});

export const nearRealTime = onOff
  .prefault('on')
  .describe('Off: work is done by the daily run and by refresh only (D-4).');
export const externalIdVendor = z
  .enum(['onefile', 'smartassessor'])
  .optional()
  .describe(
    'Whose ids the one external-id column of officers and organisations holds; needed with two vendors (D-2, A-12).',
  );
export const deletedReviews = z
  .enum(['recreate', 'remember'])
  .default('recreate')
  .describe('What happens when a review that came from a vendor is deleted in PICS (OF-53, A-4).');

/** Everything but the vendors: a fault here stops the program, a vendor's fault only that vendor. */
export const commonSchema = z.strictObject({
  nearRealTime,
  externalIdVendor,
  deletedReviews,
  kafka: kafkaSection.prefault({}),
  registry: registrySection.prefault({}),
  connect: connectSection.prefault({}),
  // Parsed like an empty section when it is absent, so that the missing password is told.
  pics: picsSection.prefault({} as z.input<typeof picsSection>),
  connector: connectorSection.prefault({}),
  store: storeSection.prefault({}),
  redis: redisSection.prefault({}),
  outbound: outboundSection.prefault({}),
  http: httpSection.prefault({}),
  lag: lagSection.prefault({}),
  log: logSection.prefault({}),
});

export type CommonSettings = z.output<typeof commonSchema>;
