import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { usageFault } from '../base/fault.ts';
import type { Config } from '../config/config.ts';
import { findNearest } from '../config/faults.ts';
import { createDecoder, type Decoded } from '../kafka/avro.ts';
import type { Broker, ConsumedRecord } from '../kafka/broker.ts';
import { createRegistry } from '../kafka/registry.ts';
import { schemaNamesByTopic } from '../kafka/topics.ts';
import { toCapture } from '../roles/capture.ts';
import { registryOptions } from '../roles/ports.ts';
import { withBroker } from './connections.ts';
import type { Io } from './io.ts';
import { type CommonOptions, loadConfig, toWholeNumber, withCommonOptions } from './options.ts';

type TailOptions = CommonOptions & {
  readonly fromBeginning?: boolean;
  readonly limit?: number;
  readonly values?: boolean;
};

export function addTailCommand(program: Command, io: Io): void {
  withCommonOptions(program.command('tail'))
    .description(
      'follow a topic and show key, offset and names of changed fields of each record, until Ctrl-C',
    )
    .argument('<topic>', 'a topic, or the end of its name: trqual, onefile.review, request')
    .option('--from-beginning', 'start with the oldest record')
    .option('--limit <count>', 'stop after this many records', toWholeNumber('--limit', { least: 1 }))
    .option('--values', 'show values too, which are personal data')
    .action((topic: string, options: TailOptions) => tail(io, topic, options));
}

async function tail(io: Io, given: string, options: TailOptions): Promise<void> {
  const config = loadConfig(io, options);
  const topic = findTopic(given, [...schemaNamesByTopic(toCapture(config).topics).keys()]);
  if (options.values) io.tell('The values are personal data. Do not copy or store them.\n');
  const show = createShow(io, config, options);
  await withBroker(config, (broker) => follow(broker, { topic, config, options, show, signal: io.signal }));
}

/** Finds a topic by its whole name or by an end that fits exactly one name. */
export function findTopic(given: string, known: readonly string[]): string {
  if (known.includes(given)) return given;
  const [only, ...others] = known.filter((topic) => topic.endsWith(`.${given}`));
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined)
    throw usageFault(`"${given}" fits ${[only, ...others].join(' and ')}. Give more of the name.`);
  const near = findNearest(given, [...known, ...known.map((topic) => topic.split('.').at(-1) ?? topic)]);
  const hint = near === null ? ` Known: ${known.join(', ')}.` : ` Did you mean ${near}?`;
  throw usageFault(`pics-sync has no topic "${given}".${hint}`);
}

type Show = (record: ConsumedRecord) => Promise<void>;

function createShow(io: Io, config: Config, options: TailOptions): Show {
  const registry = createRegistry(registryOptions(config.registry.url));
  const { topics, columnsOf } = toCapture(config);
  const decoder = createDecoder({ getWriterSchema: registry.getWriterSchema, columnsOf });
  const names = schemaNamesByTopic(topics);
  const write = (line: TailLine) => io.write(options.json ? `${JSON.stringify(line)}\n` : toTailText(line));
  return async (record) => {
    const name = names.get(record.topic);
    const decoded =
      record.value === null || name === undefined ? null : await decoder.decode(name, record.value);
    write(toTailLine(record, decoded, { withValues: options.values === true }));
  };
}

type FollowOptions = {
  readonly topic: string;
  readonly config: Config;
  readonly options: TailOptions;
  readonly show: Show;
  readonly signal: AbortSignal;
};

/**
 * Reads with a new consumer group that commits nothing, so other consumers are not affected and no offsets
 * are left behind.
 */
async function follow(
  broker: Broker,
  { topic, config, options, show, signal }: FollowOptions,
): Promise<void> {
  const bounds = await broker.admin.readBounds(topic);
  const begin = new Map(
    bounds.map(({ partition, low, high }) => [partition, options.fromBeginning ? low : high]),
  );
  const consumer = broker.createConsumer({
    group: `${config.kafka.topicPrefix}pics-sync.tail.${randomUUID()}`,
    topics: [topic],
  });
  const stop = () => void consumer.stop();
  let shown = 0;
  let work = Promise.resolve();
  const showOne = async (record: ConsumedRecord) => {
    if (signal.aborted || shown >= (options.limit ?? Number.POSITIVE_INFINITY)) return;
    shown += 1;
    await show(record);
    if (shown === options.limit) stop();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    await consumer.run({
      startAt: async ({ partition }) => begin.get(partition) ?? 0n,
      onAssigned: () => {},
      onBatch: ({ records }) => {
        work = work.then(async () => {
          for (const record of records) await showOne(record);
        });
        work.catch(stop);
      },
    });
    await work;
  } finally {
    signal.removeEventListener('abort', stop);
    await consumer.stop();
  }
}

