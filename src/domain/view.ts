import type { Learner } from './learner.ts';
import type { LaneState } from './ledger.ts';
import type { Owner } from './owner.ts';
import type { Hold } from './step.ts';

/**
 * Why a lane is looked at.
 *
 * `change`: only what the rules send on commit. `refresh`: the whole daily exchange (OF-41). `need`: of owners, a
 * learner needs it at the vendor, so it is created if it must be.
 */
export type Demand = 'change' | 'refresh' | 'need';

/** Everything `evaluate` may look at. It takes time and settings as arguments and reads nothing else. */
export type LearnerView = {
  readonly learner: Learner;
  readonly lane: LaneState;
  readonly demand: Demand;
  /** Names and subjects (`name subject`) of the read calls already made in this look: not asked twice. */
  readonly reads: ReadonlySet<string>;
  /** Owners asked for in this look, by their lane, with what is held there: an owner that has no link now cannot have one. */
  readonly needed: ReadonlyMap<string, readonly Hold[]>;
  readonly nowMs: number;
};

/** The same for an officer or organisation. */
export type OwnerView = Omit<LearnerView, 'learner' | 'needed'> & {
  readonly owner: Owner;
};

/** How a read is remembered in `reads`. */
export function readKey(call: { readonly name: string; readonly subject: string }): string {
  return `${call.name} ${call.subject}`;
}
