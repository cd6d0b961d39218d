import type { Learner, Qualification, Review } from './learner.ts';
import { type Owner, type OwnerKey, toOwnerLane } from './owner.ts';
import type { RowAction } from './row-action.ts';

/** The rows that actions are about, as far as they were read. Changed as decisions are made, before anything is written. */
export type RowState = {
  readonly learners: Map<string, Learner>;
  /** Officers and organisations, by lane. */
  readonly owners: Map<string, Owner>;
};

/**
 * What of an action is still to be written: null when PICS holds it already.
 *
 * An observation that equals PICS causes no UPDATE, and so no event that comes back (G-6). `ident`: the learner the
 * record belongs to, where one is known.
 */
export function toNeededAction(action: RowAction, state: RowState, ident: string | null): RowAction | null {
  switch (action.kind) {
    case 'update-qualification': {
      const held = state.learners
        .get(action.ident)
        ?.qualifications.find((one) => isSameQualification(one, action));
      const set = held === undefined ? action.set : toDifferent(action.set, held);
      return Object.keys(set).length === 0 ? null : { ...action, set };
    }
    case 'update-review': {
      const held = findReview(state, action.id, ident);
      const set = held === undefined ? action.set : toDifferent(action.set, held.review);
      return Object.keys(set).length === 0 ? null : { ...action, set };
    }
    case 'insert-review':
      return action;
    case 'update-learner': {
      const held = state.learners.get(action.ident);
      const set = held === undefined ? action.set : toDifferent(action.set, held);
      return Object.keys(set).length === 0 ? null : { ...action, set };
    }
    case 'update-officer':
    case 'update-organisation': {
      const held = state.owners.get(toOwnerLane(toOwnerKey(action)));
      const set = held === undefined ? action.set : toDifferent<object>(action.set, held);
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

/** Does to the read rows what the action will do to PICS, so that the next decision of the batch sees it. */
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

export function toOwnerKey({ kind, code }: OwnerAction): OwnerKey {
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

/** Looks at the learner the record belongs to first: a review names its learner in PICS alone. */
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

function toDifferent<T extends object>(set: Partial<T>, held: T): Partial<T> {
  const different: Partial<T> = {};
  for (const field of Object.keys(set) as (keyof T)[]) {
    if (!isSame(set[field], held[field])) different[field] = set[field] as T[keyof T];
  }
  return different;
}

/** An address is a list of lines. */
function isSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((line, index) => line === b[index]);
}
