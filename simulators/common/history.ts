const BODY_LIMIT = 64 * 1024;

/** As much of a body as the history keeps. */
export const cutBody = (text: string): string =>
  text.length > BODY_LIMIT ? text.slice(0, BODY_LIMIT) : text;

/** What happened, in order. Append-only: only a reset starts a new one. */
export class History<Call extends { seq: number }, Change, Origin> {
  readonly calls: Call[] = [];
  readonly changes: ({ readonly seq: number; readonly at: string } & Origin & Change)[] = [];
  #origin: Origin;

  constructor(origin: Origin) {
    this.#origin = origin;
  }

  /** The number the next call will get. Work and entry are one step, so changes can already name it. */
  get nextCallSeq(): number {
    return this.calls.length + 1;
  }

  /** Names the origin of the changes that follow. */
  attribute(origin: Origin): void {
    this.#origin = origin;
  }

  recordCall(call: Omit<Call, 'seq'>): void {
    this.calls.push({ seq: this.nextCallSeq, ...call } as Call);
  }

  recordChange(at: string, change: Change): void {
    this.changes.push({ seq: this.changes.length + 1, at, ...this.#origin, ...change });
  }
}
