/*
 * The records, in memory. A kind has a map by id, a sorted list of ids that is rebuilt when needed, and a look-up
 * for each indexed property. Rows are replaced and never changed, and every change is reported with the row before
 * and after. What a new record holds beyond what was given is worked out at the end.
 */

import { idOf, type Row, type RowId, type Value } from './row.ts';
import { KINDS, type Kind, ROLE, TABLES } from './tables.ts';

type ChangeSink = (kind: Kind, id: RowId, before: Row | null, after: Row | null) => void;

interface Shelf {
  readonly rows: Map<RowId, Row>;
  readonly indexes: Map<string, Map<Value, Set<RowId>>>;
  sortedIds: RowId[];
  isSorted: boolean;
  highestId: number;
}

function emptyShelf(kind: Kind): Shelf {
  const indexes = new Map(TABLES[kind].indexed.map((name) => [name, new Map<Value, Set<RowId>>()]));
  return { rows: new Map(), indexes, sortedIds: [], isSorted: true, highestId: TABLES[kind].firstId - 1 };
}

const compareIds = (a: RowId, b: RowId): number => (a < b ? -1 : a > b ? 1 : 0);

/** All records, in memory. Ids are never given twice, not even after the highest record was removed. */
export class Store {
  readonly #shelves: Record<Kind, Shelf>;
  readonly #report: ChangeSink;
  #changeCount = 0;

  constructor(report: ChangeSink) {
    this.#report = report;
    this.#shelves = Object.fromEntries(KINDS.map((kind) => [kind, emptyShelf(kind)])) as Record<Kind, Shelf>;
  }

  /** Grows with every change, so that a caller can tell whether something happened. */
  get changeCount(): number {
    return this.#changeCount;
  }

  get(kind: Kind, id: RowId): Row | undefined {
    return this.#shelves[kind].rows.get(id);
  }

  size(kind: Kind): number {
    return this.#shelves[kind].rows.size;
  }

  nextId(kind: Kind): number {
    return this.#shelves[kind].highestId + 1;
  }

  /** All ids of a kind in ascending order. The array is shared: look, do not keep. */
  ids(kind: Kind): readonly RowId[] {
    const shelf = this.#shelves[kind];
    if (!shelf.isSorted) {
      shelf.sortedIds = [...shelf.rows.keys()].sort(compareIds);
      shelf.isSorted = true;
    }
    return shelf.sortedIds;
  }

  list(kind: Kind): Row[] {
    return this.#toRows(kind, this.ids(kind));
  }

  /** Rows that have exactly this value in an indexed property, by ascending id. */
  listBy(kind: Kind, name: string, value: Value): Row[] {
    const index = this.#shelves[kind].indexes.get(name);
    if (index === undefined) return this.list(kind).filter((row) => row[name] === value);
    return this.#toRows(kind, [...(index.get(value) ?? [])].sort(compareIds));
  }

  has(kind: Kind, name: string, value: Value): boolean {
    return (this.#shelves[kind].indexes.get(name)?.get(value)?.size ?? 0) > 0;
  }

  /** Makes a whole record from what is given and inserts it, or replaces the record of the same id. */
  create(kind: Kind, given: NewRow): Row {
    return this.put(kind, createRow(this, kind, given));
  }

  /** Inserts, or replaces the record of the same id. */
  put(kind: Kind, row: Row): Row {
    const shelf = this.#shelves[kind];
    const id = idOf(row);
    const before = shelf.rows.get(id) ?? null;
    shelf.rows.set(id, row);
    this.#reindex(shelf, id, before, row);
    if (before === null) this.#addId(shelf, id);
    this.#note(kind, id, before, row);
    return row;
  }

  /** Changes some properties. A change that changes nothing is not recorded. */
  patch(kind: Kind, row: Row, patch: Readonly<Record<string, Value>>): Row {
    const isDifferent = Object.entries(patch).some(([name, value]) => row[name] !== value);
    return isDifferent ? this.put(kind, { ...row, ...patch }) : row;
  }

  remove(kind: Kind, id: RowId): void {
    const shelf = this.#shelves[kind];
    const before = shelf.rows.get(id);
    if (before === undefined) return;
    shelf.rows.delete(id);
    shelf.isSorted = false;
    this.#reindex(shelf, id, before, null);
    this.#note(kind, id, before, null);
  }

  #toRows(kind: Kind, ids: readonly RowId[]): Row[] {
    const { rows } = this.#shelves[kind];
    const found: Row[] = [];
    for (const id of ids) {
      const row = rows.get(id);
      if (row !== undefined) found.push(row);
    }
    return found;
  }

