import type { CanaryFlight } from '../domain/canary.ts';
import type { Json } from '../domain/json.ts';
import type { Link } from '../domain/link.ts';
import { mostSkewMs, type Observation } from '../domain/observation.ts';
import { type OwnerKind, toOwnerLane } from '../domain/owner.ts';
import {
  type AppliedItem,
  type ItemKey,
  type ParkedItem,
  type ParkedRecord,
  type ReconcileHold,
  type ReconcileItem,
  type ReconcileRecord,
  type Report,
  type RequestAnswer,
  type RowAction,
  type RowDecision,
  type Rows,
  type RowsQuery,
  type SettledRecord,
  toItemKey,
} from '../domain/rows.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import type { ItemKnowledge } from '../vendors/vendor.ts';
import {
  applyToState,
  isLinkOfAnother,
  keyOf,
  laneOf,
  neededAction,
  type RowState,
  subjectOf,
  targetsOf,
} from './record.ts';

/** What a batch comes to: all of it is written in one transaction. */
export type BatchDecision = {
  /** One for each record, those that wait too. */
  readonly settled: readonly SettledRecord[];
  readonly actions: readonly RowAction[];
  readonly answers: readonly RequestAnswer[];
  readonly canaries: readonly CanaryFlight[];
  readonly holds: readonly ReconcileHold[];
  readonly notes: Report['notes'];
  /** The newest observation of each vendor record. */
  readonly items: readonly AppliedItem[];
  readonly copied: readonly Link[];
  readonly parked: readonly ParkedItem[];
  /** Whose parked record is settled by this batch. */
  readonly unparked: readonly ItemKey[];
  /** Observations that were stamped in the future. */
  readonly ahead: readonly ReconcileRecord[];
  /** What decisions threw. */
  readonly faults: readonly Fault[];
};

type Fault = { readonly offset: bigint; readonly error: unknown };

/** Lanes of which a user of PICS has rows locked; `all`: the rows of no record are looked at, and all wait. */
export type Locked = ReadonlySet<string> | 'all';

type BatchInput = {
  /** `waitedMs`: how long a record was parked that is tried again. */
  readonly records: readonly (ReconcileRecord & Partial<Pick<ParkedRecord, 'waitedMs'>>)[];
  /** In the order of the records. */
  readonly knowledge: readonly ItemKnowledge[];
  readonly rows: Rows;
  /** Whose rows were not read: their records wait. */
  readonly locked: Locked;
  /** Links of other vendors lie in the same topic; null: answers of commands alone are decided. */
  readonly vendor: VendorName | null;
  readonly digest: (value: Json) => string;
};

/** The rows that a batch needs. */
export function toQuery(
  records: readonly ReconcileRecord[],
  { knowledge, locked, vendor }: Pick<BatchInput, 'knowledge' | 'locked' | 'vendor'>,
): RowsQuery {
  const items = records.flatMap(({ item }): ItemKey[] => {
    const key = keyOf(item);
    return key === null ? [] : [key];
  });
  const targets = records
    .flatMap(({ item }, index) => (isLinkOfAnother(item, vendor) ? [] : targetsOf(item, knowledge[index])))
    .filter((target) => locked !== 'all' && !locked.has(laneOf(target) ?? ''));
  const codes = (kind: OwnerKind) =>
    unique(targets.map(({ owner }) => (owner?.kind === kind ? owner.code : null)));
  return {
    idents: unique(targets.map(({ ident }) => ident)),
    officers: codes('officer'),
    organisations: codes('organisation'),
    items,
    parts: unique(targets.flatMap(({ parts }) => parts)),
  };
}

function unique<T>(values: readonly (T | null)[]): T[] {
  return [...new Set(values.filter((value): value is T => value !== null))];
}

