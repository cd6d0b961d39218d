import type { Json } from '../core/json.ts';
import type { Link } from '../core/link.ts';
import type { Observation } from '../core/observation.ts';
import { toOwnerLane } from '../core/owner.ts';
import { type AppliedItem, type RequestAnswer, type Rows, toItemKey } from '../core/reconcile.ts';
import type { RowAction, RowDecision } from '../core/row-action.ts';
import { applyToState, type RowState, toNeededAction } from '../core/row-effects.ts';
import type { DecideRow, ReconcileHold, SettledRecord } from './reconcile-effects.ts';
import { type ItemFacts, type ReconcileRecord, type RowView, toLane, toTargets } from './reconcile-item.ts';

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

export type BatchInput<F> = {
  readonly records: readonly ReconcileRecord[];
  /** In the order of the records. */
  readonly facts: readonly ItemFacts<F>[];
  readonly rows: Rows;
  readonly decide: DecideRow<F>;
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
export function decideBatch<F>(input: BatchInput<F>): BatchDecision {
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
    wait = settle(settling, record, input.facts[index], input);
    if (wait !== null) break;
  }
  const { settled, actions, answers, holds, copied, items } = settling;
  return { settled, actions, answers, holds, copied, items: [...items.values()], wait };
}

/** Returns why the record must wait, or null when it is settled. */
function settle<F>(
  settling: Settling,
  record: ReconcileRecord,
  known: ItemFacts<F> | undefined,
  input: BatchInput<F>,
): string | null {
  const { item } = record;
  const lane = toLane(toTargets(item, known));
  const note = (outcome: SettledRecord['outcome'], code: string | null, of = lane): null => {
    settling.settled.push({ record, ident: of, outcome, code });
    return null;
  };
  switch (item.kind) {
    case 'tombstone':
      return note('ignored', 'tombstone');
    case 'malformed':
      settling.holds.push(toHold(record, null, { subject: 'record', code: item.reason, params: {} }));
      return note('held', item.reason);
    case 'request-result':
      settling.answers.push(item.answer);
      return note('answered', item.answer.status);
    case 'link': {
      const decision = input.decide.link(item.link, toView(settling, record, known), item.removed);
      const isCopied = !item.removed && decision.kind !== 'wait' && decision.kind !== 'hold';
      if (isCopied) settling.copied.push(item.link);
      return conclude(settling, record, lane, decision, note);
    }
    case 'observation':
      return settleObservation(settling, record, item.observation, known, input, note);
  }
}

type Note = (outcome: SettledRecord['outcome'], code: string | null, ident?: string | null) => null;

function settleObservation<F>(
  settling: Settling,
  record: ReconcileRecord,
  observation: Observation,
  known: ItemFacts<F> | undefined,
  { decide, digest }: BatchInput<F>,
  note: Note,
): string | null {
  const key = toItemKey(observation);
  const newest = settling.newest.get(key);
  if (newest !== undefined && observation.observedAtMs < newest.readAtMs) return note('ignored', 'G-4');
  // Gone at the vendor: PICS is left alone and the link shows as an orphan.
  const decision: RowDecision =
    observation.deleted || observation.record === null
      ? { kind: 'ignore', code: 'ORPHAN' }
      : decide.observation(observation, toView(settling, record, known));
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
  return conclude(settling, record, toLane(toTargets(record.item, known)), decision, note);
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
      settling.holds.push(toHold(record, ident, decision));
      return note('held', decision.code, ident);
    case 'write': {
      const needed = decision.actions.flatMap(
        (action) => toNeededAction(action, settling.state, ident) ?? [],
      );
      for (const action of needed) applyToState(action, settling.state, ident);
      settling.actions.push(...needed);
      return note(needed.length > 0 ? 'written' : 'unchanged', null, ident);
    }
  }
}

function toView<F>(
  { state }: Settling,
  { item }: ReconcileRecord,
  known: ItemFacts<F> | undefined,
): RowView<F> {
  const { ident, owner } = toTargets(item, known);
  return {
    learner: (ident === null ? undefined : state.learners.get(ident)) ?? null,
    owner: (owner === null ? undefined : state.owners.get(toOwnerLane(owner))) ?? null,
    facts: known?.facts as F,
  };
}

export function toHold(
  { offset, item }: ReconcileRecord,
  ident: string | null,
  { subject, code, params }: Pick<ReconcileHold, 'subject' | 'code' | 'params'>,
): ReconcileHold {
  return { offset, item, ident, subject, code, params };
}
