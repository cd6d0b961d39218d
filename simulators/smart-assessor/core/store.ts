/*
 * The records in memory. Rows are replaced and never changed, and every change is reported with the row before and
 * after. Ids of records made later go on where the seed ended, and are never given twice.
 */

import { idOf, KINDS, type Kind, type Row, wholeRow } from './fields.ts';
import { guidOf, type IdKind } from './ids.ts';

type ChangeSink = (kind: Kind, id: string, before: Row | null, after: Row | null) => void;

interface Stamp {
  /** When it came by a call or by a person's hand, by both clocks; null for seeded and loaded records. */
  readonly made: { readonly atMs: number; readonly realMs: number } | null;
  readonly modifiedOn: string;
}

const GUID_KINDS = {
  learners: 'learner',
  assessors: 'assessor',
  courses: 'course',
  sessions: 'session',
} as const;
const FIRST_EMPLOYER_ID = 1001;

export class Store {
  readonly #seed: number;
  readonly #report: ChangeSink;
  readonly #rows = new Map<Kind, Map<string, Row>>(KINDS.map((kind) => [kind, new Map()]));
  readonly #sorted = new Map<Kind, Row[]>();
  readonly #stamps = new Map<string, Stamp>();
  readonly #counts = new Map<string, number>();
  #changeCount = 0;

  constructor(seed: number, report: ChangeSink) {
    this.#seed = seed;
    this.#report = report;
  }

  /** Grows with every change, so that a caller can tell whether something happened. */
  get changeCount(): number {
    return this.#changeCount;
  }

  get(kind: Kind, id: string): Row | undefined {
    return this.#rows.get(kind)?.get(id);
  }

  /** All records of a kind by ascending id. The array is shared: look, do not keep. */
  list(kind: Kind): readonly Row[] {
    const known = this.#sorted.get(kind);
    if (known !== undefined) return known;
    const rows = [...(this.#rows.get(kind)?.values() ?? [])];
    const compare =
      kind === 'employers'
        ? (a: Row, b: Row) => Number(a['id']) - Number(b['id'])
        : (a: Row, b: Row) => (idOf(kind, a) < idOf(kind, b) ? -1 : 1);
    rows.sort(compare);
    this.#sorted.set(kind, rows);
    return rows;
  }

  size(kind: Kind): number {
    return this.#rows.get(kind)?.size ?? 0;
  }

  stampOf(kind: Kind, row: Row): Stamp | undefined {
    return this.#stamps.get(`${kind} ${idOf(kind, row)}`);
  }

  nextGuid(kind: IdKind): string {
    for (;;) {
      const id = guidOf(this.#seed, kind, this.#count(kind));
      const holder = Object.entries(GUID_KINDS).find(([, one]) => one === kind)?.[0] as Kind | undefined;
      if (holder === undefined || this.get(holder, id) === undefined) return id;
    }
  }

  nextEmployerId(): number {
    for (;;) {
      const id = FIRST_EMPLOYER_ID - 1 + this.#count('employer');
      if (this.get('employers', String(id)) === undefined) return id;
    }
  }

  nextId(kind: keyof typeof GUID_KINDS | 'employers'): string | number {
    return kind === 'employers' ? this.nextEmployerId() : this.nextGuid(GUID_KINDS[kind]);
  }

  /** Inserts a whole record, or replaces the one of the same id. */
  put(kind: Kind, values: Row, stamp: Stamp): Row {
    const row = wholeRow(kind, values);
    const id = idOf(kind, row);
    const rows = this.#rows.get(kind) as Map<string, Row>;
    const before = rows.get(id) ?? null;
    rows.set(id, row);
    this.#stamps.set(`${kind} ${id}`, stamp);
    this.#note(kind, id, before, row);
    return row;
  }

  /** Changes some fields. A change that changes nothing is not recorded. */
  patch(kind: Kind, row: Row, patch: Row, modifiedOn: string): Row {
    const isDifferent = Object.entries(patch).some(
      ([name, value]) => JSON.stringify(row[name] ?? null) !== JSON.stringify(value),
    );
    if (!isDifferent) return row;
    const made = this.stampOf(kind, row)?.made ?? null;
    return this.put(kind, { ...row, ...patch }, { made, modifiedOn });
  }

  remove(kind: Kind, id: string): void {
    const before = this.get(kind, id);
    if (before === undefined) return;
    this.#rows.get(kind)?.delete(id);
    this.#stamps.delete(`${kind} ${id}`);
    this.#note(kind, id, before, null);
  }

  #count(kind: string): number {
    const n = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, n);
    return n;
  }

  #note(kind: Kind, id: string, before: Row | null, after: Row | null): void {
    this.#changeCount += 1;
    this.#sorted.delete(kind);
    this.#report(kind, id, before, after);
  }
}
