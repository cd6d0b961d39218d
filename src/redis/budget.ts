import type { Redis } from 'ioredis';
import { type Priority, priorities } from '../domain/priority.ts';
import { CallWindow, type Counts, type Grants, none, sum, type WindowLimits } from './call-window.ts';
import { createSharedWindow } from './shared-window.ts';

export type CallBudgetOptions = {
  /** Null if Redis is not used; then the budget belongs to this process alone. */
  readonly redis: Redis | null;
  /** A digest of the credential, used in key names. Never the credential itself. */
  readonly credential: string;
  /** The maximum number of calls in any `windowMs`, over all processes with this credential. */
  readonly limitPerMinute: number;
  readonly windowMs?: number;
  /**
   * The share of the limit that each priority gets before others get more than theirs. The sum is at most
   * 1.
   */
  readonly shares?: Readonly<Partial<Record<Priority, number>>>;
  /** D-18: the share of the calls that commands and live work leave that spare polling (`replay`) may take. */
  readonly spareShare?: number;
  /** The largest share of the limit that each priority may use. */
  readonly maxShares?: Readonly<Partial<Record<Priority, number>>>;
  /**
   * The share of the limit that this process may use while Redis is away: 1 divided by the number of
   * processes.
   */
  readonly processShare?: number;
  readonly timeoutMs?: number;
  /** How long Redis is not asked again after it failed to answer. */
  readonly retryMs?: number;
  /** A clock that is never set; by default this process's own. */
  readonly now?: () => number;
  /** Called once when a fallback begins (with the reason) and once when it ends (with null). */
  readonly onFallback?: (reason: string | null) => void;
};

type BudgetUse = {
  /** Calls granted in the last window: of all processes while the budget is shared, otherwise of this one. */
  readonly used: number;
  readonly limit: number;
  readonly waiting: number;
  readonly isShared: boolean;
  readonly pausedForMs: number;
};

type CallBudget = {
  /** Waits for the right to make one call. Rejects with the signal's reason, or when the budget is closed. */
  take(priority: Priority, signal?: AbortSignal): Promise<{ readonly waitedMs: number }>;
  /** After a 429: no process with this credential makes calls for this long. */
  pauseFor(durationMs: number): Promise<void>;
  use(): BudgetUse;
  close(): void;
};

/**
 * Creates the budget of calls that all processes with one credential share.
 *
 * How it works: `take` puts the caller into the queue of this process. `serve` asks the shared window in
 * Redis for as many calls as the queue wants, lets that many callers continue, and sleeps for the time that
 * the answer states. So each process has only one request to Redis in progress, for all its callers. A
 * caller more urgent than all waiting ones wakes it.
 *
 * No time of day is used: a pause is handed over as a duration, this process measures by a clock that is
 * never set, and Redis by its own.
 *
 * While Redis is away, each process grants calls from its own share (`own`), and asks Redis again every
 * `retryMs`. When Redis goes away or loses its data, calls that other processes made just before are
 * unknown here, so the limit may be exceeded once; the vendor's own limit then pauses all of them.
 */
export function createCallBudget(options: CallBudgetOptions): CallBudget {
  const now = options.now ?? (() => performance.now());
  const limits = toLimits(options);
  const share = Math.max(1, Math.floor(limits.limit * (options.processShare ?? 1)));
  const own = new CallWindow(toLimits({ ...options, limitPerMinute: share }));
  const { redis, credential, timeoutMs = 200, retryMs = 1_000 } = options;
  const keyPrefix = `pics-sync:{${credential}}`;
  const shared = redis && createSharedWindow({ redis, keyPrefix, limits, timeoutMs, own, nowMs: now });
  const queue = new CallQueue();
  let used: Counts = none;
  let isShared = shared !== null;
  let askSharedAgainAtMs = Number.NEGATIVE_INFINITY;
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
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
    // Redis may be back before this process's own share allows the next call.
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
      // The current wait was computed for the callers in the queue. A more urgent one may get a call
      // immediately.
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
    pauseFor: async (durationMs) => {
      pausedUntilMs = Math.max(pausedUntilMs, now() + durationMs);
      if (shared === null || durationMs <= 0) return;
      await shared.pause(durationMs).catch((error: unknown) => {
        askSharedAgainAtMs = now() + retryMs;
        fellBack(error instanceof Error ? error.message : String(error));
      });
    },
    use: () => ({
      used: sum(used),
      limit: limits.limit,
      waiting: queue.size,
      isShared,
      pausedForMs: Math.max(0, Math.ceil(pausedUntilMs - now())),
    }),
    close: () => {
      isClosed = true;
      wake?.();
      queue.close(new Error('the call budget is closed'));
    },
  };
}

