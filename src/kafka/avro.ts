import avro from 'avsc';
import { schemas } from './generated/schemas.ts';
import type {
  PicsyncCanary,
  PicsyncDeadLetter,
  PicsyncLink,
  PicsyncRequestResult,
  SchemaName,
  SchemaTypes,
} from './generated/types.ts';
import type { EntityName } from './topics.ts';
import { schemaNamesByTopic, type TopicNames } from './topics.ts';

/**
 * Longs are numbers while exact and bigints beyond 2^53. Debezium puts nanoseconds (1.8e18) into every
 * envelope.
 */
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

/** A schema may write a long as `"long"` or as an object with properties of the connector. */
function typeHook(schema: unknown): avro.Type | undefined {
  if (schema === 'long') return longType;
  if (typeof schema !== 'object' || schema === null) return undefined;
  return 'type' in schema && schema.type === 'long' ? longType : undefined;
}

/**
 * The options for building a type from a schema. Build new ones for each schema, because avsc stores the
 * names it has seen in them.
 */
function avroOptions(): { typeHook: typeof typeHook; omitRecordMethods: boolean } {
  return { typeHook, omitRecordMethods: true };
}

export function toAvroType(schema: object): avro.Type {
  return avro.Type.forSchema(schema as avro.Schema, { ...avroOptions(), registry: {} });
}

type MalformedReason =
  /** Not in the registry's wire format: the first byte is wrong, or there are at most five bytes. */
  | 'not-wire-format'
  /** The registry has no schema with this id. */
  | 'unknown-schema'
  /** Our schema cannot read the writer's: it is another record, or a column has changed its type. */
  | 'incompatible-schema'
  /** The bytes do not match their schema. */
  | 'undecodable';

export type Decoded<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'malformed'; readonly reason: MalformedReason };

/** A value if the writer's schema is already known (nearly always), otherwise a promise. */
type MaybePromise<T> = T | Promise<T>;

type Decoder = {
  /** Rejects only if the registry does not answer, which is not the fault of the record. */
  decode<N extends SchemaName>(name: N, bytes: Buffer): MaybePromise<Decoded<SchemaTypes[N]>>;
};

export type DecoderOptions = {
  /**
   * Returns the schema with this id, or null if the registry has none. Throws if the registry does not
   * answer.
   */
  readonly getWriterSchema: (schemaId: number) => Promise<object | null>;
  /** Called once for each writer's schema that lacks columns that we use. They read as null. */
  readonly onMissingColumns?: (name: SchemaName, columns: readonly string[]) => void;
  /** Called once for each writer's schema whose columns have other types than ours. They are read as they are. */
  readonly onOtherTypes?: (name: SchemaName) => void;
  /** The columns of a captured table that are read: from our name to the name at this site. By default, all. */
  readonly columnsOf?: (name: SchemaName) => Readonly<Record<string, string>> | undefined;
  readonly nowMs?: () => number;
  /** How long an unknown id is remembered before the registry is asked again. */
  readonly unknownForMs?: number;
};

/** How one of our schemas reads records of one writer's schema. */
type Reading =
  | {
      readonly kind: 'readable';
      readonly type: avro.Type;
      /** Absent: the record is read as its writer wrote it. */
      readonly resolver?: unknown;
      readonly learnedAtMs: number;
    }
  | { readonly kind: 'not'; readonly reason: MalformedReason; readonly learnedAtMs: number };

/**
 * Creates the decoder, which reads records written with any schema of the registry through our own schemas.
 *
 * The first five bytes of a record name the writer's schema. For each pair of writer's schema and our
 * schema, a resolver is built once and kept; later records are decoded synchronously. Records that meet an
 * unknown schema wait for one shared request to the registry.
 *
 * A column of PICS may change its type (int to bigint, int to numeric). Where our schema of a captured table cannot
 * read the writer's, the record is read with the writer's own schema; `createToChange` converts whatever type it finds.
 *
 * What the registry says is never remembered for good when it leads to a record that cannot be read: a registry that
 * was built again gives old numbers to other schemas. After `unknownForMs` the next such record asks again.
 */
