import avro from 'avsc';
import { schemas } from './generated/schemas.ts';
import type {
  PicsyncDeadLetter,
  PicsyncLink,
  PicsyncRequestResult,
  SchemaName,
  SchemaTypes,
} from './generated/types.ts';
import type { EntityName } from './topics.ts';
import { schemaNamesByTopic, type TopicNames } from './topics.ts';

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

export type MalformedReason =
  /** Not the registry's wire format: wrong first byte, or five bytes and less. */
  | 'not-wire-format'
  /** The registry answered that it knows no schema of this id. */
  | 'unknown-schema'
  /** The writer's schema cannot be read through ours: another record, or a column that changed its type. */
  | 'incompatible-schema'
  /** The bytes do not hold what their schema says. */
  | 'undecodable';

export type Decoded<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'malformed'; readonly reason: MalformedReason };

/** A value when the writer's schema is known already (nearly always), else a promise. */
export type MaybePromise<T> = T | Promise<T>;

export type Decoder = {
  /** Rejects only when the registry does not answer: that is no fault of the record. */
  decode<N extends SchemaName>(name: N, bytes: Buffer): MaybePromise<Decoded<SchemaTypes[N]>>;
};

export type DecoderOptions = {
  /** The schema with this id, null when the registry answered that there is none. Throws when it does not answer. */
  readonly getWriterSchema: (schemaId: number) => Promise<object | null>;
  /** Told once for each writer's schema that lacks columns which we use: they read as null. */
  readonly onMissingColumns?: (name: SchemaName, columns: readonly string[]) => void;
  readonly nowMs?: () => number;
  /** How long an id stays unknown before the registry is asked again. */
  readonly unknownForMs?: number;
};

/** How records of one writer's schema are read through one of ours. */
type Reading =
  | { readonly kind: 'readable'; readonly type: avro.Type; readonly resolver: unknown }
  | { readonly kind: 'not'; readonly reason: MalformedReason; readonly untilMs: number };

/** Reads records written with any schema of the registry through our own schemas. */
export function createDecoder(options: DecoderOptions): Decoder {
  const { getWriterSchema, nowMs = () => performance.now(), unknownForMs = 5_000 } = options;
  const readings = new Map<SchemaName, Map<number, Reading>>();
  const asked = new Map<string, Promise<Reading>>();

  function known(name: SchemaName, schemaId: number): Reading | null {
    const reading = readings.get(name)?.get(schemaId);
    if (reading === undefined) return null;
    return reading.kind === 'readable' || reading.untilMs > nowMs() ? reading : null;
  }

  async function learn(name: SchemaName, schemaId: number): Promise<Reading> {
    const schema = await getWriterSchema(schemaId);
    const reading: Reading =
      schema === null
        ? { kind: 'not', reason: 'unknown-schema', untilMs: nowMs() + unknownForMs }
        : toReading(name, schema);
    if (schema !== null && reading.kind === 'readable') reportMissing(name, schema);
    const ofName = readings.get(name) ?? new Map<number, Reading>();
    readings.set(name, ofName.set(schemaId, reading));
    return reading;
  }

  /** Many records wait for one question. A question that failed is asked again by the next record. */
  function ask(name: SchemaName, schemaId: number): Promise<Reading> {
    const question = `${name} ${schemaId}`;
    const open = asked.get(question);
    if (open !== undefined) return open;
    const answer = learn(name, schemaId).finally(() => asked.delete(question));
    asked.set(question, answer);
    return answer;
  }

  function reportMissing(name: SchemaName, writer: object): void {
    const columns = missingColumns(schemas[name], writer);
    if (columns.length > 0) options.onMissingColumns?.(name, columns);
  }

  return {
    decode<N extends SchemaName>(name: N, bytes: Buffer) {
      const parts = splitWireFormat(bytes);
      if (parts === null) return malformed('not-wire-format');
      const reading = known(name, parts.schemaId);
      if (reading !== null) return read<SchemaTypes[N]>(reading, parts);
      return ask(name, parts.schemaId).then((answer) => read<SchemaTypes[N]>(answer, parts));
    },
  };
}

function malformed(reason: MalformedReason): { kind: 'malformed'; reason: MalformedReason } {
  return { kind: 'malformed', reason };
}