type Shares = Readonly<Partial<Record<Priority, number>>>;

/**
 * The share of `command` is reserved. It is small, because it stays unused while no command runs. Spare polling has
 * none: it takes what is left.
 */
const defaultShares: Readonly<Record<Priority, number>> = {
  command: 0.04,
  live: 0.3,
  poll: 0.1,
  replay: 0,
};
const defaultSpareShare = 0.5;
const defaultMaxShares: Readonly<Record<Priority, number>> = { command: 1, live: 1, poll: 1, replay: 1 };

/** Computes whole calls from shares of the limit. */
export function toLimits(options: {
  readonly limitPerMinute: number;
  readonly windowMs?: number;
  readonly shares?: Shares;
  readonly maxShares?: Shares;
  readonly spareShare?: number;
}): WindowLimits {
  const { limitPerMinute: limit, windowMs = 60_000, spareShare = defaultSpareShare } = options;
  if (!Number.isInteger(limit) || limit < 1)
    throw new Error(`the call limit must be a whole number of at least 1, not ${limit}`);
  const shares = { ...defaultShares, ...options.shares };
  if (priorities.reduce((total, priority) => total + shares[priority], 0) > 1.000_001)
    throw new Error('the minimum shares of the call budget add up to more than 1');
  const maxShares = { ...defaultMaxShares, ...options.maxShares };
  const toCounts = (toCount: (priority: Priority) => number): Counts => [
    toCount('command'),
    toCount('live'),
    toCount('poll'),
    toCount('replay'),
  ];
  return {
    limit,
    windowMs,
    spareShare,
    minimum: toCounts((priority) => Math.floor(limit * shares[priority])),
    maximum: toCounts((priority) => Math.max(1, Math.floor(limit * maxShares[priority]))),
    burstMs: Math.max(windowMs / limit, windowMs / 60),
    grainMs: windowMs / 6_000,
  };
}

type Waiter = {
  readonly sinceMs: number;
  readonly resolve: (granted: { readonly waitedMs: number }) => void;
  readonly reject: (reason: unknown) => void;
};

/**
 * The callers of this process that wait for a call, first come, first served within a priority. A set per
 * priority keeps the order of arrival and lets an aborted caller leave at any position.
 */
class CallQueue {
  readonly #waiting = priorities.map(() => new Set<Waiter>());

  get counts(): Counts {
    return this.#waiting.map(({ size }) => size) as unknown as Counts;
  }

  get size(): number {
    return this.#waiting.reduce((total, { size }) => total + size, 0);
  }

  /** True if no caller of this or a higher priority waits. */
  isFirst(priority: Priority): boolean {
    const rank = priorities.indexOf(priority);
    return this.#waiting.slice(0, rank + 1).every(({ size }) => size === 0);
  }

  join(priority: Priority, { signal, nowMs }: { signal: AbortSignal | undefined; nowMs: number }) {
    return new Promise<{ readonly waitedMs: number }>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const rank = this.#waiting[priorities.indexOf(priority)];
      const waiter: Waiter = {
        sinceMs: nowMs,
        resolve: (granted) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(granted);
        },
        reject: (reason) => {
          signal?.removeEventListener('abort', onAbort);
          reject(reason);
        },
      };
      const onAbort = () => {
        rank?.delete(waiter);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      rank?.add(waiter);
    });
  }

  /**
   * Lets the first callers of each priority continue. If a caller has left meanwhile, the call granted for
   * it stays unused; it is not saved for later.
   */
  serve(granted: Counts, nowMs: number): void {
    for (const [index, rank] of this.#waiting.entries()) {
      let left = granted[index as 0 | 1 | 2 | 3];
      for (const waiter of rank) {
        if (left === 0) break;
        left -= 1;
        rank.delete(waiter);
        waiter.resolve({ waitedMs: Math.max(0, nowMs - waiter.sinceMs) });
      }
    }
  }

  close(reason: unknown): void {
    for (const rank of this.#waiting) {
      for (const waiter of rank) waiter.reject(reason);
      rank.clear();
    }
  }
}
