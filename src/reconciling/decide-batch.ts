import type { Json } from '../domain/json.ts';
import type { Learner, Qualification, Review } from '../domain/learner.ts';
import type { Link } from '../domain/link.ts';
import type { Observation } from '../domain/observation.ts';
import { type Owner, type OwnerKey, toOwnerLane } from '../domain/owner.ts';
import {
  type AppliedItem,
  type ReconcileHold,
  type ReconcileRecord,
  type RequestAnswer,
  type RowAction,
  type RowDecision,
  type Rows,
  type SettledRecord,
  toItemKey,
} from '../domain/rows.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import type { ItemKnowledge } from '../vendors/vendor.ts';
import { laneOf, targetsOf } from './record.ts';

/** What a batch comes to: all of it is written in one transaction. */
export type BatchDecision = {
  /** One for each record of the prefix that is settled. */
  readonly settled: readonly SettledRecord[];
  readonly actions: readonly RowAction[];
  readonly answers: readonly RequestAnswer[];
  readonly holds: readonly ReconcileHold[];
  /** The newest observation of each vendor record. */
  readonly items: readonly AppliedItem[];
  readonly copied: readonly Link[];
  /** Why the record after the prefix must be looked at again later; null when all are settled. */
  readonly wait: string | null;
};

type BatchInput = {
  readonly records: readonly ReconcileRecord[];
  /** In the order of the records. */
  readonly knowledge: readonly ItemKnowledge[];
  readonly rows: Rows;
  /** Links of other vendors lie in the same topic; null: answers of commands alone are decided. */
  readonly vendor: VendorName | null;
  readonly digest: (value: Json) => string;
};

type Settling = {
  readonly state: RowState;
  readonly newest: Map<string, AppliedItem>;
  readonly items: Map<string, AppliedItem>;
  readonly settled: SettledRecord[];
  readonly actions: RowAction[];
  readonly answers: RequestAnswer[];
  readonly holds: ReconcileHold[];
  readonly copied: Link[];
};

/**
 * Decides a batch record by record, in order, each seeing what those before it will have done.
 *
 * It stops before the first record that has to wait: nothing behind it may be settled earlier.
 */
export function decideBatch(input: BatchInput): BatchDecision {
  const { rows } = input;
  const settling: Settling = {
    state: {
      learners: new Map(rows.learners),
      owners: new Map(rows.owners),
    },
    newest: new Map(rows.newest),
    items: new Map(),
    settled: [],
    actions: [],
    answers: [],
    holds: [],
    copied: [],
  };
  let wait: string | null = null;
  for (const [index, record] of input.records.entries()) {
    wait = settle(settling, record, input.knowledge[index], input);
    if (wait !== null) break;
  }
  const { settled, actions, answers, holds, copied, items } = settling;
  return { settled, actions, answers, holds, copied, items: [...items.values()], wait };
}

/** Returns why the record must wait, or null when it is settled. */
function settle(
  settling: Settling,
  record: ReconcileRecord,
  known: ItemKnowledge | undefined,
  input: BatchInput,
): string | null {
  const { item } = record;
  const lane = laneOf(targetsOf(item, known));
  const note = (outcome: SettledRecord['outcome'], code: string | null, of = lane): null => {
    settling.settled.push({ record, ident: of, outcome, code });
    return null;
  };
  switch (item.kind) {
    case 'tombstone':
      return note('ignored', 'tombstone');
    case 'malformed':
      settling.holds.push(reconcileHold(record, null, { subject: 'record', code: item.reason, params: {} }));
      return note('held', item.reason);
    case 'request-result':
      settling.answers.push(item.answer);
      return note('answered', item.answer.status);
    case 'link': {
      // Not even marked as copied: its own vendor reads the topic too.
      if (input.vendor !== null && item.link.vendor !== input.vendor) return note('ignored', 'other-vendor');
      const decision = decideFrom(settling, record, known);
      const isDecided = known !== undefined && decision.kind !== 'wait' && decision.kind !== 'hold';
      const isCopied = !item.removed && isDecided;
      if (isCopied) settling.copied.push(item.link);
      return conclude(settling, record, lane, decision, note);
    }
    case 'observation':
      return settleObservation(settling, record, item.observation, known, input, note);
  }
}

type Note = (outcome: SettledRecord['outcome'], code: string | null, ident?: string | null) => null;

function settleObservation(
  settling: Settling,
  record: ReconcileRecord,
  observation: Observation,
  known: ItemKnowledge | undefined,
  { digest }: BatchInput,
  note: Note,
): string | null {
  const key = toItemKey(observation);
  const newest = settling.newest.get(key);
  if (newest !== undefined && observation.observedAtMs < newest.readAtMs) return note('ignored', 'G-4');
  // Gone at the vendor: PICS is left alone and the link shows as an orphan.
  const decision: RowDecision =
    observation.deleted || observation.record === null
      ? { kind: 'ignore', code: 'ORPHAN' }
      : decideFrom(settling, record, known);
  if (decision.kind === 'wait') return decision.code;
  const item: AppliedItem = {
    vendor: observation.vendor,
    entity: observation.entity,
    vendorId: observation.vendorId,
    readAtMs: observation.observedAtMs,
    digest: observation.record === null ? null : digest(observation.record),
  };
  settling.newest.set(key, item);
  settling.items.set(key, item);
  return conclude(settling, record, laneOf(targetsOf(record.item, known)), decision, note);
}

function conclude(
  settling: Settling,
  record: ReconcileRecord,
  ident: string | null,
  decision: RowDecision,
  note: Note,
): string | null {
  switch (decision.kind) {
    case 'wait':
      return decision.code;
    case 'ignore':
      return note('ignored', decision.code, ident);
    case 'hold':
      take(settling, decision.actions ?? [], ident);
      settling.holds.push(reconcileHold(record, ident, decision));
      return note('held', decision.code, ident);
    case 'write':
      return note(take(settling, decision.actions, ident) > 0 ? 'written' : 'unchanged', null, ident);
  }
}

/** Keeps the actions that PICS still needs and shows them to the records behind; returns how many there are. */
function take({ state, actions }: Settling, decided: readonly RowAction[], ident: string | null): number {
  const needed = decided.flatMap((action) => neededAction(action, state, ident) ?? []);
  for (const action of needed) applyToState(action, state, ident);
  actions.push(...needed);
  return needed.length;
}

/** Where no vendor knows the record, it is not one that is expected in this topic. */
function decideFrom(
  { state }: Settling,
  { item }: ReconcileRecord,
  known: ItemKnowledge | undefined,
): RowDecision {
  if (known === undefined) return { kind: 'ignore', code: 'not-an-answer' };
  const { ident, owner } = targetsOf(item, known);
  return known.decide({
    learner: (ident === null ? undefined : state.learners.get(ident)) ?? null,
    owner: (owner === null ? undefined : state.owners.get(toOwnerLane(owner))) ?? null,
  });
}

export function reconcileHold(
  { offset, item }: ReconcileRecord,
  ident: string | null,
  { subject, code, params }: Pick<ReconcileHold, 'subject' | 'code' | 'params'>,
): ReconcileHold {
  return { offset, item, ident, subject, code, params };
}

/**
 * The rows that the actions of a batch concern, as far as they were read. They are changed in memory with
 * each decision, before anything is written.
 */
type RowState = {
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
function neededAction(action: RowAction, state: RowState, ident: string | null): RowAction | null {
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
