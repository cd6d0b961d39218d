import { createDecoder, toWireFormat } from '../../src/kafka/avro.ts';
import type { ConsumedRecord } from '../../src/kafka/broker.ts';
import { topicNames } from '../../src/kafka/topics.ts';
import { toMapping } from '../../src/pics/mapping.ts';
import { createDecodeChange } from '../../src/roles/decode-change.ts';
import {
  qualificationColumns,
  toDebeziumEvent,
  toDebeziumSchema,
  writeAvro,
} from '../support/debezium-schema.ts';

export const topics = topicNames('');

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
const tables = {
  trqual: { topic: topics.pics.trqual, schemaId: 1, schema: toDebeziumSchema(qualificationColumns) },
  itp_revu: { topic: topics.pics.itp_revu, schemaId: 2, schema: toDebeziumSchema(reviewColumns) },
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

let nextOffset = 0n;

/** The bytes that Debezium writes for a change of a row, as a record of its topic. */
export function toRecord(table: TourTable, { op, before, after, origin }: RowChange): ConsumedRecord {
  const { topic, schemaId, schema } = tables[table];
  const event = toDebeziumEvent({ before: complete(table, before), after: complete(table, after), op }) as {
    source: object;
  };
  const value = writeAvro(schema, { ...event, source: { ...event.source, table, origin: origin ?? null } });
  nextOffset += 1n;
  const place = { topic, partition: 0, offset: nextOffset, timestampMs: 1_795_314_766_200 };
  return { ...place, key: null, value: toWireFormat(schemaId, value), headers: {} } as ConsumedRecord;
}

/** A row as the log has it: every captured column, null where nothing was said. */
function complete(table: TourTable, row: Row | null): Row | null {
  if (row === null) return null;
  const columns = table === 'trqual' ? qualificationColumns : reviewColumns;
  return { ...Object.fromEntries(columns.map(({ name }) => [name, null])), ...row };
}

/** Reads such records as the outbound role does; the registry is a table of two schemas. */
export function createTourDecode() {
  const byId = new Map<number, object>(
    Object.values(tables).map(({ schemaId, schema }) => [schemaId, schema]),
  );
  return createDecodeChange({
    names: topics,
    decoder: createDecoder({ getWriterSchema: async (id) => byId.get(id) ?? null }),
    mapping: toMapping(),
    originPrefix: 'picsync',
  });
}
