/** So much faster than the limit alone would allow: the pace must never be what holds background work back. */
const headroom = 1.05;
const burstMs = 2_000;
const leastBurst = 5;

/**
 * Spreads background calls evenly, so that the budget is never used up in one go.
 *
 * A window that was filled by a burst gives nothing back until the burst leaves it, a minute later: a person who gives
 * a command then would wait that long. Filled evenly it gives back some calls each second, and they go to the person.
 */
export class BackgroundPace {
  readonly #everyMs: number;
  readonly #slackMs: number;
  /** When the next call would be due if all came evenly. */
  #dueAtMs = Number.NEGATIVE_INFINITY;

  constructor({ limit, windowMs }: { readonly limit: number; readonly windowMs: number }) {
    this.#everyMs = windowMs / (limit * headroom);
    this.#slackMs = Math.max(burstMs, (leastBurst - 1) * this.#everyMs);
  }

  /** Counts one more call and says how long it has to wait, milliseconds. */
  next(nowMs: number): number {
    const dueAtMs = Math.max(this.#dueAtMs, nowMs);
    this.#dueAtMs = dueAtMs + this.#everyMs;
    return Math.max(0, dueAtMs - nowMs - this.#slackMs);
  }
}
