import type { Clock, Meter } from '../domain/ports.ts';
import type { VendorName } from '../domain/vendor-name.ts';

/** The door every vendor call of a process goes through. */
export type Gate = {
  /** Waits until the vendor may be called. Each caller that enters must leave once, in one of the ways below. */
  readonly enter: () => Promise<void>;
  readonly answered: () => void;
  /** The vendor said no to this record. */
  readonly refused: (refusal: Refused) => void;
  /** The call ended without an answer, or was not made. */
  readonly released: () => void;
  /** As `released`, and the vendor is left alone for a while. */
  readonly failed: (reason: string) => void;
  /** The vendor was left alone and has not answered since: the next call is the probe. */
  readonly isProbing: () => boolean;
};

type GateOptions = {
  readonly breaker: Breaker;
  readonly streak: RefusalStreak;
  readonly vendor: VendorName;
  readonly clock: Clock;
  readonly meter: Pick<Meter, 'paused'>;
  readonly signal: AbortSignal;
};

/** How long to wait at most for a call in hand to end before looking again. */
const lookAgainMs = 50;

export function createGate({ breaker, streak, vendor, clock, meter, signal }: GateOptions): Gate {
  let waiters: (() => void)[] = [];
  const wake = (): void => {
    const woken = waiters;
    waiters = [];
    for (const resume of woken) resume();
  };
  const pause = (reason: string): void => {
    breaker.paused(reason, clock.steadyMs());
    meter.paused(vendor, breaker.reason);
  };
  const answer = (): void => {
    const wasPaused = breaker.reason !== null;
    breaker.succeeded();
    if (wasPaused) meter.paused(vendor, null);
  };
  return {
    enter: async () => {
      for (;;) {
        signal.throwIfAborted();
        const admission = breaker.admit(clock.steadyMs());
        if (admission.kind === 'go') return;
        if (admission.waitMs !== null) await clock.sleep(admission.waitMs, signal);
        else
          await Promise.race([
            new Promise<void>((resolve) => waiters.push(resolve)),
            clock.sleep(lookAgainMs, signal),
          ]);
      }
    },
    answered: () => {
      streak.succeeded();
      answer();
      wake();
    },
    refused: (refusal) => {
      if (!streak.refused(refusal)) answer();
      else {
        // No success: each refused probe makes the pause longer, or every second one more record would be held.
        breaker.released();
        pause(`${refusal.step} ${refusal.code}`);
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

export type BreakerPolicy = {
  readonly firstPauseMs: number;
  readonly maxPauseMs: number;
  /** Concurrent calls while nothing is wrong. */
  readonly maxInHand: number;
};

/**
 * `go`: call now and report the result. `wait`: ask again after `waitMs`; null = after another call has
 * ended.
 */
type Admission = { readonly kind: 'go' } | { readonly kind: 'wait'; readonly waitMs: number | null };

/**
 * Decides whether a vendor may be called now.
 *
 * A failure pauses all calls. After the pause one probe call is admitted. If it fails, the next pause is
 * twice as long, up to a maximum. If it succeeds, the limit of concurrent calls grows by one with each
 * success, so it doubles with each round, and work that piled up during an outage drains without a burst.
 */
export class Breaker {
  readonly #policy: BreakerPolicy;
  #pausedUntilMs = 0;
  #pauseMs = 0;
  #reason: string | null = null;
  #limit: number;
  #inHand = 0;

  constructor(policy: BreakerPolicy) {
    this.#policy = policy;
    this.#limit = policy.maxInHand;
  }

  admit(nowMs: number): Admission {
    if (nowMs < this.#pausedUntilMs) return { kind: 'wait', waitMs: this.#pausedUntilMs - nowMs };
    if (this.#inHand >= this.#limit) return { kind: 'wait', waitMs: null };
    this.#inHand += 1;
    return { kind: 'go' };
  }

  /** The call has ended and the vendor answered, whether it accepted or refused. */
  succeeded(): void {
    this.#inHand -= 1;
    this.#reason = null;
    this.#pauseMs = 0;
    this.#limit = Math.min(this.#policy.maxInHand, this.#limit + 1);
  }

  /** The call has ended without any information about the vendor as a whole. */
  released(): void {
    this.#inHand -= 1;
  }

  /** Stops all calls for a time. Of many calls that fail together only the first makes the pause longer. */
  paused(reason: string, nowMs: number): void {
    if (nowMs < this.#pausedUntilMs) return;
    const { firstPauseMs, maxPauseMs } = this.#policy;
    this.#pauseMs = this.#pauseMs === 0 ? firstPauseMs : Math.min(maxPauseMs, this.#pauseMs * 2);
    this.#pausedUntilMs = nowMs + this.#pauseMs;
    this.#limit = 1;
    this.#reason = reason;
  }

  /** Why the vendor is not called, or null. The reason stays until a probe has succeeded. */
  get reason(): string | null {
    return this.#reason;
  }
}

/** A refusal: for which step and by which code, and whose record it was. */
type Refused = { readonly step: string; readonly code: string; readonly lane: string };

/** The vendor's own words, which nothing here understands. Any other code names something about the record itself. */
const withoutReason = 'VENDOR_REFUSED';

/**
 * Counts learners that are refused one after the other for the same step without a success between them (D-19).
 *
 * Twenty learners in a row who are refused for no reason that is known are hardly twenty bad records: either this
 * program or the vendor changed. The sink then pauses. One learner refused again and again counts once, and a refusal
 * for a reason that is the record's own says nothing about the others.
 */
export class RefusalStreak {
  readonly #limit: number;
  #reason: string | null = null;
  readonly #lanes = new Set<string>();

  constructor(limit = 20) {
    this.#limit = limit;
  }

  succeeded(): void {
    this.#reason = null;
    this.#lanes.clear();
  }

  /** Counts a refusal; true when the sink should pause. */
  refused({ step, code, lane }: Refused): boolean {
    if (code !== withoutReason) return false;
    const reason = `${step} ${code}`;
    if (this.#reason !== reason) this.#lanes.clear();
    this.#reason = reason;
    this.#lanes.add(lane);
    return this.#lanes.size >= this.#limit;
  }
}

/** Whether other records fail too; `unclear`: nothing else was called meanwhile. */
export type Spread = 'alone' | 'many' | 'unclear';

/**
 * Separates a fault that the vendor has with one record from an outage (G-9): an outage is when different records fail.
 *
 * For each kind of call it keeps the records that have failed since such a call was last answered: a vendor may
 * answer every read and fail every write. Where only one or two fail, a record fails alone if the vendor has answered
 * any call since its failure before. It is a sight of this process; how often a record failed is counted in the store.
 */
export class FailureSpread {
  readonly #limit: number;
  readonly #failing = new Map<string, Set<string>>();
  /** By record, how many calls had been answered when it last failed. */
  readonly #answersAt = new Map<string, number>();
  #answers = 0;

  constructor(limit = 3) {
    this.#limit = limit;
  }

  answered(step: string, record: string): void {
    this.#answers += 1;
    if (this.#failing.size === 0) return;
    this.#failing.delete(step);
    this.#answersAt.delete(`${step} ${record}`);
  }

  failed(step: string, record: string): Spread {
    const failing = this.#failing.get(step) ?? new Set();
    this.#failing.set(step, failing.add(record));
    const key = `${step} ${record}`;
    const before = this.#answersAt.get(key);
    this.#answersAt.set(key, this.#answers);
    if (failing.size >= this.#limit) return 'many';
    return before !== undefined && this.#answers > before ? 'alone' : 'unclear';
  }
}