type Settling = {
  readonly nowMs: number;
  readonly state: RowState;
  readonly newest: Map<string, AppliedItem>;
  readonly items: Map<string, AppliedItem>;
  /** When the vendor was read for what is parked, by key: before this batch, or by it. */
  readonly parkedReads: Map<string, number | null>;
  readonly parked: Map<string, ParkedItem>;
  readonly unparked: Map<string, ItemKey>;
  readonly settled: SettledRecord[];
  readonly actions: RowAction[];
  readonly answers: RequestAnswer[];
  readonly canaries: CanaryFlight[];
  readonly holds: ReconcileHold[];
  readonly notes: Report['notes'][number][];
  readonly copied: Link[];
  readonly ahead: ReconcileRecord[];
  readonly faults: Fault[];
};

/** Decisions of one batch that may throw; with more of them the fault is in the program, not in records. */
const maxFaults = 20;

/** A record that waits for so long, and whose rule says how it is held, waits no more. */
const waitLimitMs = 15 * 60_000;

/**
 * Decides a batch record by record, in order, each seeing what those before it will have done.
 *
 * A record that has to wait is parked, and those behind it go on. What keeps the order is the vendor record, not the
 * place: of each vendor record the newest observation counts, applied or parked (G-4), so a parked one is never applied
 * after a newer one, nor an older one while a newer one is parked. Links and answers carry no time of their own; of
 * them the later record counts. A record whose decision throws is held alone.
 */
export function decideBatch(input: BatchInput): BatchDecision {
  const { rows } = input;
  const settling: Settling = {
    nowMs: rows.nowMs,
    state: {
      learners: new Map(rows.learners),
      owners: new Map(rows.owners),
    },
    newest: new Map(rows.newest),
    items: new Map(),
    parkedReads: new Map(rows.parked),
    parked: new Map(),
    unparked: new Map(),
    settled: [],
    actions: [],
    answers: [],
    canaries: [],
    holds: [],
    notes: [],
    copied: [],
    ahead: [],
    faults: [],
  };
  for (const [index, record] of input.records.entries()) {
    try {
      settle(settling, record, input.knowledge[index], input);
    } catch (error) {
      if (settling.faults.length >= maxFaults) throw error;
      holdUnexpected(settling, record, input.knowledge[index], error);
    }
  }
  const {
    settled,
    actions,
    answers,
    canaries,
    holds,
    notes,
    copied,
    items,
    parked,
    unparked,
    ahead,
    faults,
  } = settling;
  return {
    settled,
    actions,
    answers,
    canaries,
    holds,
    notes,
    copied,
    items: [...items.values()],
    parked: [...parked.values()],
    unparked: [...unparked.values()],
    ahead,
    faults,
  };
}

/** The held item has the name of the error only: its text may have content of the record. */
function holdUnexpected(
  settling: Settling,
  record: ReconcileRecord,
  known: ItemKnowledge | undefined,
  error: unknown,
): void {
  const ident = laneOf(targetsOf(record.item, known));
  const subject = subjectOf(record.item);
  const params = { what: subject.replace(':', ' '), error: error instanceof Error ? error.name : 'Error' };
  settling.faults.push({ offset: record.offset, error });
  conclude(settling, record, ident, { kind: 'hold', subject, code: 'UNEXPECTED_RECORD', params });
}

