import type { Json } from '../core/json.ts';
import type { Learner } from '../core/learner.ts';
import type { Intent, Ledger } from '../core/ledger.ts';
import type { Link } from '../core/link.ts';
import type { Observation, ObservationCause } from '../core/observation.ts';
import type { Owner, OwnerKey } from '../core/owner.ts';
import type { Priority } from '../core/priority.ts';
import type { Call, CallResult, Evaluation, Resolution } from '../core/step.ts';
import type { VendorName } from '../core/vendor-name.ts';
import type { LearnerView, OwnerView } from '../core/view.ts';

/** How a call is made: for whom, how urgently, and why. */
/** By what a created record is found again when it carries no key of ours. Personal: never logged or kept. */
export type About = {
  readonly firstName: string | null;
  /** Of an organisation its name. */
  readonly lastName: string | null;
  readonly email: string | null;
};

export type CallContext = {
  readonly learnerVendorId: string | null;
  readonly priority: Priority;
  readonly cause: ObservationCause;
  readonly signal: AbortSignal;
  readonly about: About;
};

/** A vendor as the engine sees it: pure rules and three ways to reach out. */
export type VendorSide<Settings, Centre> = {
  readonly name: VendorName;
  readonly centre: string;
  readonly settings: Settings;
  /** What is known of the centre as a whole; cached by whoever provides it. */
  readonly readCentre: () => Promise<Centre>;
  /** Vendor ids of the learner that PICS shows, checked or not: their shadows are read too. */
  readonly toVendorIds: (learner: Learner) => readonly string[];
  readonly evaluate: (view: LearnerView<Settings, Centre>) => Evaluation;
  readonly evaluateOwner: (view: OwnerView<Settings, Centre>) => Evaluation;
  readonly execute: (call: Call, context: CallContext) => Promise<CallResult>;
  readonly resolve: (intent: Intent, context: CallContext) => Promise<Resolution>;
};

/** What an observer may count. No identifiers, no personal data. */
export type Meter = {
  readonly called: (call: { name: string; result: string; tookMs: number }) => void;
  /** From the commit in PICS to the vendor's acknowledgement, milliseconds (clamped at 0: two clocks differ). */
  readonly delivered: (latencyMs: number) => void;
  readonly noted: (code: string) => void;
  readonly paused: (reason: string | null) => void;
};

export type OutboundEffects<Settings, Centre> = {
  readonly vendor: VendorSide<Settings, Centre>;
  readonly ledger: Ledger;
  /** Number of this process in the ledger. */
  readonly worker: number;
  /** One consistent read that sees the given transactions; null when the learner is gone. */
  readonly readLearner: (query: { ident: string; txIds: readonly number[] }) => Promise<Learner | null>;
  readonly readOwner: (query: { key: OwnerKey; txIds: readonly number[] }) => Promise<Owner | null>;
  /** Waits for the right to make one call and says how long that took. */
  readonly reserveCall: (priority: Priority, signal: AbortSignal) => Promise<{ readonly waitedMs: number }>;
  /** Resolves when the brokers have acknowledged. */
  readonly publishObservations: (observations: readonly Observation[]) => Promise<void>;
  readonly publishLinks: (links: readonly Link[]) => Promise<void>;
  readonly digest: (value: Json) => string;
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  readonly chance: () => number;
  readonly meter: Meter;
};
