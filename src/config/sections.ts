import { z } from 'zod';
import { logLevels } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import { onOff, secretSetting } from '../base/setting.ts';
import { vendorNames } from '../domain/vendor-name.ts';

const port = z.number().int().min(1).max(65_535).meta({ shownAs: 'port' });

const hostName = z
  .string()
  .regex(/^[\w.:-]+$/, { error: 'must be a host name or an address, without protocol and port' })
  .meta({ shownAs: 'host' });

/** Milliseconds, at least 1. */
const durationMs = z.number().int().min(1);
const wholeNumber = z.number().int().min(1);

const broker = z.string().regex(/^[\w.-]+:\d{1,5}$/, { error: 'must be "host:port"' });
const brokerList = z.array(broker).min(1, { error: 'must name at least one broker' });

/** A base address. A trailing slash is removed. */
const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' })
  .refine(isWithoutPassword, { error: 'must not contain a password' })
  .transform((url) => url.replace(/\/+$/, ''))
  .meta({ shownAs: 'address' });

/** An address that may contain a password; then it must be a reference. The result is always a secret. */
function urlOrSecret(protocol: RegExp, example: string) {
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
          'contains a password: give the whole address as a reference, { env: NAME } or { file: path }';
        context.addIssue({ code: 'custom', message });
      }
    })
    .transform((given) => (given instanceof Secret ? given : new Secret(given)))
    .meta({ shownAs: 'address, or a secret if it contains a password' });
}

function toProtocol(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : '';
}

function isWithoutPassword(url: string): boolean {
  return !URL.canParse(url) || new URL(url).password === '';
}

const kafkaSection = z.strictObject({
  brokers: brokerList
    .prefault(['127.0.0.1:9092'])
    .describe('Bootstrap brokers, each as `host:port`. Separate them with commas in the environment.'),
  topicPrefix: z
    .string()
    .regex(/^([a-z0-9][a-z0-9._-]*\.)?$/, {
      error: 'must be empty, or consist of lower-case letters, digits, dots and hyphens and end in a dot',
    })
    .default('')
    .describe('Prefix of all topics and consumer groups, so that several installations can share brokers.'),
  partitions: wholeNumber
    .max(1_000)
    .default(12)
    .describe(
      'Number of partitions of a new topic. It must not change later, because the order of changes of a learner depends on it.',
    ),
  replicationFactor: wholeNumber
    .max(10)
    .default(1)
    .describe('Replicas of each topic. Use 3 with three or more brokers.'),
  sessionTimeoutMs: durationMs
    .min(6_000)
    .default(45_000)
    .describe('How long a process without heartbeats keeps its partitions.'),
  heartbeatIntervalMs: durationMs.default(3_000).describe('How often a process sends a heartbeat to Kafka.'),
  rebalanceTimeoutMs: durationMs
    .default(120_000)
    .describe('How long processes may take to hand over partitions.'),
});

const registrySection = z.strictObject({
  url: httpUrl
    .prefault('http://127.0.0.1:8081/apis/ccompat/v7')
    .describe('Address of the Confluent-compatible interface of the schema registry.'),
});

const connectSection = z.strictObject({
  url: httpUrl.prefault('http://127.0.0.1:8083').describe('Address of the REST interface of Kafka Connect.'),
});

const databaseName = z.string().min(1);
const roleName = z.string().min(1);

const mappedTable = z.strictObject({
  schema: z.string().min(1).optional(),
  table: z.string().min(1).optional(),
  columns: z.record(z.string(), z.string().min(1).nullable()).optional(),
});

const picsSection = z.strictObject({
  host: hostName.default('127.0.0.1').describe('Host of the PICS database.'),
  port: port.default(5432).describe('Port of the PICS database.'),
  database: databaseName.default('pics').describe('Name of the PICS database.'),
  user: roleName
    .default('picsync_sync')
    .describe('The role of the sync. It reads PICS and writes the columns that the rules name.'),
  password: secretSetting.describe('Password of `pics.user`.'),
  mapping: z
    .record(z.string(), mappedTable)
    .default({})
    .describe(
      'Names at this site that differ from the reference schema, under the names of pics-sync: `learner: { table: trainee2 }`. Set a field to null if it does not exist at this site (A-11).',
    ),
  liveLetters: z
    .array(z.string().length(1, { error: 'must be one letter' }))
    .min(1)
    .default(['L', 'C'])
    .describe('Status letters of learners that count as live (A-17).'),
  role: z
    .enum(['live', 'test'])
    .default('test')
    .describe('Whether this PICS is live or for tests. A live PICS needs a live vendor environment (OF-1).'),
  licences: z
    .array(z.enum(vendorNames))
    .default([...vendorNames])
    .describe('Vendors for which this PICS is licensed (OF-1).'),
  replicationOriginPrefix: z
    .string()
    .regex(/^[a-z][a-z0-9_-]*$/, {
      error: 'must consist of lower-case letters, digits, hyphens and underscores',
    })
    .default('picsync')
    .describe(
      "The sync's own writes carry the replication origin `<prefix>:<vendor>:<n>`, so that it recognises them.",
    ),
  poolSize: wholeNumber
    .max(200)
    .default(8)
    .describe(
      'Maximum number of connections to PICS for each process; its roles share them. The reconciler has 2 more for each vendor, and ops 3 more.',
    ),
  owner: z
    .strictObject({
      user: roleName.default('postgres').describe('A superuser, used only by `pics prepare`.'),
      password: secretSetting.optional().describe('Password of `pics.owner.user`.'),
    })
    .prefault({}),
});

