import type { Json } from '../domain/json.ts';
import type { Link } from '../domain/link.ts';
import type { Observation } from '../domain/observation.ts';
import { type OwnerKey, toOwnerLane } from '../domain/owner.ts';
import type {
  ItemFacts,
  LearnerRows,
  ReconcileHold,
  ReconcileItem,
  RowDecision,
  RowView,
  SettledRecord,
  WithReconcileTransaction,
} from '../domain/rows.ts';

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
