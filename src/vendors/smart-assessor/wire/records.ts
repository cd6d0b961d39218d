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

/** What a row says. */
export type ReadRow = {
  /** Null: the row has no usable id. */
  readonly record: Draft | null;
  readonly problems: readonly Problem[];
};

export type TableReader = {
  readonly kind: RecordKind;
  readonly table: FieldTable;
  readonly capabilities: Capabilities;
  /** A field that a table alone does not read. */
  readonly extra?: { readonly field: string; read(row: Row): unknown };
};

/**
 * Reads rows by a table. Which fields can be read, and where they stand, is the same for all rows and is found once; a
 * list may have many thousand.
 */
export function createReadRow({ kind, table, capabilities, extra }: TableReader): (row: unknown) => ReadRow {
  const keys = keysOf[kind];
  const fields = [...keys, ...fieldsOf[kind]].filter((field) => field !== extra?.field);
  const isShown = (wire: WireField): boolean =>
    wire.needs === undefined || capabilities[wire.needs] !== false;
  const columns = fields.flatMap((field) => {
    const wire = table[field];
    return wire !== undefined && isShown(wire) ? [{ field, path: wire.at.split('.'), kind: wire.kind }] : [];
  });
  const shown = new Set(columns.map(({ field }) => field));
  const unread = fields.filter((field) => !shown.has(field));

  return (row) => {
    if (!isRow(row)) return { record: null, problems: [{ id: null, field: 'record', code: 'bad-record' }] };
    const values: Record<string, unknown> = {};
    const faults: Fault[] = [];
    const others: string[] = [];
    for (const { field, path, kind: form } of columns) {
      const { value, problem } = readValue(form, valueAt(row, path));
      values[field] = value;
      if (problem !== null) faults.push({ field, code: problem });
      else if (isRow(value)) others.push(field);
    }
    const blank = keys.find((field) => typeof values[field] !== 'string');
    if (blank !== undefined) {
      const known = keys.map((field) => values[field]).find((key) => typeof key === 'string') ?? null;
      const isNamed = faults.some(({ field }) => field === blank);
      const all: readonly Fault[] = isNamed ? faults : [...faults, { field: blank, code: 'bad-id' }];
      return { record: null, problems: all.map((fault) => ({ id: known as string | null, ...fault })) };
    }
    for (const field of unread) values[field] = field === 'courseIds' ? [] : null;
    if (extra !== undefined) values[extra.field] = extra.read(row);
    const record = Object.assign(values, { unread });
    if (faults.length === 0 && others.length === 0) return { record, problems: [] };
    const id = keyOf(kind, values);
    if (faults.length > 0) values['unreadable'] = faults.map(({ field }) => field);
    const unknown = others.map((field): Problem => ({ id, field, code: 'unknown-value' }));
    return { record, problems: [...faults.map((fault): Problem => ({ id, ...fault })), ...unknown] };
  };
}

/** What made no sense in a row. */
type Fault = { readonly field: string; readonly code: Problem['code'] };

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
export function readList<T>(list: ListReading, { reader, ...how }: ListOptions): Listing<T> | null {
  if (list.rows === null) return null;
  return toListing({ ...list, rows: list.rows.values().map(createReadRow(reader)) }, reader.kind, how);
}

/** The records of rows that have been read. `T` is the record of the kind. */
export function toListing<T>(
  list: { readonly rows: Iterable<ReadRow>; readonly isPaged: boolean; readonly readAtMs: number },
  kind: RecordKind,
  { isWanted, join = joinSame }: Omit<ListOptions, 'reader'>,
): Listing<T> {
  const records = new Map<string, Draft>();
  const problems: Problem[] = [];
  let isComplete = !list.isPaged;
  for (const read of list.rows) {
    if (read.record === null) {
      isComplete = false;
      problems.push(...read.problems);
      continue;
    }
    if (isWanted !== undefined && !isWanted(read.record)) continue;
    problems.push(...read.problems);
    const key = keyOf(kind, read.record);
    const before = records.get(key);
    const joined = before === undefined ? read.record : join(before, read.record);
    if (joined === null) problems.push({ id: key, field: 'record', code: 'bad-duplicate' });
    else records.set(key, joined);
  }
  return { records: [...records.values()] as unknown as T[], problems, isComplete, readAtMs: list.readAtMs };
}

function keyOf(kind: RecordKind, record: Readonly<Record<string, unknown>>): string {
  const [first = '', second] = keysOf[kind];
  const key = String(record[first]).toLowerCase();
  return second === undefined ? key : `${key}/${String(record[second]).toLowerCase()}`;
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
  const filled: Record<string, unknown> = { ...first };
  for (const field of Object.keys(first)) filled[field] ??= second[field] ?? null;
  if (first['unreadable'] === undefined && second['unreadable'] === undefined) return filled as T;
  const odd = [first, second].flatMap(({ unreadable }) => (unreadable ?? []) as readonly string[]);
  const unreadable = [...new Set(odd)];
  return { ...filled, unreadable } as T;
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
