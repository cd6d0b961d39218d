import { type Priority, priorities } from '../core/priority.ts';
import type { Counts } from './call-window.ts';

type Waiter = {
  readonly sinceMs: number;
  readonly resolve: (granted: { readonly waitedMs: number }) => void;
  readonly reject: (reason: unknown) => void;
};

/** Those of this process who wait for a call: first come, first served within a priority. */
export class CallQueue {
  readonly #waiting = priorities.map(() => new Set<Waiter>());

  get counts(): Counts {
    return this.#waiting.map(({ size }) => size) as unknown as Counts;
  }

  get size(): number {
    return this.#waiting.reduce((total, { size }) => total + size, 0);
  }

  /** True when nobody more urgent, and nobody as urgent, waits. */
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

  /** Lets the first of each priority go. A call granted to one who has left meanwhile is not used: it is not saved up. */
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
