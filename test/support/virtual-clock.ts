/**
 * A clock that jumps: whoever sleeps is woken in order, as soon as nobody has anything else to do.
 *
 * A simulated hour takes as long as its work takes.
 */
export class VirtualClock {
  #nowMs: number;
  #order = 0;
  #sleepers: { readonly atMs: number; readonly order: number; readonly wake: () => void }[] = [];

  constructor(startMs = Date.UTC(2026, 0, 15, 9)) {
    this.#nowMs = startMs;
  }

  readonly nowMs = (): number => this.#nowMs;

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = (): void => reject(signal?.reason);
      signal?.addEventListener('abort', abort, { once: true });
      const wake = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      this.#order += 1;
      this.#sleepers.push({ atMs: this.#nowMs + Math.max(0, ms), order: this.#order, wake });
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

  #takeNext() {
    let best = 0;
    for (let at = 1; at < this.#sleepers.length; at += 1) {
      const [one, other] = [this.#sleepers[at]!, this.#sleepers[best]!];
      if (one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)) best = at;
    }
    return this.#sleepers.splice(best, 1)[0] ?? null;
  }
}

/** Resolves when every promise that can go on without time passing has gone on. */
function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