const connectorSection = z.strictObject({
  name: z.string().min(1).default('pics').describe('Name of the connector in Kafka Connect.'),
  user: roleName.default('picsync_connector').describe('The role with which the connector signs in to PICS.'),
  password: secretSetting.optional().describe('Password of `connector.user`; needed by `connector apply`.'),
  slot: z
    .string()
    .regex(/^[a-z0-9_]{1,63}$/, { error: 'must consist of lower-case letters, digits and underscores' })
    .default('picsync')
    .describe('Replication slot in PICS.'),
  publication: z
    .string()
    .min(1)
    .default('picsync_pub')
    .describe('Publication in PICS; created by `pics prepare`.'),
  host: hostName.optional().describe('Host of PICS as seen from Kafka Connect; by default `pics.host`.'),
  port: port.optional().describe('Port of PICS as seen from Kafka Connect; by default `pics.port`.'),
  registryUrl: httpUrl
    .optional()
    .describe(
      'Address of the version 2 interface of the registry as seen from Kafka Connect; by default derived from `registry.url`.',
    ),
  heartbeatIntervalMs: durationMs
    .default(10_000)
    .describe('How often the connector advances its slot while PICS has no changes.'),
  restartFailed: onOff
    .prefault('on')
    .describe(
      'Whether the ops role restarts failed tasks, and once a connector that runs and brings nothing.',
    ),
});

const keptDays = (what: string, days: number) =>
  z
    .number()
    .int()
    .min(0)
    .max(36_500)
    .default(days)
    .describe(`Number of days after which the ops role deletes ${what}; 0 means never.`);

const storeSection = z.strictObject({
  url: urlOrSecret(/^postgres(ql)?:$/, 'postgres://host:5432/database')
    .optional()
    .describe('Address of the sync database, instead of the separate settings below.'),
  host: hostName.default('127.0.0.1').describe('Host of the sync database.'),
  port: port.default(5432).describe('Port of the sync database.'),
  database: databaseName.default('picsync').describe('Name of the sync database.'),
  user: roleName.default('picsync').describe('The role with which the sync signs in to it.'),
  password: secretSetting.optional().describe('Password of `store.user`.'),
  poolSize: wholeNumber
    .max(200)
    .default(8)
    .describe(
      'Maximum number of connections to the sync database for each process; its roles share them. Outbound and poller have 1 more for each vendor, and ops 3 more.',
    ),
  keepDays: z
    .strictObject({
      journal: keptDays('the history of learners and of runs', 400),
      held: keptDays('closed held items', 400),
      intents: keptDays('records of calls whose outcome is known', 90),
      requests: keptDays('commands in PICS that have ended', 90),
      audit: keptDays('the record of who did or saw what on the page', 400),
    })
    .prefault({}),
});

const redisSection = z.strictObject({
  url: urlOrSecret(/^rediss?:$/, 'redis://host:6379')
    .prefault('redis://127.0.0.1:6379')
    .describe('Redis, for shared call budgets and session tokens. Its contents may be deleted at any time.'),
});

/** The port on which a role serves `/metrics`, `/healthz` and `/readyz`. 0 means none. */
const rolePort = z
  .union([z.number().int().min(0).max(65_535), z.enum(['any', 'off'])], {
    error: 'must be a port, any (a free port, shown in the log) or off',
  })
  .transform((value) => (value === 'off' ? 0 : value))
  .meta({ shownAs: 'port, any, off' });

const portText = (role: string) => `Port of the ${role} role for metrics and health.`;

export const httpSection = z.strictObject({
  host: hostName.default('127.0.0.1').describe('Address on which every role listens.'),
  outbound: rolePort.prefault(9101).describe(portText('outbound')),
  poller: rolePort.prefault(9102).describe(portText('poller')),
  reconciler: rolePort.prefault(9103).describe(portText('reconciler')),
  ops: rolePort.prefault(9100).describe(portText('ops')),
});

/** A proxy by its address, or a network in CIDR notation. */
const proxyAddress = z.string().regex(/^[0-9a-fA-F.:]+(\/\d{1,3})?$/, {
  error: 'must be an address, or a network as 10.0.0.0/8',
});

