import type { Json } from '../domain/json.ts';
import type { Learner } from '../domain/learner.ts';
import type { Intent, Ledger } from '../domain/ledger.ts';
import type { Link } from '../domain/link.ts';
import type { Observation } from '../domain/observation.ts';
import type { Owner, OwnerKey } from '../domain/owner.ts';
import type { Priority } from '../domain/priority.ts';
import type { Call, CallContext, CallResult, Evaluation, Resolution } from '../domain/step.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import type { Demand, LearnerView, OwnerView } from '../domain/view.ts';
import type { Settled, Work } from '../domain/work.ts';
import type { BreakerPolicy, Gate } from './gate.ts';
import type { RetryPolicy } from './retry.ts';

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

export type EngineOptions = {
  /** Learners looked at together. */
  readonly concurrency: number;
  readonly retry: RetryPolicy;
  readonly breaker: Omit<BreakerPolicy, 'maxInHand'>;
  /** After waiting longer than this for the right to call, PICS is read again before the call. */
  readonly staleAfterMs: number;
};

export const defaultEngineOptions: EngineOptions = {
  concurrency: 64,
  retry: { baseDelayMs: 1000, maxDelayMs: 60_000, maxAttempts: 5, settleMs: 5000, windowMs: 60_000 },
  breaker: { firstPauseMs: 1000, maxPauseMs: 60_000 },
  staleAfterMs: 1000,
};

/** What every part of a look is handed. */
export type LookParts<Settings, Centre> = {
  readonly effects: OutboundEffects<Settings, Centre>;
  readonly options: EngineOptions;
  readonly gate: Gate;
  /** Whether another change of this learner has arrived since the look began. */
  readonly hasMore: (ident: string) => boolean;
  /** Has the lane of an officer or organisation looked at that this one needs. */
  readonly need: (work: Work) => Promise<Settled>;
  readonly signal: AbortSignal;
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
