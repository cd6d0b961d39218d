import type { Ledger } from '../domain/ledger.ts';
import type { Clock, Meter, Pics, Topics } from '../domain/ports.ts';
import type { Settled, Work } from '../domain/work.ts';
import type { OpenVendor } from '../vendors/vendor.ts';
import type { BreakerPolicy, Gate } from './gate.ts';
import type { RetryPolicy } from './retry.ts';

/** What the engine stands on. `worker` is the number of this process in the ledger. */
export type EnginePorts = {
  readonly vendor: OpenVendor;
  readonly pics: Pick<Pics, 'readLearner' | 'readOwner'>;
  readonly ledger: Ledger;
  readonly topics: Pick<Topics, 'publishObservations' | 'publishLinks'>;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly worker: number;
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

/** What the parts of a look share: the ports, and the engine around them. */
export type Desk = {
  readonly ports: EnginePorts;
  readonly options: EngineOptions;
  readonly gate: Gate;
  /** Whether another change of this learner has arrived since the look began. */
  readonly hasMore: (ident: string) => boolean;
  /** Has the lane of an officer or organisation looked at that this one needs. */
  readonly need: (work: Work) => Promise<Settled>;
  readonly signal: AbortSignal;
};
