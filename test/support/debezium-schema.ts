import avro from 'avsc';

type Column = { readonly name: string; readonly type: unknown };

const optional = (name: string, type: unknown) => ({ name, type: ['null', type], default: null });
const text = { type: 'string', 'connect.name': 'io.debezium.time.IsoDate' };

/** Columns of the qualifications, as the connector describes them. */
export const qualificationColumns: readonly Column[] = [
  { name: 'ident', type: 'string' },
  { name: 'vqref', type: 'string' },
  { name: 'seq', type: { type: 'int', 'connect.type': 'int16' } },
  ...['type', 'qstart', 'qexpect', 'qend', 'officer', 'regno', 'regdate', 'certappl', 'certrecd'].map(
    (name) => optional(name, text),
  ),
  ...['tot_elem', 'done_elem'].map((name) => optional(name, 'int')),
];

/** The connector's own schema of a table's events, with everything in it that we do not read. */
export function toDebeziumSchema(
  columns: readonly Column[] = qualificationColumns,
  prefix = 'pics',
): avro.schema.RecordType {
  return {
    type: 'record',
    name: 'Envelope',
    namespace: `${prefix}.pics.trqual`,
    fields: [
      { name: 'before', type: ['null', { type: 'record', name: 'Value', fields: columns }], default: null },
      { name: 'after', type: ['null', 'Value'], default: null },
      { name: 'source', type: sourceSchema },
      {
        name: 'transaction',
        type: [
          'null',
          {
            type: 'record',
            name: 'block',
            namespace: 'event',
            fields: [
              { name: 'id', type: 'string' },
              { name: 'total_order', type: 'long' },
              { name: 'data_collection_order', type: 'long' },
            ],
          },
        ],
        default: null,
      },
      { name: 'op', type: 'string' },
      optional('ts_ms', 'long'),
      optional('ts_us', 'long'),
      optional('ts_ns', 'long'),
    ],
  } as avro.schema.RecordType;
}

const sourceSchema = {
  type: 'record',
  name: 'Source',
  namespace: 'io.debezium.connector.postgresql',
  fields: [
    { name: 'version', type: 'string' },
    { name: 'connector', type: 'string' },
    { name: 'name', type: 'string' },
    { name: 'ts_ms', type: 'long' },
    { name: 'snapshot', type: [{ type: 'string', 'connect.default': 'false' }, 'null'], default: 'false' },
    { name: 'db', type: 'string' },
    optional('sequence', 'string'),
    optional('ts_us', 'long'),
    optional('ts_ns', 'long'),
    { name: 'schema', type: 'string' },
    { name: 'table', type: 'string' },
    optional('txId', 'long'),
    optional('lsn', 'long'),
    optional('xmin', 'long'),
    optional('origin', 'string'),
    optional('origin_lsn', 'long'),
  ],
};

/** Nanoseconds do not fit a number: the writer of a test takes them as bigint. */
const longType = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: number | bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: (value: unknown) => value,
  toJSON: (value: unknown) => value,
  isValid: (value: unknown) => typeof value === 'bigint' || typeof value === 'number',
  compare: () => 0,
});

export function writeAvro(schema: avro.Schema, value: unknown): Buffer {
  const typeHook = (type: unknown) => (type === 'long' ? longType : undefined);
  return avro.Type.forSchema(schema, { typeHook }).toBuffer(value);
}

export type DebeziumEvent = { readonly before: unknown; readonly after: unknown; readonly op: string };

/** A whole event around the rows, modelled on one that was recorded. */
export function toDebeziumEvent({ before, after, op }: DebeziumEvent): object {
  return {
    before,
    after,
    op,
    source: {
      version: '3.7.0.Final',
      connector: 'postgresql',
      name: 'pics',
      ts_ms: 1795314766101,
      snapshot: 'false',
      db: 'pics',
      sequence: '["169084656","169084656"]',
      ts_us: 1795314766101000n,
      ts_ns: 1795314766101000000n,
      schema: 'pics',
      table: 'trqual',
      txId: 18121,
      lsn: 169084656,
      xmin: null,
      origin: 'picsync:onefile:1',
      origin_lsn: 0,
    },
    transaction: { id: '18121:169084656', total_order: 1, data_collection_order: 1 },
    ts_ms: 1795314766264,
    ts_us: 1795314766264561n,
    ts_ns: 1795314766264561610n,
  };
}
