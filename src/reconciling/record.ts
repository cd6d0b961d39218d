import type { Json } from '../domain/json.ts';
import type { Learner } from '../domain/learner.ts';
import type { Link } from '../domain/link.ts';
import type { Observation } from '../domain/observation.ts';
import { type Owner, type OwnerKey, toOwnerLane } from '../domain/owner.ts';
import type { LearnerRows, RequestAnswer, RowDecision, WithReconcileTransaction } from '../domain/rows.ts';

/** What a record of the reconciler's topics says, after decoding. */
export type ReconcileItem =
  | { readonly kind: 'observation'; readonly observation: Observation }
  | { readonly kind: 'link'; readonly link: Link; readonly removed: boolean }
  | { readonly kind: 'request-result'; readonly answer: RequestAnswer }
  | { readonly kind: 'tombstone' }
  /** Not readable. `reason` is a code; the bytes are nobody's business. */
  | { readonly kind: 'malformed'; readonly reason: string };

export type ReconcileRecord = {
  readonly offset: bigint;
  /** When the broker took it. */
  readonly timestampMs: number;
  readonly item: ReconcileItem;
};

/** What the sync itself knows about a record before PICS is asked. `F` is the vendor's own. */
export type ItemFacts<F> = {
  /** The linked learner the record belongs to; null when none is linked. */
  readonly ident: string | null;
  /** The linked officer or organisation an observation is of. */
  readonly owner?: OwnerKey | null;
  readonly facts: F;
};

/** Everything a rule may look at when it decides what becomes of a record. */
export type RowView<F> = {
  readonly learner: Learner | null;
  /** The officer or organisation the record is about; null when there is no such row. */
  readonly owner: Owner | null;
  readonly facts: F;
};

/** PICS records of learners, officers and organisations that an item names. */
export type ItemTargets = {
  readonly ident: string | null;
  readonly owner: OwnerKey | null;
  readonly parts: readonly LearnerRows[];
};

const nothing: ItemTargets = { ident: null, owner: null, parts: [] };

const observedRows: Readonly<Record<string, readonly LearnerRows[]>> = {
  learner: ['own', 'details'],
  'learning-aim': ['qualifications'],
  'learner-course': ['qualifications'],
  review: ['reviews'],
  session: ['reviews'],
};

export function toTargets(
  item: ReconcileItem,
  known: Pick<ItemFacts<unknown>, 'ident' | 'owner'> | undefined,
): ItemTargets {
  if (item.kind === 'observation') {
    const { ident = null, owner = null } = known ?? {};
    return { ident, owner, parts: observedRows[item.observation.entity] ?? [] };
  }
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

/** The lane an item belongs to: where it is held and whose history tells of it. */
export function toLane({ ident, owner }: ItemTargets): string | null {
  return ident ?? (owner === null ? null : toOwnerLane(owner));
}

/** A record that waits for a person. `params` may hold personal data: never logged. */
export type ReconcileHold = {
  readonly offset: bigint;
  readonly item: ReconcileItem;
  readonly ident: string | null;
  readonly subject: string;
  readonly code: string;
  readonly params: Readonly<Record<string, string>>;
};

/** What became of one record. */
export type SettledRecord = {
  readonly record: ReconcileRecord;
  readonly ident: string | null;
  /** `unchanged`: PICS held it already. `code`: the rule or reason for everything but a write. */
  readonly outcome: 'written' | 'unchanged' | 'ignored' | 'held' | 'answered';
  readonly code: string | null;
};

export type DecideRow<F> = {
  readonly observation: (observation: Observation, view: RowView<F>) => RowDecision;
  /** `isRemoved`: the link was taken away, and its id is to leave PICS too. */
  readonly link: (link: Link, view: RowView<F>, isRemoved: boolean) => RowDecision;
};

export type ReconcileEffects<F> = {
  /** Reads links, shadows and open uploads for items, in their order. */
  readonly readFacts: (items: readonly ReconcileItem[]) => Promise<readonly ItemFacts<F>[]>;
  readonly decide: DecideRow<F>;
  readonly withTransaction: WithReconcileTransaction;
  /** Durable before the offset moves; the same hold may come again. */
  readonly recordHolds: (
    holds: readonly ReconcileHold[],
    place: { topic: string; partition: number },
  ) => Promise<void>;
  /** PICS shows these links now. After the commit: when it is lost the link is announced again. */
  readonly recordLinksCopied: (links: readonly Link[]) => Promise<void>;
  /** After the commit: journal and counters. */
  readonly onSettled: (settled: readonly SettledRecord[]) => Promise<void> | void;
  readonly onWaiting?: (code: string, waitedMs: number) => void;
  /** Keyed: the content of a record must not be guessable from it. */
  readonly digest: (value: Json) => string;
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};
