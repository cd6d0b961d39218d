export type ClockMode = 'real' | 'frozen' | 'offset';

/** The simulator's own time. It rules every timestamp, the `Date` header, sessions and windows; latency runs in real time. */
export class Clock {
  #mode: ClockMode = 'real';
  #frozenAtMs = 0;
  #offsetMs = 0;

  get mode(): ClockMode {
    return this.#mode;
  }

  nowMs(): number {
    return this.#mode === 'frozen' ? this.#frozenAtMs : Date.now() + this.#offsetMs;
  }

  nowIso(): string {
    return new Date(this.nowMs()).toISOString();
  }

  runReal(): void {
    this.#mode = 'real';
    this.#offsetMs = 0;
  }

  freezeAt(atMs: number): void {
    this.#mode = 'frozen';
    this.#frozenAtMs = atMs;
  }

  /** Goes on ticking from the given instant. */
  runFrom(atMs: number): void {
    this.#mode = 'offset';
    this.#offsetMs = atMs - Date.now();
  }
}
