import type { Learner } from '../core/learner.ts';
import type { Link } from '../core/link.ts';
import type { Observation } from '../core/observation.ts';
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
  readonly facts: F;
};

/** Everything a rule may look at when it decides what becomes of a record. */
export type RowView<F> = {
  readonly learner: Learner | null;
  /** For links of officers and organisations: what the PICS column holds; null when there is no such row. */
  readonly owner: { readonly externalId: string | null } | null;
  readonly facts: F;
};

/** PICS records of officers, organisations and learners that an item names. */
export type ItemTargets = {
  readonly ident: string | null;
  readonly officer: string | null;
  readonly organisation: string | null;
  readonly part: LearnerRows | null;
};

const nothing: ItemTargets = { ident: null, officer: null, organisation: null, part: null };

const observedRows: Readonly<Record<string, LearnerRows>> = {
  learner: 'details',
  'learning-aim': 'qualifications',
  'learner-course': 'qualifications',
  review: 'reviews',
  session: 'reviews',
};

export function toTargets(item: ReconcileItem, ident: string | null): ItemTargets {
  if (item.kind === 'observation')
    return { ...nothing, ident, part: observedRows[item.observation.entity] ?? null };
  if (item.kind !== 'link') return nothing;
  const { link } = item;
  switch (link.kind) {
    case 'officer':
      return { ...nothing, officer: link.picsId };
    case 'organisation':
      return { ...nothing, organisation: link.picsId };
    case 'learner':
      return { ...nothing, ident: link.ident ?? link.picsId, part: 'details' };
    case 'review':
      return { ...nothing, ident: link.ident, part: 'reviews' };
    case 'qualification':
    case 'visit':
      return { ...nothing, ident: link.ident };
  }
}
