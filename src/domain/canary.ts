import type { VendorName } from './vendor-name.ts';

/*
 * The canary: a row of PICS that ops changes on a schedule and that takes the way of every change, as far as a change
 * goes without a call: capture, outbound, the engine of each vendor at work, a topic, the reconciler, and back into its
 * row. It says how long that takes at present, also while no user changes anything.
 */

/** The learner that an engine looks at for the canary. PICS has none of this ident, so nothing follows. */
export const canaryIdent = '~CANARY~';

/** A canary on its way back, with the time at which it passed each part. */
export type CanaryFlight = {
  readonly probe: number;
  /** By the clock of Kafka Connect, milliseconds. */
  readonly recordedAtMs: number;
  /** By the clock of the outbound process. */
  readonly consumedAtMs: number;
  readonly decidedAtMs: number;
  /** Vendors whose engine has looked at it, and those whose engine did not come to it in time. */
  readonly decided: readonly VendorName[];
  readonly late: readonly VendorName[];
};

/** Its parts, in the order in which it passes them. `apply` ends in its row. */
export const canaryHops = ['capture', 'queue', 'decision', 'topic', 'apply'] as const;
export type CanaryHop = (typeof canaryHops)[number];

/** The canary's row as it stands. Ages are by the clock of PICS. */
export type CanaryState = {
  /** Since the newest probe was sent; null: none ever was. */
  readonly sentAgeMs: number | null;
  /** Since the oldest probe was sent that has not come back; null: none is under way. */
  readonly waitingMs: number | null;
  /** The probe that came back last; null: none has yet. */
  readonly last: {
    readonly probe: number;
    /** From its commit until it was back, both by the clock of PICS. */
    readonly tookMs: number;
    /** Two clocks may differ: a part that would take less than no time has taken 0. */
    readonly hopsMs: Readonly<Record<CanaryHop, number>>;
    readonly decided: readonly string[];
    readonly late: readonly string[];
  } | null;
};
