import type { Log } from '../base/log.ts';
import type { Learner, Qualification, Review } from '../domain/learner.ts';
import { type Owner, type OwnerKey, toOwnerLane } from '../domain/owner.ts';
import type { Clock, Meter, Pics, Store } from '../domain/ports.ts';
import type {
  ItemKey,
  LearnerRows,
  ReconcileItem,
  RowAction,
  WithReconcileTransaction,
} from '../domain/rows.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import type { ItemKnowledge, OpenVendor } from '../vendors/vendor.ts';

/*
 * A record of the reconciler's topics: whom it is about, under which key one takes the place of another, and which rows
 * of PICS it changes. The rows are kept in memory while a batch is decided, and each decision is put into them, so that
 * the next one sees what the transaction will have written.
 */

/** What the reconciler stands on. Without a vendor it writes answers of commands alone, which need no rules. */
export type ReconcilePorts = {
  readonly vendor: Pick<OpenVendor, 'name' | 'title' | 'centre' | 'readKnowledge' | 'digestRecord'> | null;
  readonly withTransaction: WithReconcileTransaction;
  readonly pics: Pick<Pics, 'readParked'>;
  readonly store: Pick<Store, 'recordReport'>;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
  readonly meter: Pick<Meter, 'alarmed' | 'applied'>;
  readonly log: Log;
};

/** PICS records of learners, officers and organisations that an item names. */
type ItemTargets = {
  readonly ident: string | null;
  readonly owner: OwnerKey | null;
  readonly parts: readonly LearnerRows[];
};

const nothing: ItemTargets = { ident: null, owner: null, parts: [] };

/**
 * All vendors read the topic of links. One of another vendor is not waited for: each that parked it would take the place of
 * the other's.
 */
export function isLinkOfAnother(item: ReconcileItem, vendor: VendorName | null): boolean {
  return item.kind === 'link' && vendor !== null && item.link.vendor !== vendor;
}

/** Of an observation the vendor knows the targets; a link and an answer name theirs. */
export function targetsOf(
  item: ReconcileItem,
  known: Pick<ItemKnowledge, 'ident' | 'owner' | 'parts'> | undefined,
): ItemTargets {
  if (item.kind === 'observation') return known ?? nothing;
  if (item.kind !== 'link') return nothing;
  const { link } = item;
  switch (link.kind) {
    case 'officer':
    case 'organisation':
      return { ...nothing, owner: { kind: link.kind, code: link.picsId } };
    case 'learner':
      return { ...nothing, ident: link.ident ?? link.picsId, parts: ['details'] };
    case 'review':
      return { ...nothing, ident: link.ident, parts: ['reviews'] };
    case 'qualification':
    case 'visit':
      return { ...nothing, ident: link.ident };
  }
}

/** The lane an item belongs to: where it is held and whose history names it. */
export function laneOf({ ident, owner }: ItemTargets): string | null {
  return ident ?? (owner === null ? null : toOwnerLane(owner));
}

/** What separates items of which only the newest counts. Null: the item never waits. */
export function keyOf(item: ReconcileItem): ItemKey | null {
  switch (item.kind) {
    case 'observation': {
      const { vendor, entity, vendorId } = item.observation;
      return { vendor, entity, vendorId };
    }
    case 'link':
      return { vendor: item.link.vendor, entity: 'link', vendorId: `${item.link.kind}:${item.link.picsId}` };
    case 'request-result':
      return { vendor: 'picsync', entity: 'request-result', vendorId: item.answer.id };
    case 'canary':
    case 'tombstone':
    case 'malformed':
      return null;
  }
}

/** What an item is about, for held items and the journal: no personal data. */
export function subjectOf(item: ReconcileItem): string {
  switch (item.kind) {
    case 'observation':
      return `${item.observation.entity}:${item.observation.vendorId}`;
    case 'link':
      return `${item.link.kind}:${item.link.picsId}`;
    case 'request-result':
      return `request:${item.answer.id}`;
    case 'canary':
      return 'canary';
    case 'tombstone':
    case 'malformed':
      return 'record';
  }
}

/**
 * The rows that the actions of a batch concern, as far as they were read. They are changed in memory with
 * each decision, before anything is written.
 */
export type RowState = {
  readonly learners: Map<string, Learner>;
  /** Officers and organisations, by lane. */
  readonly owners: Map<string, Owner>;
};

/**
 * The part of an action that must still be written; null when PICS already has it.
 *
 * The reconciler decides a whole batch before it writes. For each action this function compares the fields
 * to set with the rows in memory and keeps those that differ; `applyToState` then changes the rows, so that
 * the next decision sees them. An observation that equals PICS thus causes no UPDATE and no event that comes
 * back (G-6). `ident`: the learner that the record belongs to, if known.
 */
