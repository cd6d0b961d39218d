import type { Ledger } from '../domain/ledger.ts';
import type { Clock, Meter, Pics, Store, Topics } from '../domain/ports.ts';
import type { Trace } from '../domain/trace.ts';
import type { Settled, Work } from '../domain/work.ts';
import type { OpenVendor } from '../vendors/vendor.ts';
import type { BreakerPolicy, FailureSpread, Gate } from './gate.ts';
import type { RetryPolicy } from './retry.ts';

/** What the engine stands on. `worker` is the number of this process in the ledger. */
export type EnginePorts = {
  readonly vendor: OpenVendor;
  readonly pics: Pick<Pics, 'readLearner' | 'readOwner'>;
  readonly ledger: Ledger;
  readonly links: Pick<Store['links'], 'rename'>;
  readonly postponed: Pick<Store['postponed'], 'add'>;
  readonly vendors: Pick<Store['vendors'], 'readState'>;
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
  /** An intent that took longer than this to be recorded is not sent: others count the time from its record. */
  readonly sendWithinMs: number;
  /** How old the answer of a read may be that a call rests on (D-1). */
  readonly freshForMs: number;
};

export const defaultEngineOptions: EngineOptions = {
  concurrency: 64,
  retry: {
    baseDelayMs: 1000,
    maxDelayMs: 60_000,
    maxAttempts: 5,
    lookAfterMs: 5000,
    settleMs: 140_000,
    confirmMs: 10_000,
    windowMs: 60_000,
  },
  breaker: { firstPauseMs: 1000, maxPauseMs: 60_000 },
  staleAfterMs: 1000,
  sendWithinMs: 5000,
  freshForMs: 5000,
};

/** What the parts of a look share: the ports, and the engine around them. */
export type Desk = {
  readonly ports: EnginePorts;
  readonly options: EngineOptions;
  readonly gate: Gate;
  readonly spread: FailureSpread;
  /** Whether creates are looked up before they are sent. */
  readonly isCautious: () => Promise<boolean>;
  /** Waits without keeping others from their turn: the place of this look is lent to another one meanwhile. */
  readonly aside: <T>(wait: () => Promise<T>) => Promise<T>;
  /** Whether another change of this learner has arrived since the look began. */
  readonly hasMore: (ident: string) => boolean;
  /** Traces of the changes that have arrived since: the steps that are still to come are made for them too. */
  readonly tracesOfMore: (ident: string) => readonly Trace[];
  /** Has the lane of an officer or organisation looked at that this one needs. */
  readonly need: (work: Work) => Promise<Settled>;
  readonly signal: AbortSignal;
};
