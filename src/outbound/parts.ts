import type { BreakerPolicy } from '../core/breaker.ts';
import type { RetryPolicy } from '../core/retry.ts';
import type { OutboundEffects } from './effects.ts';
import type { Gate } from './gate.ts';
import type { Settled, Work } from './work.ts';

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