export function neededAction(action: RowAction, state: RowState, ident: string | null): RowAction | null {
  switch (action.kind) {
    case 'update-qualification': {
      const held = state.learners
        .get(action.ident)
        ?.qualifications.find((one) => isSameQualification(one, action));
      const set = held === undefined ? action.set : pickDifferent(action.set, held);
      return Object.keys(set).length === 0 ? null : { ...action, set };
    }
    case 'update-review': {
      const held = findReview(state, action.id, ident);
      const set = held === undefined ? action.set : pickDifferent(action.set, held.review);
      return Object.keys(set).length === 0 ? null : { ...action, set };
    }
    case 'insert-review':
      return action;
    case 'update-learner': {
      const held = state.learners.get(action.ident);
      const set = held === undefined ? action.set : pickDifferent(action.set, held);
      return Object.keys(set).length === 0 ? null : { ...action, set };
    }
    case 'set-risk':
      return state.learners.get(action.ident)?.risk === action.risk ? null : action;
    case 'update-officer':
    case 'update-organisation': {
      const held = state.owners.get(toOwnerLane(toOwnerKey(action)));
      const set = held === undefined ? action.set : pickDifferent<object>(action.set, held);
      return Object.keys(set).length === 0 ? null : { ...action, set };
    }
    case 'set-learner-id': {
      const learner = state.learners.get(action.ident);
      const held = action.activePortfolio === 'O' ? learner?.oneFileId : learner?.smartAssessorId;
      const isPortfolioSet = action.vendorId === null || learner?.activePortfolio != null;
      return held === action.vendorId && isPortfolioSet ? null : action;
    }
    case 'set-officer-id':
    case 'set-organisation-id':
      return state.owners.get(toOwnerLane(toOwnerKey(action)))?.externalId === action.vendorId
        ? null
        : action;
  }
}

/** Applies an action to the rows in memory, so that the next decision of the batch sees its effect. */
export function applyToState(action: RowAction, state: RowState, ident: string | null): void {
  switch (action.kind) {
    case 'update-qualification':
      changeLearner(state, action.ident, (learner) => ({
        ...learner,
        qualifications: learner.qualifications.map((one) =>
          isSameQualification(one, action) ? { ...one, ...action.set } : one,
        ),
      }));
      return;
    case 'insert-review':
      changeLearner(state, action.ident, (learner) => ({
        ...learner,
        reviews: [...learner.reviews, { id: action.id, ...action.fields }],
      }));
      return;
    case 'update-review': {
      const found = findReview(state, action.id, ident);
      if (found === undefined) return;
      changeLearner(state, found.ident, (learner) => ({
        ...learner,
        reviews: learner.reviews.map((one) => (one.id === action.id ? { ...one, ...action.set } : one)),
      }));
      return;
    }
    case 'set-learner-id':
      changeLearner(state, action.ident, (learner) => ({
        ...learner,
        activePortfolio:
          learner.activePortfolio ?? (action.vendorId === null ? null : action.activePortfolio),
        ...(action.activePortfolio === 'O'
          ? { oneFileId: action.vendorId }
          : { smartAssessorId: action.vendorId }),
      }));
      return;
    case 'update-learner':
      changeLearner(state, action.ident, (learner) => ({ ...learner, ...action.set }));
      return;
    case 'set-risk':
      changeLearner(state, action.ident, (learner) => ({ ...learner, risk: action.risk }));
      return;
    case 'update-officer':
    case 'update-organisation':
      changeOwner(state, toOwnerKey(action), action.set);
      return;
    case 'set-officer-id':
    case 'set-organisation-id':
      changeOwner(state, toOwnerKey(action), { externalId: action.vendorId });
      return;
  }
}

type OwnerAction = Extract<RowAction, { readonly code: string }>;

function toOwnerKey({ kind, code }: OwnerAction): OwnerKey {
  const isOfficer = kind === 'update-officer' || kind === 'set-officer-id';
  return { kind: isOfficer ? 'officer' : 'organisation', code };
}

function changeOwner(state: RowState, key: OwnerKey, set: object): void {
  const owner = state.owners.get(toOwnerLane(key));
  if (owner !== undefined) state.owners.set(toOwnerLane(key), { ...owner, ...set });
}

function changeLearner(state: RowState, ident: string, change: (learner: Learner) => Learner): void {
  const learner = state.learners.get(ident);
  if (learner !== undefined) state.learners.set(ident, change(learner));
}

/**
 * Finds a review by id. The action names no learner, so the learner that the record belongs to is searched
 * first.
 */
function findReview(
  state: RowState,
  id: string,
  owner: string | null,
): { ident: string; review: Review } | undefined {
  const own = owner === null ? undefined : state.learners.get(owner)?.reviews.find((one) => one.id === id);
  if (owner !== null && own !== undefined) return { ident: owner, review: own };
  for (const [ident, { reviews }] of state.learners) {
    const review = reviews.find((one) => one.id === id);
    if (review !== undefined) return { ident, review };
  }
  return undefined;
}

function isSameQualification(
  one: Qualification,
  other: { readonly reference: string; readonly seq: number },
): boolean {
  return one.reference === other.reference && one.seq === other.seq;
}

function pickDifferent<T extends object>(set: Partial<T>, held: T): Partial<T> {
  const different: Partial<T> = {};
  for (const field of Object.keys(set) as (keyof T)[]) {
    if (!isSame(set[field], held[field])) different[field] = set[field] as T[keyof T];
  }
  return different;
}

/** Compares values. An address is a list of lines. */
function isSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((line, index) => line === b[index]);
}
