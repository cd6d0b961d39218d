import type { Change, ChangeEntity, ChangeOp, Fields } from '../domain/change.ts';
import { toLondonTime } from '../domain/london.ts';
import type { DecodedChange } from '../domain/topic-records.ts';
import { type MappedTable, type Mapping, toAvroName, toTopicPart } from './mapping.ts';
import { type ColumnKind, keyFields } from './tables.ts';

/** A decoded record of a captured table. */
type CapturedRecord = {
  readonly topic: string;
  /** The primary key by column, as the connector writes it; null where it has none that can be read. */
  readonly key: unknown;
  /** The envelope as our reader schemas define it; null is a tombstone. */
  readonly value: unknown;
  /** Why the envelope cannot be read; then `value` says nothing. */
  readonly unreadable?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

type ToChangeResult = DecodedChange;

type ToChange = (record: CapturedRecord) => ToChangeResult;

type Row = Readonly<Record<string, unknown>>;
type Source = {
  readonly txId: number | null;
  readonly origin: string | null;
  readonly committedAtMs: number;
};

const ops: Readonly<Record<string, ChangeOp>> = {
  c: 'create',
  u: 'update',
  d: 'delete',
  r: 'snapshot',
  t: 'truncate',
};

/**
 * The commit time of a transaction with an origin but without an explicit time. The connector's clock is
 * used instead.
 */
const noCommitTimeMs = Date.UTC(2000, 0, 1);

/**
 * Creates the function that turns captured records of any mapped table into changes under our names.
 *
 * The topic names the table. The envelope's `before` and `after` rows are renamed column by column, and
 * their values are converted by `toFieldValue`; a value that Postgres did not log because it did not change
 * is left out. The key comes from the row or, failing that, from the record's key.
 *
 * G-12: a change says where to look, and a fresh read decides (D-3). So the record's key is enough where the envelope
 * cannot be read, and where its rows have another key, which happens when they were read with a schema that is not
 * theirs. `reason` of what is malformed is a code: `TABLE_UNKNOWN`, `NOT_AN_ENVELOPE`, `OP_UNKNOWN`, `KEY_MISSING`.
 */
export function createToChange(mapping: Mapping): ToChange {
  const tables = new Map<string, { table: MappedTable; entity: ChangeEntity; key: readonly string[] }>();
  for (const [name, key] of Object.entries(keyFields)) {
    const table = mapping[name as ChangeEntity];
    tables.set(toTopicPart(table), { table, entity: name as ChangeEntity, key });
  }
  return (record) => {
    if (record.value === null && record.unreadable === undefined) return { kind: 'tombstone' };
    const found = tables.get(record.topic.split('.').slice(-2).join('.'));
    if (found === undefined) return malformed('TABLE_UNKNOWN');
    return toChange(found, record);
  };
}

type CapturedTable = {
  readonly table: MappedTable;
  readonly entity: ChangeEntity;
  readonly key: readonly string[];
};

function toChange({ table, entity, key }: CapturedTable, record: CapturedRecord): ToChangeResult {
  const recordKey = isRow(record.key) ? toFields(table, record.key) : null;
  const byKey = (reason: string): ToChangeResult => {
    const fields = toKey(key, recordKey, null);
    return fields === undefined ? malformed(reason) : { kind: 'key-only', entity, key: fields, reason };
  };
  if (record.unreadable !== undefined) return byKey(record.unreadable);
  if (!isRow(record.value)) return byKey('NOT_AN_ENVELOPE');
  const { before, after, source, op } = record.value;
  if (typeof op !== 'string') return byKey('NOT_AN_ENVELOPE');
  const changeOp = ops[op];
  if (changeOp === undefined) return byKey('OP_UNKNOWN');
  const afterFields = isRow(after) ? toFields(table, after) : null;
  const beforeFields = isRow(before) ? toBefore(toFields(table, before), key, changeOp) : null;
  const keySource = afterFields ?? (isRow(before) ? toFields(table, before) : null);
  const keyed = changeOp === 'truncate' ? null : toKey(key, keySource, recordKey);
  if (keyed === undefined) return malformed('KEY_MISSING');
  if (keyed !== null && recordKey !== null && !isSameKey(key, keyed, recordKey)) return byKey('KEY_DIFFERS');
  return {
    kind: 'change',
    change: {
      entity,
      op: changeOp,
      key: keyed,
      before: beforeFields,
      after: afterFields,
      ...toRenaming(changeOp, record.headers ?? {}, { table, key }),
      ...toSource(isRow(source) ? source : {}, record.value, changeOp),
    },
  };
}

/** Fields that the record's key lacks are not compared: at this site the primary key may be another. */
function isSameKey(key: readonly string[], row: Fields, recordKey: Fields): boolean {
  return key.every((field) => (recordKey[field] ?? null) === null || recordKey[field] === row[field]);
}

/**
 * Debezium reports a changed key as a deletion and a creation. A header of each holds the other key as
 * JSON.
 */
function toRenaming(
  op: ChangeOp,
  headers: Readonly<Record<string, string>>,
  { table, key }: { table: MappedTable; key: readonly string[] },
): Pick<Change, 'renamedFrom' | 'renamedTo'> {
  const text = op === 'create' ? headers[oldKeyHeader] : op === 'delete' ? headers[newKeyHeader] : undefined;
  const row = text === undefined ? null : parseRow(text);
  const fields = row === null ? undefined : toKey(key, toFields(table, row), null);
  if (fields === undefined) return {};
  return op === 'create' ? { renamedFrom: fields } : { renamedTo: fields };
}

const oldKeyHeader = '__debezium.oldkey';
const newKeyHeader = '__debezium.newkey';

function parseRow(text: string): Row | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRow(value) ? value : null;
  } catch {
    return null; // Written by another converter: treat it as a deletion and a creation.
  }
}

