import type { Capabilities, Listing, Match, PortFailure, Problem, SessionRecord } from '../port.ts';
import type { Mark, Row, WireName } from './contract.ts';
import { isSameId } from './ids.ts';
import { type FieldKind, isRow, readValue, valueAt } from './values.ts';

/*
 * Records by tables. A contract has a table for each kind of record: our name of a field, where it stands on the wire,
 * how it is read, and whether a create or an update takes it. Reading a list means: read each row by the table, drop
 * the rows that were not asked for, merge rows of one key. What could not be read is a problem beside the records; a row
 * without an id makes the whole list incomplete, because it may be any record.
 */

export type WireField = {
  /** With a dot where the wire nests. */
  readonly at: string;
  readonly kind: FieldKind;
  readonly create: boolean;
  readonly update: boolean;
  readonly mark: Mark;
  /** Characters that the vendor was seen to take at most: a reason to warn, never to cut. */
  readonly width?: number;
  /** Read only where the site can show it; else it is unread. */
  readonly needs?: keyof Capabilities;
};
export type FieldTable = Readonly<Record<string, WireField>>;

/** Every field of a kind, so that what a contract cannot read is known by name. */
const fieldsOf = {
  learner: [
    'misId',
    'studentId',
    'familyName',
    'givenNames',
    'dateOfBirth',
    'uln',
    'sex',
    'niNumber',
    'email',
    'phone',
    'mobile',
    'addressLine1',
    'addressLine2',
    'addressLine3',
    'addressLine4',
    'postcode',
    'employerId',
    'isArchived',
    'riskScore',
  ],
  employer: [
    'misId',
    'name',
    'edrs',
    'phone',
    'website',
    'employerSize',
    'addressLine1',
    'addressLine2',
    'addressLine3',
    'addressLine4',
    'postcode',
  ],
  assessor: ['misId', 'firstName', 'lastName', 'userName', 'email', 'phone', 'mobile', 'isArchived'],
  course: ['title', 'qanCode', 'standardCode', 'isActive'],
  'learner-course': [
    'qanCode',
    'title',
    'startDate',
    'endDate',
    'status',
    'assessorId',
    'secondAssessorId',
    'assessedPc',
    'mappedPc',
    'timelinePc',
    'unitsTotal',
    'unitsComplete',
  ],
  session: ['assessorId', 'courseIds', 'qanCode', 'type', 'status', 'startsAt', 'durationMinutes'],
  unit: ['reference', 'title', 'state', 'completedOn'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type RecordKind = keyof typeof fieldsOf;

/** Ids of a record, first the one that a problem names. They are read as fields and are the key. */
const keysOf: Readonly<Record<RecordKind, readonly string[]>> = {
  learner: ['id'],
  employer: ['id'],
  assessor: ['id'],
  course: ['id'],
  'learner-course': ['learnerId', 'courseId'],
  session: ['id', 'learnerId'],
  unit: ['unitId'],
};

/** A record of ours while it is put together. */
type Draft = Readonly<Record<string, unknown>> & { readonly unread: readonly string[] };

type ReadRow = {
  /** Null: the row has no usable id. */
  readonly record: Draft | null;
  readonly problems: readonly Problem[];
};

export type TableReader = {
  readonly kind: RecordKind;
  readonly table: FieldTable;
  readonly capabilities: Capabilities;
  /** Fields that a table alone does not read. */
  readonly extra?: (row: Row) => Readonly<Record<string, unknown>>;
};

export function readRow({ kind, table, capabilities, extra }: TableReader, row: Row): ReadRow {
  const values: Record<string, unknown> = {};
  const unread: string[] = [];
  const faults: { readonly field: string; readonly code: Problem['code'] }[] = [];
  const added = extra?.(row) ?? {};
  for (const field of [...keysOf[kind], ...fieldsOf[kind]]) {
    if (field in added) {
      values[field] = added[field];
      continue;
    }
    const wire = table[field];
    if (wire === undefined || (wire.needs !== undefined && capabilities[wire.needs] === false)) {
      values[field] = field === 'courseIds' ? [] : null;
      unread.push(field);
      continue;
    }
    const { value, problem } = readValue(wire.kind, valueAt(row, wire.at));
    values[field] = value;
    if (problem !== null) faults.push({ field, code: problem });
  }
  const keys = keysOf[kind].map((field) => values[field]);
  const known = keys.find((key) => typeof key === 'string') ?? null;
  if (keys.every((key) => typeof key === 'string')) {
    const id = keyOf(kind, values);
    const problems = faults.map((fault): Problem => ({ id, ...fault }));
    const others = Object.entries(values).flatMap(([field, value]) => noteOther(id, field, value));
    const unreadable = faults.map(({ field }) => field);
    const record = { ...values, ...added, unread, ...(unreadable.length > 0 && { unreadable }) };
    return { record, problems: [...problems, ...others] };
  }
  const problems = faults.map((fault) => ({ id: known as string | null, ...fault }));
  const field = keysOf[kind].find((name) => typeof values[name] !== 'string') ?? 'id';
  const isNamed = problems.some((problem) => problem.field === field);
  return {
    record: null,
    problems: isNamed ? problems : [...problems, { id: known as string | null, field, code: 'bad-id' }],
  };
}

function noteOther(id: string, field: string, value: unknown): Problem[] {
  return isRow(value) && 'other' in value ? [{ id, field, code: 'unknown-value' }] : [];
}

/** Whether rows of one key are one record: `join` puts two together, null = they contradict each other. */
type Join = (one: Draft, other: Draft) => Draft | null;

export type ListReading = {
  /** Null: the answer is no list. */
  readonly rows: readonly unknown[] | null;
  /** A header or an envelope says that there is more. */
  readonly isPaged: boolean;
  readonly readAtMs: number;
};

type ListOptions = {
  readonly reader: TableReader;
  /** Whether a record is one of those that were asked for: a filter may have been ignored. */
  readonly isWanted?: (record: Draft) => boolean;
  readonly join?: Join;
};

/** Reads a list. `T` is the record of the reader's kind. */
export function readList<T>(
  list: ListReading,
  { reader, isWanted, join = joinSame }: ListOptions,
): Listing<T> | null {
  if (list.rows === null) return null;
  const records = new Map<string, Draft>();
  const problems: Problem[] = [];
  let isComplete = !list.isPaged;
  for (const row of list.rows) {
    const read: ReadRow = isRow(row)
      ? readRow(reader, row)
      : { record: null, problems: [{ id: null, field: 'record', code: 'bad-record' }] };
    if (read.record === null) {
      isComplete = false;
      problems.push(...read.problems);
      continue;
    }
    if (isWanted !== undefined && !isWanted(read.record)) continue;
    problems.push(...read.problems);
    const key = keyOf(reader.kind, read.record);
    const before = records.get(key);
    const joined = before === undefined ? read.record : join(before, read.record);
    if (joined === null) problems.push({ id: key, field: 'record', code: 'bad-duplicate' });
    else records.set(key, joined);
  }
  return { records: [...records.values()] as unknown as T[], problems, isComplete, readAtMs: list.readAtMs };
}

function keyOf(kind: RecordKind, record: Readonly<Record<string, unknown>>): string {
  return keysOf[kind].map((field) => String(record[field]).toLowerCase()).join('/');
}

/** The same record twice is one; two that differ do not merge. */
function joinSame(one: Draft, other: Draft): Draft | null {
  return JSON.stringify(one) === JSON.stringify(other) ? one : null;
}

/** Rows of one session and learner differ in the course alone: they are one record with several courses. */
export function joinSessions(one: Draft, other: Draft): Draft | null {
  const bare = (record: Draft): string => JSON.stringify({ ...record, courseIds: null, qanCode: null });
  if (bare(one) !== bare(other)) return null;
  const courseIds = new Set([
    ...(one as unknown as SessionRecord).courseIds,
    ...(other as unknown as SessionRecord).courseIds,
  ]);
  return { ...one, courseIds: [...courseIds].toSorted() };
}

/** Two lists about the same records, each of which may fill its part only. It is complete if both are. */
export function joinListings<T>(kind: RecordKind, one: Listing<T>, other: Listing<T>): Listing<T> {
  const records = new Map(one.records.map((record) => [keyOf(kind, record as unknown as Draft), record]));
  for (const record of other.records) {
    const key = keyOf(kind, record as unknown as Draft);
    const before = records.get(key);
    records.set(key, before === undefined ? record : joinFilling(before, record));
  }
  return {
    records: [...records.values()],
    problems: [...one.problems, ...other.problems],
    isComplete: one.isComplete && other.isComplete,
    readAtMs: Math.min(one.readAtMs, other.readAtMs),
  };
}

/** The value of the second record fills what the first leaves blank. What made no sense in either is named. */
function joinFilling<T>(one: T, other: T): T {
  const [first, second] = [one, other] as unknown as readonly [Draft, Draft];
  const filled = Object.fromEntries(
    Object.entries(first).map(([field, value]) => [field, value ?? second[field] ?? null]),
  );
  const odd = [first, second].flatMap(({ unreadable }) => (unreadable ?? []) as readonly string[]);
  const unreadable = [...new Set(odd)];
  return { ...filled, ...(unreadable.length > 0 && { unreadable }) } as T;
}

/** The records of a listing that carry a MIS id; the vendor's own comparison may be none at all. */
export function matchMisId<T extends { readonly id: string; readonly misId: string | null }>(
  listing: Listing<T>,
  misId: string,
  form: Capabilities['misIdForm'],
): Match<T> | null {
  if (!listing.isComplete) return null;
  const wanted = bareMisId(misId, form);
  const found = listing.records.filter(
    (record) => record.misId !== null && bareMisId(record.misId, form) === wanted,
  );
  const [only, ...others] = found;
  if (only === undefined) return { kind: 'none' };
  return others.length === 0
    ? { kind: 'one', record: only }
    : { kind: 'several', ids: found.map(({ id }) => id) };
}

function bareMisId(misId: string, form: Capabilities['misIdForm']): string {
  const text = misId.trim().toLowerCase();
  return form === 'integer' && /^\d+$/.test(text) ? text.replace(/^0+(?=\d)/, '') : text;
}

/** The records of one learner, out of a list that may hold those of all. */
export function isOfLearner(learnerId: string | undefined): (record: Draft) => boolean {
  return ({ learnerId: id }) => learnerId === undefined || isSameId(String(id), learnerId);
}

/** Rows of an answer: a list, one element instead of a list (Q14), or a list in an envelope. Null = no list. */
export function rowsIn(value: unknown): readonly unknown[] | null {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value;
  return isRow(value) ? [value] : null;
}

/** Words in the text of a refusal that are names of the table, in our names. */
export function fieldsNamedIn(message: string, table: FieldTable): string[] {
  const words = new Set(message.match(/[\w.]+/g) ?? []);
  return Object.entries(table)
    .filter(([, { at }]) => words.has(at))
    .map(([field]) => field);
}

/** Every wire name of the tables with its mark. */
export function namesOf(tables: readonly FieldTable[]): WireName[] {
  return tables.flatMap((table) =>
    Object.values(table).flatMap(({ at, mark }) => at.split('.').map((name) => ({ name, mark }))),
  );
}

function isBlankValue(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'string' && value.trim() === '');
}

/** Fields of an input that a table takes, in the order of the table; null = blank. */
export function fieldsTaken(
  table: FieldTable,
  input: Readonly<Record<string, unknown>>,
  by: 'create' | 'update',
): { readonly field: string; readonly wire: WireField; readonly value: string | null }[] {
  return Object.entries(table)
    .filter(([field, wire]) => wire[by] && input[field] !== undefined)
    .map(([field, wire]) => ({
      field,
      wire,
      value: isBlankValue(input[field]) ? null : String(input[field]),
    }))
    .filter(({ value }) => by === 'update' || value !== null);
}

/** Why an update cannot be asked for: it names fields that the table does not take, or that the site keeps. */
export function findUntaken(
  table: FieldTable,
  fields: Readonly<Record<string, unknown>>,
  taken: readonly string[] = Object.keys(table),
): PortFailure | null {
  const wrong = Object.keys(fields).filter((field) => !table[field]?.update || !taken.includes(field));
  if (wrong.length === 0) return null;
  return { kind: 'rejected', code: 'invalid-field', fields: wrong, detail: '' };
}

/** Before any call: a staff user without anything that can be its login. */
export function needsLogin(login: string | null | undefined): PortFailure | null {
  if (!isBlankValue(login)) return null;
  return { kind: 'rejected', code: 'needs-login', fields: ['userName'], detail: '' };
}

export function widthsOf(table: FieldTable): Readonly<Record<string, number>> {
  const known = Object.entries(table).flatMap(([field, { width }]) =>
    width === undefined ? [] : [[field, width]],
  );
  return Object.fromEntries(known);
}