function read<T>(reading: Reading, { body }: WireParts): Decoded<T> {
  if (reading.kind === 'not') return malformed(reading.reason);
  try {
    return { kind: 'ok', value: reading.type.fromBuffer(body, reading.resolver as avro.Type) };
  } catch {
    return malformed('undecodable');
  }
}

/** Namespaces are not compared: the writer's carry the deployment's topic prefix. */
function toReading(name: SchemaName, writer: object): Reading {
  try {
    const type = toAvroType(schemas[name]);
    const resolver = type.createResolver(toAvroType(writer), { ignoreNamespaces: true });
    return { kind: 'readable', type, resolver };
  } catch {
    return { kind: 'not', reason: 'incompatible-schema', untilMs: Number.POSITIVE_INFINITY };
  }
}

/** Fields of our row that the writer's row does not have. */
function missingColumns(reader: object, writer: object): string[] {
  const written = new Set(rowFields(writer));
  return rowFields(reader).filter((field) => !written.has(field));
}

type Named = { readonly name?: unknown; readonly type?: unknown; readonly fields?: unknown };

/** Names of the fields of the record within `before` of an envelope; none when the schema is no envelope. */
function rowFields(envelope: object): string[] {
  const before = fieldsOf(envelope).find(({ name }) => name === 'before');
  const branches = Array.isArray(before?.type) ? (before.type as unknown[]) : [];
  return branches.flatMap((branch) => fieldsOf(branch)).map(({ name }) => String(name));
}

function fieldsOf(schema: unknown): Named[] {
  if (typeof schema !== 'object' || schema === null || !('fields' in schema)) return [];
  return Array.isArray(schema.fields) ? (schema.fields as Named[]) : [];
}

/** Ready to be published. */
export type EncodedRecord = {
  readonly topic: string;
  readonly key: Buffer;
  readonly value: Buffer;
};

/** An observation of any entity; `record` must hold no field that the schema of its entity does not name. */
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

export type DeadLetterValue = Omit<PicsyncDeadLetter, 'offset'> & {
  readonly offset: bigint;
  /** The record's own key, unchanged; null when it had none. */
  readonly key: Buffer | null;
};

export type Encoders = {
  observation(observation: ObservationValue): EncodedRecord;
  link(link: PicsyncLink): EncodedRecord;
  requestResult(result: PicsyncRequestResult): EncodedRecord;
  deadLetter(letter: DeadLetterValue): EncodedRecord;
};

export type EncoderOptions = {
  readonly names: TopicNames;
  /** Registers the schema of a topic's values (again) and gives its id. */
  readonly registerSchema: (topic: string, schema: object) => Promise<number>;
};

/** Registers the schemas of all topics that we write, once; then encoding waits for nobody. */
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
    deadLetter: ({ key, ...letter }) =>
      toRecord(names.deadLetter, key ?? `${letter.topic}/${letter.partition}/${letter.offset}`, letter),
  };
}

type Encode = (value: object) => Buffer;

/**
 * Encodes values of one schema. It throws where the code is wrong: a missing or a surplus field.
 *
 * Avro itself would leave a surplus field out without a word, and a value would be lost on its way.
 */
function createEncode(name: SchemaName, schemaId: number): Encode {
  const type = toAvroType(schemas[name]);
  return (value) => {
    if (!type.isValid(value, { noUndeclaredFields: true })) {
      throw new Error(`${name}: not as its schema says: ${invalidPaths(type, value).join(', ')}`);
    }
    return toWireFormat(schemaId, type.toBuffer(value));
  };
}

/** Names of fields only: what is in them may be personal. */
function invalidPaths(type: avro.Type, value: object): string[] {
  const paths = new Set<string>();
  type.isValid(value, { noUndeclaredFields: true, errorHook: (path) => paths.add(path.join('.')) });
  return [...paths].filter((path) => path !== '');
}

const magicByte = 0;
const headBytes = 5;

export type WireParts = { readonly schemaId: number; readonly body: Buffer };

/** Splits a record into its schema's id and its Avro body. Null when it is not in the registry's wire format. */
export function splitWireFormat(bytes: Buffer): WireParts | null {
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
