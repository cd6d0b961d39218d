import type { Learner } from '../core/learner.ts';
import type { Link } from '../core/link.ts';
import type { Observation } from '../core/observation.ts';
import { type Owner, type OwnerKey, toOwnerLane } from '../core/owner.ts';
import type { LearnerRows, RequestAnswer } from '../core/reconcile.ts';

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
