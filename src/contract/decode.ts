import type avro from 'avsc';
import { toAvroType } from './avro-options.ts';
import { schemas } from './generated/schemas.ts';
import type { SchemaName, SchemaTypes } from './generated/types.ts';
import { splitWireFormat, type WireParts } from './wire-format.ts';

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
