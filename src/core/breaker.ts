export type BreakerPolicy = {
  readonly firstPauseMs: number;
  readonly maxPauseMs: number;
  /** Calls in hand when nothing is wrong. */
  readonly maxInHand: number;
};

/** `go`: call now and say how it went. Otherwise ask again after `waitMs` (null: when somebody's call has ended). */
export type Admission = { readonly kind: 'go' } | { readonly kind: 'wait'; readonly waitMs: number | null };

/**
 * Decides whether a vendor may be called now.
 *
 * A pause doubles with each failed probe. After it one probe goes alone; then each success lets one more go beside the
 * others, so the calls in hand double with each round and what piled up during an outage drains without a burst.
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

  /** The call has ended and the vendor answered, with yes or no. */
  succeeded(): void {
    this.#inHand -= 1;
    this.#reason = null;
    this.#pauseMs = 0;
    this.#limit = Math.min(this.#policy.maxInHand, this.#limit + 1);
  }

  /** The call has ended without telling anything about the vendor as a whole. */
  released(): void {
    this.#inHand -= 1;
  }

  /** Stops everything for a while. Of many calls that fail together only the first makes the pause longer. */
  paused(reason: string, nowMs: number): void {
    if (nowMs < this.#pausedUntilMs) return;
    const { firstPauseMs, maxPauseMs } = this.#policy;
    this.#pauseMs = this.#pauseMs === 0 ? firstPauseMs : Math.min(maxPauseMs, this.#pauseMs * 2);
    this.#pausedUntilMs = nowMs + this.#pauseMs;
    this.#limit = 1;
    this.#reason = reason;
  }

  /** Why the vendor is not called, or null. It stays until a probe has succeeded. */
  get reason(): string | null {
    return this.#reason;
  }
}
