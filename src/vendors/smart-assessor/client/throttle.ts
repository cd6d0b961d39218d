/** Pauses all calls of this credential until a time. */
type Throttle = {
  /** Handles a 429: returns how long every call must wait, in milliseconds. */
  limited(answer: {
    readonly headers: Readonly<Record<string, string>>;
    /** By the clock that is never set. */
    readonly startedAtMs: number;
  }): number;
  passed(): void;
};

const firstWaitMs = 30_000;
const longestWaitMs = 15 * 60_000;

type Clocks = {
  readonly now: () => number;
  readonly steadyMs: () => number;
  /** In [0, 1). */
  readonly chance: () => number;
};

/**
 * Turns 429 answers ("too many calls") into one pause.
 *
 * It lasts as long as `Retry-After` says, in seconds or as a date by the server's own clock; without it 30 seconds,
 * doubling while one 429 follows another. Up to two seconds of random time are added, so that processes do not come back
 * at once. A call that was under way when the pause began is refused too, and does not extend it.
 */
export function createThrottle({ now, steadyMs, chance }: Clocks): Throttle {
  let pausedAtMs = Number.NEGATIVE_INFINITY;
  let untilMs = Number.NEGATIVE_INFINITY;
  let inRow = 0;
  return {
    limited: ({ headers, startedAtMs }) => {
      const nowMs = steadyMs();
      if (startedAtMs <= pausedAtMs && untilMs > nowMs) return untilMs - nowMs;
      inRow += 1;
      const serverMs = Date.parse(headers['date'] ?? '');
      const askedMs = askedWaitMs(headers['retry-after'], Number.isNaN(serverMs) ? now() : serverMs);
      const waitMs = askedMs ?? Math.min(longestWaitMs, firstWaitMs * 2 ** (inRow - 1));
      pausedAtMs = nowMs;
      untilMs = nowMs + waitMs + Math.floor(chance() * 2_000);
      return untilMs - nowMs;
    },
    passed: () => {
      inRow = 0;
    },
  };
}

/** Null when nothing readable is asked for. */
function askedWaitMs(retryAfter: string | undefined, serverMs: number): number | null {
  if (retryAfter === undefined || retryAfter.trim() === '') return null;
  const seconds = Number(retryAfter);
  const askedMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - serverMs;
  return Number.isNaN(askedMs) ? null : Math.min(longestWaitMs, Math.max(0, askedMs));
}