export function createDecoder(options: DecoderOptions): Decoder {
  const { getWriterSchema, nowMs = () => performance.now(), unknownForMs = 5_000 } = options;
  const readings = new Map<SchemaName, Map<number, Reading>>();
  const asked = new Map<string, Promise<Reading>>();
  const readers = new Map<SchemaName, object>();

  function readerOf(name: SchemaName): object {
    const reader = readers.get(name) ?? toReader(schemas[name], options.columnsOf?.(name));
    readers.set(name, reader);
    return reader;
  }

  const isRecent = ({ learnedAtMs }: Reading): boolean => learnedAtMs + unknownForMs > nowMs();

  function known(name: SchemaName, schemaId: number): Reading | null {
    const reading = readings.get(name)?.get(schemaId);
    if (reading === undefined) return null;
    return reading.kind === 'readable' || isRecent(reading) ? reading : null;
  }

  async function learn(name: SchemaName, schemaId: number): Promise<Reading> {
    const schema = await getWriterSchema(schemaId);
    const learnedAtMs = nowMs();
    const reading: Reading =
      schema === null
        ? { kind: 'not', reason: 'unknown-schema', learnedAtMs }
        : { ...toReading(readerOf(name), schema), learnedAtMs };
    if (schema !== null && reading.kind === 'readable') {
      reportMissing(name, schema);
      if (reading.resolver === undefined) options.onOtherTypes?.(name);
    }
    const ofName = readings.get(name) ?? new Map<number, Reading>();
    readings.set(name, ofName.set(schemaId, reading));
    return reading;
  }

  /** Many records can wait for one request. If it fails, the next record makes a new one. */
  function ask(name: SchemaName, schemaId: number): Promise<Reading> {
    const question = `${name} ${schemaId}`;
    const open = asked.get(question);
    if (open !== undefined) return open;
    const answer = learn(name, schemaId).finally(() => asked.delete(question));
    asked.set(question, answer);
    return answer;
  }

  function reportMissing(name: SchemaName, writer: object): void {
    const columns = missingColumns(readerOf(name), writer);
    if (columns.length > 0) options.onMissingColumns?.(name, columns);
  }

  return {
    decode<N extends SchemaName>(name: N, bytes: Buffer) {
      const parts = splitWireFormat(bytes);
      if (parts === null) return malformed('not-wire-format');
      const reading = known(name, parts.schemaId);
      if (reading !== null) {
        const decoded = read<SchemaTypes[N]>(reading, parts);
        if (decoded.kind === 'ok' || isRecent(reading)) return decoded;
      }
      return ask(name, parts.schemaId).then((answer) => read<SchemaTypes[N]>(answer, parts));
    },
  };
}

function malformed(reason: MalformedReason): { kind: 'malformed'; reason: MalformedReason } {
  return { kind: 'malformed', reason };
}

function read<T>(reading: Reading, { body }: WireRecord): Decoded<T> {
  if (reading.kind === 'not') return malformed(reading.reason);
  try {
    return { kind: 'ok', value: reading.type.fromBuffer(body, reading.resolver as avro.Type) };
  } catch {
    return malformed('undecodable');
  }
}

type NewReading =
  | { readonly kind: 'readable'; readonly type: avro.Type; readonly resolver?: unknown }
  | { readonly kind: 'not'; readonly reason: MalformedReason };

/** Namespaces are not compared, because the writer's contain the topic prefix of the installation. */
function toReading(reader: object, writer: object): NewReading {
  try {
    const writerType = toAvroType(writer);
    const type = toAvroType(reader);
    try {
      return {
        kind: 'readable',
        type,
        resolver: type.createResolver(writerType, { ignoreNamespaces: true }),
      };
    } catch {
      // The rows of both are records under the same names: only the types of columns differ.
      const isSameTable = rowFields(reader).length > 0 && rowFields(writer).length > 0;
      if (isSameTable) return { kind: 'readable', type: writerType };
    }
  } catch {
    // Not a schema of Avro.
  }
  return { kind: 'not', reason: 'incompatible-schema' };
}

/** Our schema of a captured table with the columns that are read, under their names at this site. */
function toReader(schema: object, columns: Readonly<Record<string, string>> | undefined): object {
  if (columns === undefined) return schema;
  const named = (field: Named): Named[] => {
    const column = columns[String(field.name)];
    return column === undefined ? [] : [{ ...field, name: column }];
  };
  const inRow = (branch: unknown): unknown =>
    fieldsOf(branch).length === 0
      ? branch
      : { ...(branch as object), fields: fieldsOf(branch).flatMap(named) };
  return {
    ...schema,
    fields: fieldsOf(schema).map((field) =>
      field.name === 'before' && Array.isArray(field.type)
        ? { ...field, type: field.type.map(inRow) }
        : field,
    ),
  };
}

/** Returns the fields of our row that the writer's row lacks. */
function missingColumns(reader: object, writer: object): string[] {
  const written = new Set(rowFields(writer));
  return rowFields(reader).filter((field) => !written.has(field));
}

type Named = { readonly name?: unknown; readonly type?: unknown; readonly fields?: unknown };

/**
 * Returns the field names of the record in `before` of an envelope, or none if the schema is not an
 * envelope.
 */
function rowFields(envelope: object): string[] {
  const before = fieldsOf(envelope).find(({ name }) => name === 'before');
  const branches = Array.isArray(before?.type) ? (before.type as unknown[]) : [];
  return branches.flatMap((branch) => fieldsOf(branch)).map(({ name }) => String(name));
}

