import type { Priority } from '../../../core/priority.ts';

/** The right to make calls, shared by all processes of one customer token. */
export type CallBudget = {
  /** Resolves when one call may be made. */
  takeCall(priority: Priority, signal?: AbortSignal): Promise<unknown>;
  /** No call of this customer token before that time. */
  pauseUntil(atMs: number): Promise<unknown> | unknown;
};

export type Throttle = {
  /** What a 429 asks for: how long every call of this token waits. */
  limited(answer: {
    readonly retryAfter: string | null;
    readonly serverTimeMs: number | null;
    readonly startedAtMs: number;
  }): number;
  passed(): void;
};

const longestAskedMs = 300_000;

/**
 * Turns refusals for too many calls into one pause.
 *
 * By `Retry-After`; without one until the next full minute by the server's clock; a refusal after such a pause: 60 s.
 * Always with some jitter, so that many processes do not come back at once. Calls that were under way when the pause
 * began are refused too: they say nothing new.
 */
export function createThrottle({ now, chance }: { now: () => number; chance: () => number }): Throttle {
  let pausedAtMs = Number.NEGATIVE_INFINITY;
  let untilMs = Number.NEGATIVE_INFINITY;
  let inRow = 0;
  return {
    limited: ({ retryAfter, serverTimeMs, startedAtMs }) => {
      const nowMs = now();
      if (startedAtMs <= pausedAtMs && untilMs > nowMs) return untilMs - nowMs;
      inRow += 1;
      const askedMs = toAskedMs(retryAfter, serverTimeMs ?? nowMs);
      const restOfMinuteMs = 60_000 - ((serverTimeMs ?? nowMs) % 60_000);
      const waitMs = askedMs ?? (inRow > 1 ? 60_000 : restOfMinuteMs);
      pausedAtMs = nowMs;
      untilMs = nowMs + waitMs + 500 + Math.floor(chance() * 4_500);
      return untilMs - nowMs;
    },
    passed: () => {
      inRow = 0;
    },
  };
}

/** Seconds or a date. Anything else, or a wish beyond five minutes, is not believed as it stands. */
function toAskedMs(retryAfter: string | null, serverTimeMs: number): number | null {
  if (retryAfter === null || retryAfter.trim() === '') return null;
  const seconds = Number(retryAfter);
  const askedMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - serverTimeMs;
  if (Number.isNaN(askedMs)) return null;
  return Math.min(longestAskedMs, Math.max(0, askedMs));
}