function settle(
  settling: Settling,
  record: BatchInput['records'][number],
  known: ItemKnowledge | undefined,
  input: BatchInput,
): void {
  const { item } = record;
  const lane = laneOf(targetsOf(item, known));
  // Not even marked as copied: its own vendor reads the topic too.
  if (isLinkOfAnother(item, input.vendor)) {
    note(settling, record, lane, 'ignored', 'other-vendor');
    return;
  }
  // One that waits was seen when it was parked.
  const isNew = record.waitedMs === undefined;
  if (isNew && item.kind === 'observation' && toPast(settling, item.observation.observedAtMs) === null)
    settling.ahead.push(record);
  const isLocked = input.locked === 'all' || (lane !== null && input.locked.has(lane));
  if (isLocked && keyOf(item) !== null) {
    if (isOutdated(settling, item)) note(settling, record, lane, 'ignored', 'G-4');
    else park(settling, record, lane, { kind: 'wait', code: 'PICS_LOCKED' });
    return;
  }
  switch (item.kind) {
    case 'tombstone':
      note(settling, record, lane, 'ignored', 'tombstone');
      return;
    case 'malformed':
      conclude(settling, record, null, { kind: 'hold', subject: 'record', code: item.reason, params: {} });
      return;
    case 'request-result':
      unpark(settling, item);
      settling.answers.push(item.answer);
      note(settling, record, lane, 'answered', item.answer.status);
      return;
    case 'canary':
      settling.canaries.push(item.flight);
      note(settling, record, null, 'returned', 'canary');
      return;
    case 'link': {
      const decision = decideFrom(settling, record, known);
      const isDecided = known !== undefined && decision.kind !== 'wait' && decision.kind !== 'hold';
      if (!item.removed && isDecided) settling.copied.push(item.link);
      conclude(settling, record, lane, decision);
      return;
    }
    case 'observation':
      settleObservation(settling, record, item.observation, known, input);
  }
}

function note(
  { settled }: Settling,
  record: ReconcileRecord,
  ident: string | null,
  outcome: SettledRecord['outcome'],
  code: string | null,
  written: readonly RowAction[] = [],
): void {
  settled.push({ record, ident, outcome, code, written });
}

/** G-4: whether a newer observation of the vendor record is applied or parked. */
function isOutdated(settling: Settling, item: ReconcileItem): boolean {
  if (item.kind !== 'observation') return false;
  const { newest, parkedReads } = settling;
  const key = toItemKey(item.observation);
  const { observedAtMs } = item.observation;
  const isOlderThan = (readAtMs: number | null | undefined): boolean =>
    observedAtMs < (toPast(settling, readAtMs) ?? 0);
  return isOlderThan(newest.get(key)?.readAtMs) || isOlderThan(parkedReads.get(key));
}

/** G-11: a stamp from the future says nothing about what came first: null. */
function toPast({ nowMs }: Settling, atMs: number | null | undefined): number | null {
  return atMs == null || atMs > nowMs + mostSkewMs ? null : atMs;
}

/** Whether PICS shows what the vendor shows by this decision, as far as the rules want it. */
function isFollowed(decision: RowDecision): boolean {
  switch (decision.kind) {
    case 'write':
      return true;
    case 'hold':
      return (decision.actions ?? []).length > 0;
    case 'ignore':
      return decision.code === 'equal';
    case 'wait':
      return false;
  }
}

function settleObservation(
  settling: Settling,
  record: ReconcileRecord,
  observation: Observation,
  known: ItemKnowledge | undefined,
  { digest }: BatchInput,
): void {
  const lane = laneOf(targetsOf(record.item, known));
  if (isOutdated(settling, record.item)) {
    // The parked one itself may be outdated: then nothing of it is left to do.
    const key = toItemKey(observation);
    if (settling.parkedReads.get(key) === observation.observedAtMs) unpark(settling, record.item);
    note(settling, record, lane, 'ignored', 'G-4');
    return;
  }
  // Gone at the vendor: PICS is left alone and the link shows as an orphan.
  const decision: RowDecision =
    observation.deleted || observation.record === null
      ? { kind: 'ignore', code: 'ORPHAN' }
      : decideFrom(settling, record, known);
  // G-11: of observations that are stamped in the future the place in the topic gives the order. Such a one is applied,
  // and what is newest stays as it was, so that those behind it are not older.
  const readAtMs = toPast(settling, observation.observedAtMs);
  const newest = settling.newest.get(toItemKey(observation));
  const item: AppliedItem = {
    vendor: observation.vendor,
    entity: observation.entity,
    vendorId: observation.vendorId,
    readAtMs: readAtMs ?? toPast(settling, newest?.readAtMs) ?? 0,
    digest: observation.record === null ? null : digest(observation.record),
    // What PICS was not compared with was not followed either: the next one is compared with the one before (D-12).
    shown: (isFollowed(decision) ? known?.keep?.(newest?.shown ?? null) : newest?.shown) ?? null,
  };
  if (!conclude(settling, record, lane, decision)) return;
  settling.newest.set(toItemKey(item), item);
  settling.items.set(toItemKey(item), item);
}