/** One record as `tail` shows it. Without values, it contains no personal data. */
type TailLine = {
  readonly at: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** `create`, `update`, `delete`, `snapshot`, `truncate`, `tombstone`, `record`, or `malformed: reason`. */
  readonly what: string;
  /** Codes and internal ids that are certainly not personal data. */
  readonly about: Readonly<Record<string, string | number | boolean>>;
  /** Names of the fields that changed, or that have a value. */
  readonly fields: readonly string[];
  readonly values?: unknown;
};

type Row = Readonly<Record<string, unknown>>;

/** Names of fields whose values may always be shown: keys, kinds, states, coordinates. */
const shownNames = new Set([
  ...[
    'id',
    'ident',
    'code',
    'place',
    'seq',
    'vqref',
    'reference',
    'kind',
    'vendor',
    'entity',
    'vendorId',
    'centre',
  ],
  ...['picsId', 'learnerVendorId', 'cause', 'deleted', 'removed', 'how', 'status', 'state', 'origin', 'txId'],
  ...['topic', 'partition', 'offset', 'reason', 'group', 'observedAtMs', 'attempts'],
]);

const ops: Readonly<Record<string, string>> = {
  c: 'create',
  u: 'update',
  d: 'delete',
  r: 'snapshot',
  t: 'truncate',
};

export function toTailLine(
  record: Pick<ConsumedRecord, 'topic' | 'partition' | 'offset' | 'timestampMs'>,
  decoded: Decoded<unknown> | null,
  { withValues }: { withValues: boolean },
): TailLine {
  const line = {
    at: new Date(record.timestampMs).toISOString(),
    topic: record.topic,
    partition: record.partition,
    offset: String(record.offset),
  };
  if (decoded === null) return { ...line, what: 'tombstone', about: {}, fields: [] };
  if (decoded.kind === 'malformed')
    return { ...line, what: `malformed: ${decoded.reason}`, about: {}, fields: [] };
  const value = isRow(decoded.value) ? decoded.value : {};
  const values = withValues ? { values: toPlain(value) } : {};
  const op = typeof value['op'] === 'string' ? ops[value['op']] : undefined;
  if (op !== undefined) return { ...line, what: op, ...describeChange(value), ...values };
  const held = isRow(value['record']) ? value['record'] : value;
  const fields = Object.keys(held).filter((name) => held[name] !== null && !shownNames.has(name));
  return { ...line, what: 'record', about: toAbout(value), fields, ...values };
}

/**
 * Lists the fields that differ between the rows, or all fields with a value if the database did not report
 * the old row.
 */
function describeChange({ before, after, source }: Row): Pick<TailLine, 'about' | 'fields'> {
  const [from, to] = [isRow(before) ? before : {}, isRow(after) ? after : {}];
  const names = Object.keys(isRow(after) ? after : from);
  const isKnown = isRow(before) && isRow(after);
  const fields = isKnown
    ? names.filter((name) => JSON.stringify(toPlain(from[name])) !== JSON.stringify(toPlain(to[name])))
    : names.filter((name) => (isRow(after) ? to : from)[name] !== null);
  const about = toAbout(isRow(after) ? to : from);
  return { about: { ...about, ...toAbout(isRow(source) ? source : {}) }, fields };
}

function toAbout(row: Row): TailLine['about'] {
  const about: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(row)) {
    if (!shownNames.has(name)) continue;
    if (typeof value === 'string') about[name] = value.trim();
    else if (typeof value === 'number' || typeof value === 'boolean') about[name] = value;
    else if (typeof value === 'bigint') about[name] = String(value);
  }
  return about;
}

export function toTailText({ at, partition, offset, what, about, fields, values }: TailLine): string {
  const facts = Object.entries(about).map(([name, value]) => `${name}=${value}`);
  const parts = [at.slice(11, 23), `${partition}@${offset}`, what, ...facts];
  const names = fields.length === 0 ? '' : `  [${fields.join(', ')}]`;
  const shown = values === undefined ? '' : `\n    ${JSON.stringify(values)}`;
  return `${parts.join('  ')}${names}${shown}\n`;
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Turns bigints into text, so that a value can be compared and printed. */
function toPlain(value: unknown): unknown {
  return value === undefined
    ? null
    : JSON.parse(
        JSON.stringify(value, (_name, inner) => (typeof inner === 'bigint' ? String(inner) : inner)),
      );
}
