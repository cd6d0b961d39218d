import type { Clock, TimeSource } from '../common/clock.ts';

const WINDOW_MS = 60_000;

interface Passed {
  readonly atMs: number;
  readonly realMs: number;
}

/** Calls of the last minute. A call leaves the window when the minute has passed by either clock: one may stand still. */
export class Limits {
  #passed: Passed[] = [];

  /** Null when the call may pass, else for how long the caller must wait. */
  admit({ clock, time }: { clock: Clock; time: TimeSource }, limit: number): { waitMs: number } | null {
    const atMs = clock.nowMs();
    const realMs = time.nowMs();
    const ageMs = (one: Passed): number => Math.max(atMs - one.atMs, realMs - one.realMs);
    this.#passed = this.#passed.filter((one) => ageMs(one) < WINDOW_MS);
    const [oldest] = this.#passed;
    if (limit > 0 && oldest !== undefined && this.#passed.length >= limit) {
      return { waitMs: WINDOW_MS - ageMs(oldest) };
    }
    this.#passed.push({ atMs, realMs });
    return null;
  }
}