/** False: the record waits on. */
function conclude(
  settling: Settling,
  record: BatchInput['records'][number],
  ident: string | null,
  decision: RowDecision,
): boolean {
  if (decision.kind === 'wait') {
    const { heldAs } = decision;
    if (heldAs !== undefined && (record.waitedMs ?? 0) >= waitLimitMs)
      return conclude(settling, record, ident, { kind: 'hold', ...heldAs });
    park(settling, record, ident, decision);
    return false;
  }
  unpark(settling, record.item);
  switch (decision.kind) {
    case 'ignore':
      if (decision.noted !== undefined && ident !== null)
        settling.notes.push({ ident, code: decision.code, subject: decision.noted });
      note(settling, record, ident, 'ignored', decision.code);
      break;
    case 'hold': {
      const written = take(settling, decision.actions ?? [], ident);
      settling.holds.push(reconcileHold(record, ident, decision));
      note(settling, record, ident, 'held', decision.code, written);
      break;
    }
    case 'write': {
      const written = take(settling, decision.actions, ident);
      note(settling, record, ident, written.length > 0 ? 'written' : 'unchanged', null, written);
    }
  }
  return true;
}

function park(
  settling: Settling,
  record: BatchInput['records'][number],
  ident: string | null,
  { code }: Extract<RowDecision, { kind: 'wait' }>,
): void {
  const key = keyOf(record.item);
  if (key !== null) {
    const { offset, timestampMs, item } = record;
    const name = toItemKey(key);
    settling.parked.set(name, { ...key, record: { offset, timestampMs, item }, code });
    settling.parkedReads.set(name, item.kind === 'observation' ? item.observation.observedAtMs : null);
    settling.unparked.delete(name);
  }
  note(settling, record, ident, 'parked', code);
}

/** What waited of this vendor record is settled, or a newer one was settled in its place. */
function unpark({ parked, parkedReads, unparked }: Settling, item: ReconcileItem): void {
  const key = keyOf(item);
  const name = key === null ? null : toItemKey(key);
  if (key === null || name === null || !parkedReads.has(name)) return;
  parked.delete(name);
  parkedReads.delete(name);
  unparked.set(name, key);
}

/** Keeps the actions that PICS still needs, shows them to the records behind, and returns them. */
function take(
  { state, actions }: Settling,
  decided: readonly RowAction[],
  ident: string | null,
): readonly RowAction[] {
  const needed = decided.flatMap((action) => neededAction(action, state, ident) ?? []);
  for (const action of needed) applyToState(action, state, ident);
  actions.push(...needed);
  return needed;
}

/** Where no vendor knows the record, it is not one that is expected in this topic. */
function decideFrom(
  { state, newest }: Settling,
  { item }: ReconcileRecord,
  known: ItemKnowledge | undefined,
): RowDecision {
  if (known === undefined) return { kind: 'ignore', code: 'not-an-answer' };
  const { ident, owner } = targetsOf(item, known);
  return known.decide({
    learner: (ident === null ? undefined : state.learners.get(ident)) ?? null,
    owner: (owner === null ? undefined : state.owners.get(toOwnerLane(owner))) ?? null,
    shown: item.kind === 'observation' ? (newest.get(toItemKey(item.observation))?.shown ?? null) : null,
  });
}

export function reconcileHold(
  { offset, item }: ReconcileRecord,
  ident: string | null,
  { subject, code, params }: Pick<ReconcileHold, 'subject' | 'code' | 'params'>,
): ReconcileHold {
  return { offset, item, ident, subject, code, params };
}
