import type { JsonObject } from '../../../src/domain/json.ts';

export type Entity =
  | 'learner'
  | 'learning-aim'
  | 'review'
  | 'assessor'
  | 'placement'
  | 'classroom'
  | 'standard';
export type StoredRecord = { readonly entity: Entity; readonly id: string; readonly record: JsonObject };

/** A write that OneFile carried out, by whomever it was sent. */
export type Written = {
  readonly name: string;
  readonly ident: string;
  readonly subject: string;
  /** Id of the record that was made or changed. */
  readonly vendorId: string;
  readonly request: JsonObject;
  /** What the written fields held before. */
  readonly before: JsonObject;
  readonly sentAtMs: number;
  readonly atMs: number;
};

/** Everything a OneFile centre holds, in the form in which its client shows it. Records are replaced, never changed. */
export class OneFileState {
  readonly written: Written[] = [];
  /** Ids of records that were deleted, by a person. */
  readonly deleted = new Set<string>();
  readonly visits = new Map<string, { readonly learnerId: string; readonly reviewId: string }>();
  /** When a person last changed a field of a record: `id field`. */
  readonly typedAtMs = new Map<string, number>();
  readonly #tables = new Map<Entity, Map<string, JsonObject>>();
  readonly #byLearner = new Map<string, Set<string>>();
  #lastId = 400_000;

  newId(): string {
    this.#lastId += 1;
    return String(this.#lastId);
  }

  table(entity: Entity): ReadonlyMap<string, JsonObject> {
    return this.#table(entity);
  }

  find(entity: Entity, id: string): JsonObject | undefined {
    return this.#table(entity).get(id);
  }

  put(entity: Entity, id: string, record: JsonObject): void {
    this.#table(entity).set(id, { id, ...record });
    const { learnerId } = record;
    if (typeof learnerId !== 'string') return;
    const key = `${entity} ${learnerId}`;
    const ids = this.#byLearner.get(key);
    if (ids === undefined) this.#byLearner.set(key, new Set([id]));
    else ids.add(id);
  }

  /** As a person does it on a page of OneFile. */
  edit(entity: Entity, id: string, change: JsonObject, nowMs: number): void {
    const known = this.find(entity, id);
    if (known === undefined) return;
    this.put(entity, id, { ...known, ...change });
    for (const field of Object.keys(change)) this.typedAtMs.set(`${id} ${field}`, nowMs);
  }

  remove(entity: Entity, id: string): void {
    const known = this.find(entity, id);
    this.#table(entity).delete(id);
    this.#byLearner.get(`${entity} ${known?.['learnerId']}`)?.delete(id);
    this.deleted.add(`${entity} ${id}`);
  }

  /** Aims or reviews of a learner, in the order in which they came. */
  ofLearner(entity: Entity, learnerId: string): readonly StoredRecord[] {
    const ids = this.#byLearner.get(`${entity} ${learnerId}`) ?? [];
    return [...ids].map((id) => ({ entity, id, record: this.find(entity, id) as JsonObject }));
  }

  #table(entity: Entity): Map<string, JsonObject> {
    const known = this.#tables.get(entity);
    if (known !== undefined) return known;
    const made = new Map<string, JsonObject>();
    this.#tables.set(entity, made);
    return made;
  }
}
