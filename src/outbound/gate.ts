import type { Breaker } from '../core/breaker.ts';
import type { RefusalStreak } from '../core/refusal-streak.ts';
import type { OutboundEffects } from './effects.ts';

/** The door every vendor call of a process goes through. */
export type Gate = {
  /** Waits until the vendor may be called. Whoever enters must leave once, in one of the ways below. */
  readonly enter: () => Promise<void>;
  readonly answered: () => void;
  /** The vendor said no to this record; `reason` names step and code. */
  readonly refused: (reason: string) => void;
  /** The call ended without an answer, or was not made. */
  readonly released: () => void;
  /** As `released`, and the vendor is left alone for a while. */
  readonly failed: (reason: string) => void;
  /** The vendor was left alone and has not answered since: whoever calls is the probe. */
  readonly isProbing: () => boolean;
};

type GateParts = {
  readonly breaker: Breaker;
  readonly streak: RefusalStreak;
  readonly effects: Pick<OutboundEffects<unknown, unknown>, 'nowMs' | 'sleep' | 'meter'>;
  readonly signal: AbortSignal;
};

/** How long to wait at most for a call in hand to end before looking again. */
const lookAgainMs = 50;

export function createGate({ breaker, streak, effects, signal }: GateParts): Gate {
  let waiters: (() => void)[] = [];
  const wake = (): void => {
    const woken = waiters;
    waiters = [];
    for (const resume of woken) resume();
  };
  const pause = (reason: string): void => {
    breaker.paused(reason, effects.nowMs());
    effects.meter.paused(breaker.reason);
  };
  const answer = (): void => {
    const wasPaused = breaker.reason !== null;
    breaker.succeeded();
    if (wasPaused) effects.meter.paused(null);
  };
  return {
    enter: async () => {
      for (;;) {
        signal.throwIfAborted();
        const admission = breaker.admit(effects.nowMs());
        if (admission.kind === 'go') return;
        if (admission.waitMs !== null) await effects.sleep(admission.waitMs, signal);
        else
          await Promise.race([
            new Promise<void>((resolve) => waiters.push(resolve)),
            effects.sleep(lookAgainMs, signal),
          ]);
      }
    },
    answered: () => {
      streak.succeeded();
      answer();
      wake();
    },
    refused: (reason) => {
      if (!streak.refused(reason)) answer();
      else {
        // No success: each refused probe makes the pause longer, or every second one more record would be held.
        breaker.released();
        pause(reason);
      }
      wake();
    },
    released: () => {
      breaker.released();
      wake();
    },
    isProbing: () => breaker.reason !== null,
    failed: (reason) => {
      breaker.released();
      pause(reason);
      wake();
    },
  };
}
