import type { Redis } from 'ioredis';
import type { Priority } from '../core/priority.ts';
import { toLimits } from './budget-limits.ts';
import { CallQueue } from './call-queue.ts';
import { CallWindow, type Counts, type Grants, none, sum } from './call-window.ts';
import { createSharedWindow } from './shared-window.ts';

export type CallBudgetOptions = {
  /** Null: this process is alone, or Redis is not used. */
  readonly redis: Redis | null;
  /** Digest of the credential; it becomes part of key names. Never the credential. */
  readonly credential: string;
  /** Calls in any `windowMs` at most, over all processes of the credential. */
  readonly limitPerMinute: number;
  readonly windowMs?: number;
  /** Share of the limit that each priority gets before others get more than theirs. Together at most 1. */
  readonly shares?: Readonly<Partial<Record<Priority, number>>>;
  /** Share of the limit that each priority gets at most. */
  readonly maxShares?: Readonly<Partial<Record<Priority, number>>>;
  /** What this process may use of the limit while Redis is away: 1 divided by the number of processes. */
  readonly processShare?: number;
  readonly timeoutMs?: number;
  /** How long Redis is left alone after it was found away. */
  readonly retryMs?: number;
  /** Milliseconds since 1970 that never go back. */
  readonly now?: () => number;
  /** Told when the fallback begins (`reason`) and when it ends (null). Once each time, not once a call. */
  readonly onFallback?: (reason: string | null) => void;
};

export type BudgetUse = {
  /** Calls granted in the last window: of all processes while shared, else of this one. */
  readonly used: number;
  readonly limit: number;
  readonly waiting: number;
  readonly isShared: boolean;
  readonly pausedForMs: number;
};

export type CallBudget = {
  /** Waits for the right to make one call. Rejects with the signal's reason, or when the budget is closed. */
  take(priority: Priority, signal?: AbortSignal): Promise<{ readonly waitedMs: number }>;
  /** After a 429: nobody who shares the credential calls before this time (milliseconds since 1970). */
  pauseUntil(untilMs: number): Promise<void>;
  use(): BudgetUse;
  close(): void;
};

/**
 * Creates the budget of calls that everybody who uses one credential shares.
 *
 * One request a process is under way at Redis, for all who wait here; it sleeps until the time it is told. Without
 * Redis each process keeps to its share. In the window in which Redis goes away or is wiped, calls that other
 * processes made just before are not known here, and the limit may be passed once: the vendor's own limit then pauses
 * everybody.
 */
export function createCallBudget(options: CallBudgetOptions): CallBudget {
  const now = options.now ?? (() => performance.timeOrigin + performance.now());
  const limits = toLimits(options);
  const share = Math.max(1, Math.floor(limits.limit * (options.processShare ?? 1)));
  const own = new CallWindow(toLimits({ ...options, limitPerMinute: share }));
  const { redis, credential, timeoutMs = 200, retryMs = 1_000 } = options;
  const keyPrefix = `pics-sync:{${credential}}`;
  const shared = redis && createSharedWindow({ redis, keyPrefix, limits, timeoutMs, own, nowMs: now });
  const queue = new CallQueue();
  let used: Counts = none;
  let isShared = shared !== null;
  let askSharedAgainAtMs = 0;
  let pausedUntilMs = 0;
  let isServing = false;
  let isClosed = false;
  let hasUrgent = false;
  let wake: (() => void) | null = null;

  function fellBack(reason: string | null): void {
    if (isShared === (reason === null)) return;
    isShared = reason === null;
    options.onFallback?.(reason);
  }

  async function ask(): Promise<Grants> {
    const restMs = pausedUntilMs - now();
    if (restMs > 0) return { granted: none, waitMs: restMs };
    if (shared !== null && now() >= askSharedAgainAtMs) {
      try {
        const answer = await shared.grant(queue.counts);
        fellBack(null);
        used = answer.used;
        if (answer.pausedForMs === 0) return answer;
        pausedUntilMs = Math.max(pausedUntilMs, now() + answer.pausedForMs);
        return { granted: none, waitMs: answer.pausedForMs };
      } catch (error) {
        askSharedAgainAtMs = now() + retryMs;
        fellBack(error instanceof Error ? error.message : String(error));
      }
    }
    const answer = own.grant(now(), queue.counts);
    used = own.used(now());
    // Redis may be back before the next call of this process's own share is free.
    return shared === null ? answer : { ...answer, waitMs: Math.min(answer.waitMs, retryMs) };
  }

  async function serve(): Promise<void> {
    try {
      while (queue.size > 0 && !isClosed) {
        hasUrgent = false;
        const { granted, waitMs } = await ask();
        queue.serve(granted, now());
        if (waitMs > 0 && queue.size > 0 && !hasUrgent) await sleep(waitMs);
      }
    } finally {
      isServing = false;
    }
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        wake = null;
        resolve();
      };
      const timer = setTimeout(end, Math.min(Math.ceil(ms), 2 ** 31 - 1));
      wake = end;
    });
  }

  return {
    take: (priority, signal) => {
      if (isClosed) return Promise.reject(new Error('the call budget is closed'));
      // What the sleeper was told holds for those who wait. Somebody more urgent may be granted a call at once.
      const isUrgent = queue.isFirst(priority);
      const granted = queue.join(priority, { signal, nowMs: now() });
      if (!isServing) {
        isServing = true;
        setImmediate(() => void serve());
      } else if (isUrgent) {
        hasUrgent = true;
        wake?.();
      }
      return granted;
    },
    pauseUntil: async (untilMs) => {
      pausedUntilMs = Math.max(pausedUntilMs, untilMs);
      const restMs = untilMs - now();
      if (shared === null || restMs <= 0) return;
      await shared.pause(restMs).catch((error: unknown) => {
        askSharedAgainAtMs = now() + retryMs;
        fellBack(error instanceof Error ? error.message : String(error));
      });
    },
    use: () => ({
      ...{ used: sum(used), limit: limits.limit, waiting: queue.size, isShared },
      pausedForMs: Math.max(0, Math.ceil(pausedUntilMs - now())),
    }),
    close: () => {
      isClosed = true;
      wake?.();
      queue.close(new Error('the call budget is closed'));
    },
  };
}
