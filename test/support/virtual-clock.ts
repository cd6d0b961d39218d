type Sleeper = { readonly atMs: number; readonly order: number; readonly wake: () => void };

/**
 * A clock that jumps: whoever sleeps is woken in order, as soon as nobody has anything else to do.
 *
 * A simulated hour takes as long as its work takes.
 */
export class VirtualClock {
  #nowMs: number;
  #order = 0;
  /** A heap: who is woken next stands first. */
  readonly #sleepers: Sleeper[] = [];

  constructor(startMs = Date.UTC(2026, 0, 15, 9)) {
    this.#nowMs = startMs;
  }

  readonly nowMs = (): number => this.#nowMs;

  /** As the real one: an abort ends it early, and it never rejects. */
  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = (): void => {
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      signal?.addEventListener('abort', wake, { once: true });
      this.#order += 1;
      this.#add({ atMs: this.#nowMs + Math.max(0, ms), order: this.#order, wake });
    });

  /** Lets time pass until `done` settles. Rejects when nobody sleeps and it still has not: a lost wake-up. */
  async runUntil<T>(done: Promise<T>, limitMs = 24 * 3_600_000): Promise<T> {
    const endMs = this.#nowMs + limitMs;
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    done.then(mark, mark);
    for (;;) {
      await idle();
      if (settled) return done;
      const next = this.#takeNext();
      if (next === null) throw new Error('nobody sleeps and the work has not ended');
      if (next.atMs > endMs) throw new Error(`not done after ${limitMs} ms of simulated time`);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
    }
  }

  #add(sleeper: Sleeper): void {
    const heap = this.#sleepers;
    let at = heap.push(sleeper) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(sleeper, heap[above] as Sleeper)) break;
      heap[at] = heap[above] as Sleeper;
      at = above;
    }
    heap[at] = sleeper;
  }

  #takeNext(): Sleeper | null {
    const heap = this.#sleepers;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Sleeper, heap[below] as Sleeper)) below += 1;
      if (!isBefore(heap[below] as Sleeper, last)) break;
      heap[at] = heap[below] as Sleeper;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(one: Sleeper, other: Sleeper): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}

/** Resolves when every promise that can go on without time passing has gone on. */
function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
