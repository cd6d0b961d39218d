import type { Learner } from './learner.ts';
import type { LaneState } from './ledger.ts';

/** Everything `evaluate` may look at. It takes time and settings as arguments and asks nobody. */
export type LearnerView<Settings, Centre> = {
  readonly learner: Learner;
  readonly lane: LaneState;
  readonly settings: Settings;
  /** What is known of the centre as a whole: the catalogue of standards, assessors and the like. */
  readonly centre: Centre;
  /** `change`: only what the rules send on commit. `refresh`: the whole daily exchange of this learner (OF-41). */
  readonly demand: 'change' | 'refresh';
  /** Names and subjects (`name subject`) of the read calls already made in this look: not asked twice. */
  readonly reads: ReadonlySet<string>;
  readonly nowMs: number;
};

/** How a read is remembered in `reads`. */
export function readKey(call: { readonly name: string; readonly subject: string }): string {
  return `${call.name} ${call.subject}`;
}
