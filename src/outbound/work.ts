import type { Priority } from '../core/priority.ts';
import type { Hold } from '../core/step.ts';
import type { Demand } from '../core/view.ts';

/** Why a lane is looked at. Works for one lane that wait together become one look. */
export type Work = {
  /** A learner's ident, or the lane of an officer or organisation. */
  readonly ident: string;
  readonly demand: Demand;
  readonly priority: Priority;
  /** Transactions that the read of PICS must see. */
  readonly txIds: readonly number[];
  /** When PICS committed the change; null when no change caused this. */
  readonly committedAtMs: number | null;
  /** Reads (`name subject`) that somebody has just made for this learner: not made again. */
  readonly reads?: readonly string[];
};

/** The durable end of a look: everything was sent that could be, the rest is held. */
export type Settled = {
  readonly kind: 'settled' | 'vanished';
  readonly isLinked: boolean;
  /** Calls made, by name. */
  readonly calls: Readonly<Record<string, number>>;
  readonly holds: readonly Hold[];
};

/** From the least to the most that a look can be asked for. */
const demands: readonly Demand[] = ['change', 'refresh', 'need'];

/** Merges what waits for one learner into one request. */
export function mergeWorks(
  works: readonly Work[],
): Omit<Work, 'priority'> & { readonly reads: readonly string[] } {
  const commits = works.flatMap((work) => (work.committedAtMs === null ? [] : [work.committedAtMs]));
  const demand = demands.findLast((one) => works.some((work) => work.demand === one)) ?? 'change';
  const strongest = works.filter((work) => work.demand === demand);
  return {
    ident: works[0]?.ident ?? '',
    demand,
    txIds: [...new Set(works.flatMap((work) => work.txIds))],
    committedAtMs: commits.length === 0 ? null : Math.min(...commits),
    // Reads made for one refresh do not serve another that was asked for later.
    reads: strongest.length === 1 ? (strongest[0]?.reads ?? []) : [],
  };
}
