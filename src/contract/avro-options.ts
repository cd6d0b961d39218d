import avro from 'avsc';

/** Numbers where they are exact, bigint beyond 2^53: Debezium puts nanoseconds (1.8e18) into every envelope. */
const longType: avro.Type = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => {
    const value = bytes.readBigInt64LE();
    const short = Number(value);
    return Number.isSafeInteger(short) ? short : value;
  },
  toBuffer: (value: number | bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: (value: unknown) => value,
  toJSON: (value: unknown) => value,
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (left: number | bigint, right: number | bigint) => (left < right ? -1 : left > right ? 1 : 0),
});

/** Longs may come as `"long"` or as an object with the connector's remarks on it. */
function typeHook(schema: unknown): avro.Type | undefined {
  if (schema === 'long') return longType;
  if (typeof schema !== 'object' || schema === null) return undefined;
  return 'type' in schema && schema.type === 'long' ? longType : undefined;
}

/** How schemas become types. Made anew for each: avsc writes the names it has seen into them. */
export function avroOptions(): { typeHook: typeof typeHook; omitRecordMethods: boolean } {
  return { typeHook, omitRecordMethods: true };
}

export function toAvroType(schema: object): avro.Type {
  return avro.Type.forSchema(schema as avro.Schema, { ...avroOptions(), registry: {} });
}
