import { silentLog } from '../../src/base/log.ts';
import type { DecodedChange } from '../../src/domain/topic-records.ts';
import { toWireFormat } from '../../src/kafka/avro.ts';
import { openTopics } from '../../src/kafka/messaging.ts';
import { topicNames } from '../../src/kafka/topics.ts';
import { createToChange } from '../../src/pics/changes.ts';
import { toMapping } from '../../src/pics/mapping.ts';
import {
  qualificationColumns,
  toDebeziumEvent,
  toDebeziumSchema,
  writeAvro,
} from '../support/debezium-schema.ts';
import { createMemoryBroker } from '../support/memory-broker/memory-broker.ts';

const names = topicNames('');

const optionalText = (name: string) => ({ name, type: ['null', 'string'], default: null });
const reviewColumns = [
  { name: 'id', type: 'string' },
  ...[
    'ident',
    'type',
    'proposed',
    'actual',
    'attended',
    'initials',
    'tr_signed',
    'onefile_id',
    'sa_event_id',
  ].map(optionalText),
];

/** A captured table of the tour: its topic, and the number under which the registry keeps its schema. */
export const tables = {
  trqual: { topic: names.pics.trqual, schemaId: 1, schema: toDebeziumSchema(qualificationColumns) },
  itp_revu: { topic: names.pics.itp_revu, schemaId: 2, schema: toDebeziumSchema(reviewColumns) },
} as const;
export type TourTable = keyof typeof tables;

type Row = Readonly<Record<string, string | number | null>>;
export type RowChange = {
  readonly op: 'c' | 'u' | 'd' | 'r';
  readonly before: Row | null;
  readonly after: Row | null;
  /** Name of the replication origin; absent: a user's own change. */
  readonly origin?: string;
};

/** The bytes that Debezium writes for a change of a row. */
export function toBytes(table: TourTable, { op, before, after, origin }: RowChange): Buffer {
  const { schemaId, schema } = tables[table];
  const event = toDebeziumEvent({ before: complete(table, before), after: complete(table, after), op }) as {
    source: object;
  };
  const value = writeAvro(schema, { ...event, source: { ...event.source, table, origin: origin ?? null } });
  return toWireFormat(schemaId, value);
}

/** A row as the log has it: every captured column, null where nothing was said. */
function complete(table: TourTable, row: Row | null): Row | null {
  if (row === null) return null;
  const columns = table === 'trqual' ? qualificationColumns : reviewColumns;
  return { ...Object.fromEntries(columns.map(({ name }) => [name, null])), ...row };
}

/** Reads a record of a captured table as the outbound role does; the registry is a table of two schemas. */
export async function decodeBytes(table: TourTable, value: Buffer): Promise<DecodedChange> {
  const byId = new Map<number, object>(
    Object.values(tables).map(({ schemaId, schema }) => [schemaId, schema]),
  );
  const broker = createMemoryBroker();
  const topics = await openTopics({
    broker,
    registry: {
      getWriterSchema: async (id) => byId.get(id) ?? null,
      registerSchema: async () => 100,
      check: async () => {},
    },
    names,
    prefix: '',
    originPrefix: 'picsync',
    toChange: createToChange(toMapping()),
    clock: { nowMs: Date.now },
    raise: async () => {},
    log: silentLog,
  });
  const created = { partitions: 1, replicationFactor: 1, config: {} };
  await broker.admin.createTopics(
    [tables[table].topic, names.deadLetter].map((name) => ({ ...created, name })),
  );
  await broker.createProducer().send([{ topic: tables[table].topic, key: null, value }]);
  const decoded = Promise.withResolvers<DecodedChange>();
  const read = new AbortController();
  const subscription = {
    group: 'tour',
    tables: [table],
    onBuried: (reason: string) => decoded.resolve({ kind: 'malformed', reason }),
  };
  const consumed = topics.consumeChanges(subscription, decoded.resolve, read.signal);
  try {
    return await Promise.race([decoded.promise, consumed.then(() => decoded.promise)]);
  } finally {
    read.abort();
    await consumed;
    await topics.close();
  }
}

export function decodeEvent(table: TourTable, event: RowChange): Promise<DecodedChange> {
  return decodeBytes(table, toBytes(table, event));
}