const pageSection = z.strictObject({
  enabled: onOff
    .prefault('on')
    .describe('Whether the ops role serves the page for people, at its port beside `/metrics`.'),
  tls: z
    .strictObject({
      certificate: secretSetting.describe(
        'Certificate with its chain, PEM. With it the whole port of the ops role speaks https.',
      ),
      key: secretSetting.describe('Key of the certificate, PEM.'),
    })
    .optional(),
  trustedProxies: z
    .array(proxyAddress)
    .default([])
    .describe(
      'Addresses of proxies that have TLS and stand before the page. Needed where `http.host` can be reached by other machines and `page.tls` is not given.',
    ),
});

const logSection = z.strictObject({
  level: z.enum(logLevels).default('info').describe('The lowest level of log lines that are written.'),
});

const outboundSection = z.strictObject({
  concurrency: wholeNumber
    .max(1_000)
    .default(64)
    .describe('Number of learners that one process works on at the same time.'),
  maxInWork: wholeNumber
    .max(100_000)
    .default(2_000)
    .describe('Number of changes that a process may have in work before it takes no more.'),
  maxInWorkBytes: wholeNumber.default(33_554_432).describe('The same limit in bytes.'),
  commitIntervalMs: durationMs
    .default(1_000)
    .describe('How often the offsets of finished changes are committed.'),
});

const runsSection = z.strictObject({
  share: z
    .number()
    .min(0.01)
    .max(1)
    .default(0.3)
    .describe('Share of the call budget of a vendor that a run may take, so that changes keep their time.'),
  lanes: wholeNumber
    .max(200)
    .default(16)
    .describe('Number of learners that a run works on at the same time.'),
  oldAfterMinutes: wholeNumber
    .max(100_000)
    .default(15)
    .describe(
      'Minutes since its commit in PICS after which a change is worked on behind everything else, as when a consumer group was moved back.',
    ),
});

const canarySection = z.strictObject({
  intervalSeconds: z
    .number()
    .int()
    .min(0)
    .max(3_600)
    .default(30)
    .describe(
      'How often the ops role sends the canary, a row of PICS that takes the way of a change without a call and is timed; 0 means never.',
    ),
  vendor: onOff
    .prefault('off')
    .describe(
      'Whether the ops role also times one cheap read a minute at each vendor, out of what live work leaves of the call budget. It then opens one more connection to each database.',
    ),
});

const lagSection = z.strictObject({
  sampleIntervalMs: durationMs.default(5_000).describe('How often the ops role measures lag.'),
  slowAfterMs: durationMs
    .default(60_000)
    .describe('Age of the oldest waiting change at which a queue counts as slow.'),
  stalledAfterMs: durationMs
    .default(20_000)
    .describe('How long a queue with waiting changes may make no progress before it counts as stalled.'),
  captureLateAfterMs: durationMs
    .default(25_000)
    .describe(
      'Age of the last heartbeat at which capture counts as late; at least two and a half times `connector.heartbeatIntervalMs`.',
    ),
  slotBytesWarning: wholeNumber
    .default(1_073_741_824)
    .describe('Bytes of log kept for the slot at which capture counts as late.'),
  waitingLateAfterMs: durationMs
    .default(3_600_000)
    .describe(
      'How long a record of a vendor may wait in PICS, for a lock or another record, before it counts as late.',
    ),
  dailyRunLateAfterMs: durationMs
    .default(43_200_000)
    .describe(
      'How long after it was due a full synchronisation may not have completed before it counts as overdue. It must be longer than one takes, which the status of the vendor shows.',
    ),
});

const nearRealTime = onOff
  .prefault('on')
  .describe('If off, only the daily run and refreshes exchange data (D-4).');
const externalIdVendor = z
  .enum(vendorNames)
  .optional()
  .describe(
    'The vendor whose ids are in the external-id column of officers and organisations; required with two vendors (D-2, A-12).',
  );
const deletedReviews = z
  .enum(['recreate', 'remember'])
  .default('recreate')
  .describe('What happens when a review that came from a vendor is deleted in PICS (OF-53, A-4).');

/**
 * All settings except the vendors. A fault here stops the program; a vendor's fault stops only that vendor.
 */
export const commonSchema = z.strictObject({
  nearRealTime,
  externalIdVendor,
  deletedReviews,
  kafka: kafkaSection.prefault({}),
  registry: registrySection.prefault({}),
  connect: connectSection.prefault({}),
  // An absent section is parsed as an empty one, so that the missing password is reported.
  pics: picsSection.prefault({} as z.input<typeof picsSection>),
  connector: connectorSection.prefault({}),
  store: storeSection.prefault({}),
  redis: redisSection.prefault({}),
  outbound: outboundSection.prefault({}),
  http: httpSection.prefault({}),
  page: pageSection.prefault({}),
  runs: runsSection.prefault({}),
  canary: canarySection.prefault({}),
  lag: lagSection.prefault({}),
  log: logSection.prefault({}),
});

export type CommonSettings = z.output<typeof commonSchema>;
