import type { Priority } from './priority.ts';
import type { Hold } from './step.ts';
import type { Trace } from './trace.ts';
import type { Demand } from './view.ts';

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
  /** Reads (`name subject`) that were just made for this learner: not made again. */
  readonly reads?: readonly string[];
  /** Traces of the changes that cause this. */
  readonly traces?: readonly Trace[];
};

/** The durable end of a look: everything was sent that could be, the rest is held. */
export type Settled = {
  readonly kind: 'settled' | 'vanished';
  readonly isLinked: boolean;
  /** Calls made, by name. */
  readonly calls: Readonly<Record<string, number>>;
  readonly holds: readonly Hold[];
};