function fieldsOf(schema: unknown): Named[] {
  if (typeof schema !== 'object' || schema === null || !('fields' in schema)) return [];
  return Array.isArray(schema.fields) ? (schema.fields as Named[]) : [];
}

/** A record that is ready to be published. */
export type EncodedRecord = {
  readonly topic: string;
  readonly key: Buffer;
  readonly value: Buffer;
};

/** An observation of any entity. `record` must not have fields that the entity's schema lacks. */
export type ObservationValue = {
  readonly vendor: string;
  readonly centre: string;
  readonly entity: string;
  readonly vendorId: string;
  readonly learnerVendorId: string | null;
  readonly observedAtMs: number;
  readonly cause: string;
  readonly deleted: boolean;
  readonly record: object | null;
};

type DeadLetterValue = Omit<PicsyncDeadLetter, 'offset'> & {
  readonly offset: bigint;
  /** The record's own key, unchanged; null if it had none. */
  readonly key: Buffer | null;
};

export type Encoders = {
  observation(observation: ObservationValue): EncodedRecord;
  link(link: PicsyncLink): EncodedRecord;
  requestResult(result: PicsyncRequestResult): EncodedRecord;
  canary(flight: PicsyncCanary): EncodedRecord;
  deadLetter(letter: DeadLetterValue): EncodedRecord;
};

type EncoderOptions = {
  readonly names: TopicNames;
  /** Registers the schema of a topic's values (possibly again) and returns its id. */
  readonly registerSchema: (topic: string, schema: object) => Promise<number>;
};

/** Registers the schemas of all topics that we write, once. After that, encoding is synchronous. */
export async function createEncoders({ names, registerSchema }: EncoderOptions): Promise<Encoders> {
  const written = [...schemaNamesByTopic(names)].filter(([, name]) => !name.startsWith('pics.'));
  const encode = new Map<string, Encode>(
    await Promise.all(
      written.map(async ([topic, name]): Promise<[string, Encode]> => {
        const schemaId = await registerSchema(topic, schemas[name]);
        return [topic, createEncode(name, schemaId)];
      }),
    ),
  );
  const toRecord = (topic: string, key: string | Buffer, value: object): EncodedRecord => {
    const encodeValue = encode.get(topic);
    if (encodeValue === undefined) throw new Error(`no schema for topic ${topic}`);
    return { topic, key: Buffer.from(key), value: encodeValue(value) };
  };
  return {
    observation: (observation) => {
      const topic: string | undefined =
        names.entities[`${observation.vendor}.${observation.entity}` as EntityName];
      if (topic === undefined) throw new Error(`no topic for ${observation.vendor}.${observation.entity}`);
      return toRecord(topic, observation.vendorId, observation);
    },
    link: (link) => toRecord(names.link, `${link.vendor}/${link.kind}/${link.picsId}`, link),
    requestResult: (result) => toRecord(names.requestResult, result.id, result),
    canary: (flight) => toRecord(names.canaryFlight, 'canary', flight),
    deadLetter: ({ key, ...letter }) =>
      toRecord(names.deadLetter, key ?? `${letter.topic}/${letter.partition}/${letter.offset}`, letter),
  };
}

type Encode = (value: object) => Buffer;

/**
 * Creates the encoder of one schema. It throws on a programming error: a missing or an extra field.
 *
 * Avro itself would silently drop an extra field, and its value would be lost.
 */
function createEncode(name: SchemaName, schemaId: number): Encode {
  const type = toAvroType(schemas[name]);
  return (value) => {
    if (!type.isValid(value, { noUndeclaredFields: true })) {
      throw new Error(`${name} does not match its schema: ${invalidPaths(type, value).join(', ')}`);
    }
    return toWireFormat(schemaId, type.toBuffer(value));
  };
}

/** Returns names of fields only, because the values may be personal data. */
function invalidPaths(type: avro.Type, value: object): string[] {
  const paths = new Set<string>();
  type.isValid(value, { noUndeclaredFields: true, errorHook: (path) => paths.add(path.join('.')) });
  return [...paths].filter((path) => path !== '');
}

const magicByte = 0;
const headBytes = 5;

type WireRecord = { readonly schemaId: number; readonly body: Buffer };

/**
 * Splits a record into the id of its schema and its Avro body. Returns null if it is not in the registry's
 * wire format.
 */
function splitWireFormat(bytes: Buffer): WireRecord | null {
  if (bytes.length <= headBytes || bytes[0] !== magicByte) return null;
  return { schemaId: bytes.readUInt32BE(1), body: bytes.subarray(headBytes) };
}

export function toWireFormat(schemaId: number, body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + body.length);
  bytes[0] = magicByte;
  bytes.writeUInt32BE(schemaId, 1);
  body.copy(bytes, headBytes);
  return bytes;
}