  #addId(shelf: Shelf, id: RowId): void {
    const last = shelf.sortedIds.at(-1);
    if (shelf.isSorted && (last === undefined || compareIds(last, id) < 0)) shelf.sortedIds.push(id);
    else shelf.isSorted = false;
    if (typeof id === 'number' && id > shelf.highestId) shelf.highestId = id;
  }

  #reindex(shelf: Shelf, id: RowId, before: Row | null, after: Row | null): void {
    for (const [name, index] of shelf.indexes) {
      const old = before?.[name] ?? null;
      const now = after?.[name] ?? null;
      if (before !== null && old !== now) index.get(old)?.delete(id);
      if (after === null || (before !== null && old === now)) {
        if (after === null) index.get(old)?.delete(id);
        continue;
      }
      const ids = index.get(now);
      if (ids === undefined) index.set(now, new Set([id]));
      else ids.add(id);
    }
  }

  #note(kind: Kind, id: RowId, before: Row | null, after: Row | null): void {
    this.#changeCount += 1;
    this.#report(kind, id, before, after);
  }
}

/** First initial and last name in capitals, with a number if taken. */
function freeUsername(store: Store, { FirstName, LastName }: NewRow['values']): string {
  const plain = (name: Value | undefined): string =>
    String(name ?? '')
      .normalize('NFD')
      .toUpperCase()
      .replace(/[^A-Z0-9]/g, '');
  const base = `${plain(FirstName).slice(0, 1)}${plain(LastName)}` || 'USER';
  let name = base;
  for (let number = 2; store.has('users', 'Username', name); number += 1) name = `${base}${number}`;
  return name;
}

type Mark = 'StartedOn' | 'AssessorSignedOn' | 'LearnerSignedOn' | 'EmployerSignedOn';

/** 1 scheduled, 2 started, 3 signed by the assessor, 4 signed by the learner; by the dates alone. */
export function reviewStatus(row: Readonly<Partial<Record<Mark, Value>>>): number {
  const isSet = (name: Mark): boolean => (row[name] ?? null) !== null;
  if (isSet('LearnerSignedOn')) return 4;
  if (isSet('AssessorSignedOn')) return 3;
  return isSet('StartedOn') ? 2 : 1;
}

interface NewRow {
  readonly values: Readonly<Record<string, Value>>;
  readonly now: string;
  /** Without it the next one of the kind is taken. */
  readonly id?: RowId;
}

/**
 * A whole record from what is given: every property is there, and what is missing is as after a create.
 *
 * A copy of the blank record is filled property by property, so that all rows of a kind keep one shape. Spreading the
 * parts into a new object makes loading a centre several times slower.
 */
function createRow(store: Store, kind: Kind, { values, now, id = store.nextId(kind) }: NewRow): Row {
  const row: Record<string, Value> = { ...TABLES[kind].blank };
  for (const name in values) row[name] = values[name] ?? row[name] ?? null;
  if (kind === 'users') {
    row['Username'] = values['Username'] ?? freeUsername(store, values);
    row['CreatedOn'] = values['CreatedOn'] ?? now;
    row['LastModified'] = values['LastModified'] ?? now;
    row['Progress'] = values['Progress'] ?? (values['Role'] === ROLE.learner ? 0 : null);
  } else if (kind === 'reviews') {
    row['CreatedOn'] = values['CreatedOn'] ?? now;
    row['Status'] = values['Status'] ?? reviewStatus(values);
  }
  row['ID'] = id;
  return row;
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** A learner's progress is the mean of the aims'. */
export function refreshLearnerProgress(store: Store, learnerId: number): void {
  const learner = store.get('users', learnerId);
  if (learner === undefined) return;
  const each = store.listBy('aims', 'UserID', learnerId).map((aim) => Number(aim['Progress'] ?? 0));
  const mean = each.length === 0 ? 0 : round(each.reduce((sum, value) => sum + value, 0) / each.length);
  store.patch('users', learner, { Progress: mean });
}
