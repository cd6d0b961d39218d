/** Where time comes from: the machine, or a test that keeps a time of its own. */
export interface TimeSource {
  readonly nowMs: () => number;
  /** For how long a call took; only differences mean anything. */
  readonly elapsedMs: () => number;
}

export const MACHINE_TIME: TimeSource = { nowMs: () => Date.now(), elapsedMs: () => performance.now() };

type ClockMode = 'real' | 'frozen' | 'offset';

/** The simulator's own time. It rules every timestamp, the `Date` header, sessions and windows; latency runs in real time. */
export class Clock {
  readonly #source: TimeSource;
  /** Many changes are noted at one instant, and writing an instant is dear. */
  #lastIso = { atMs: Number.NaN, text: '' };
  #mode: ClockMode = 'real';
  #frozenAtMs = 0;
  #offsetMs = 0;

  constructor(source: TimeSource) {
    this.#source = source;
  }

  get mode(): ClockMode {
    return this.#mode;
  }

  nowMs(): number {
    return this.#mode === 'frozen' ? this.#frozenAtMs : this.#source.nowMs() + this.#offsetMs;
  }

  nowIso(): string {
    const nowMs = this.nowMs();
    if (nowMs !== this.#lastIso.atMs) this.#lastIso = { atMs: nowMs, text: new Date(nowMs).toISOString() };
    return this.#lastIso.text;
  }

  /** As the `Date` header of an answer has it. */
  nowHttpDate(): string {
    return new Date(this.nowMs()).toUTCString();
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
    this.#offsetMs = atMs - this.#source.nowMs();
  }
}

const HOUR_MS = 3_600_000;

const wall = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
});

function readParts(atMs: number): Map<string, string> {
  return new Map(wall.formatToParts(atMs).map(({ type, value }) => [type, value]));
}

/** Calendar date in Europe/London, `YYYY-MM-DD`. */
export function londonDate(atMs: number): string {
  const parts = readParts(atMs);
  return `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
}

/** Minutes since midnight on the wall clock in Europe/London. */
export function londonMinuteOfDay(atMs: number): number {
  const parts = readParts(atMs);
  return Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
}

/** The instant at which a calendar date (`YYYY-MM-DD`) begins in London. Clocks change at 01:00 UTC, so it is never ambiguous. */
export function londonMidnightMs(date: string): number {
  const utcMidnightMs = Date.parse(`${date}T00:00:00.000Z`);
  return londonDate(utcMidnightMs - HOUR_MS) === date ? utcMidnightMs - HOUR_MS : utcMidnightMs;
}