/**
 * The old row, or null where the database did not report one. Columns that are not captured read as null, so an old row
 * of nulls alone has two causes, and the operation says which.
 *
 * Under replica identity default a deletion has the key and nulls for all other columns: that is no old row. An update
 * has no old row at all then; the one it has comes from identity FULL, and its nulls are blanks. Under an index as
 * identity an update may report the columns of the index alone, without our key; `lag` says that the identity is wrong
 * (G-11).
 */
function toBefore(fields: Fields, key: readonly string[], op: ChangeOp): Fields | null {
  const isBlank = (field: string): boolean => (fields[field] ?? null) === null;
  if (op === 'update') return key.some(isBlank) ? null : fields;
  const rest = Object.keys(fields).filter((field) => !key.includes(field));
  return rest.length > 0 && rest.every(isBlank) ? null : fields;
}

function toKey(key: readonly string[], row: Fields | null, recordKey: Fields | null): Fields | undefined {
  const fields: Record<string, FieldValue> = {};
  for (const field of key) {
    const value = row?.[field] ?? recordKey?.[field] ?? null;
    if (value === null) return undefined;
    fields[field] = value;
  }
  return fields;
}

function toFields(table: MappedTable, row: Row): Fields {
  const fields: Record<string, FieldValue> = {};
  for (const { field, column, kind } of Object.values(table.columns)) {
    if (column === null) continue;
    const name = column in row ? column : toAvroName(column);
    if (!(name in row)) continue;
    const value = toFieldValue(row[name], kind);
    if (value !== unchangedMark) fields[field] = value;
  }
  return fields;
}

function toSource(source: Row, envelope: Row, op: ChangeOp): Source {
  const stated = toNumber(source['ts_ms']);
  const committedAtMs =
    stated === null || stated === noCommitTimeMs ? (toNumber(envelope['ts_ms']) ?? stated ?? 0) : stated;
  return {
    txId: op === 'snapshot' ? null : toNumber(source['txId']),
    origin: typeof source['origin'] === 'string' && source['origin'] !== '' ? source['origin'] : null,
    committedAtMs,
  };
}

function toNumber(value: unknown): number | null {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? value : null;
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Buffer.isBuffer(value);
}

function malformed(reason: string): ToChangeResult {
  return { kind: 'malformed', reason };
}

export type FieldValue = string | number | boolean | null;

/** Debezium's placeholder for a long value that Postgres did not log because it did not change. */
export const unavailableValue = '__debezium_unavailable_value';
export const unchangedMark = Symbol('unchanged');

/**
 * Converts one captured or selected value: texts are trimmed, blank is null, and dates and London times
 * lose the zone that the capture adds wrongly.
 *
 * A value that is no valid date (`infinity`, a year before Christ) stays as text. The code that would send
 * it must refuse it.
 */
export function toFieldValue(value: unknown, kind: ColumnKind): FieldValue | typeof unchangedMark {
  if (value === null || value === undefined) return null;
  if (value === unavailableValue) return unchangedMark;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return kind === 'integer' ? value : String(value);
  if (typeof value === 'bigint') return Number(value);
  const text = toText(value);
  if (text === null) return null;
  switch (kind) {
    case 'date':
      return toDate(text);
    case 'local-time':
      return toLocalTime(text);
    case 'integer':
      return toInteger(text);
    case 'uuid':
      return text.toLowerCase();
    case 'text':
    case 'instant':
    case 'json':
      return text;
  }
}

/** Trims both ends; null if nothing is left (G-1). */
export function toText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = (
    typeof value === 'string' ? value : typeof value === 'object' ? toJson(value) : String(value)
  ).trim();
  return text === '' ? null : text;
}

function toJson(value: object): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));
}

/** Both `1999-02-28Z` and `1999-02-28` become `1999-02-28`. */
function toDate(text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})(?:Z|[T ].*)?$/.exec(text);
  return match?.[1] ?? text;
}

/**
 * `2026-01-15T09:00:00Z`, with or without seconds, fraction or the false `Z`, becomes
 * `2026-01-15T09:00:00`. A column with a time zone gives an offset: that is an instant, and becomes London time.
 */
function toLocalTime(text: string): string {
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.\d+)?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/.exec(text);
  if (match === null) return text;
  const [, date, time = '00:00', second = '00', zone = 'Z'] = match;
  if (zone === 'Z') return `${date}T${time}:${second}`;
  const instantMs = Date.parse(
    `${date}T${time}:${second}${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`,
  );
  return Number.isNaN(instantMs) ? text : toLondonTime(instantMs);
}

function toInteger(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}
