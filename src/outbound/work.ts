import type { Priority } from '../core/priority.ts';
import type { Hold } from '../core/step.ts';

/** Why a learner is looked at. Works for one learner that wait together become one look. */
export type Work = {
  readonly ident: string;
  /** `change`: what the rules send on commit. `refresh`: the whole daily exchange. */
  readonly demand: 'change' | 'refresh';
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

/** Merges what waits for one learner into one request. */
export function mergeWorks(
  works: readonly Work[],
): Omit<Work, 'priority'> & { readonly reads: readonly string[] } {
  const commits = works.flatMap((work) => (work.committedAtMs === null ? [] : [work.committedAtMs]));
  const refreshes = works.filter((work) => work.demand === 'refresh');
  return {
    ident: works[0]?.ident ?? '',
    demand: refreshes.length > 0 ? 'refresh' : 'change',
    txIds: [...new Set(works.flatMap((work) => work.txIds))],
    committedAtMs: commits.length === 0 ? null : Math.min(...commits),
    // Reads made for one refresh do not serve another that was asked for later.
    reads: refreshes.length === 1 ? (refreshes[0]?.reads ?? []) : [],
  };
}
