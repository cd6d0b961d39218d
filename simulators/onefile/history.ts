import type { Row, RowId } from './state/row.ts';
import type { Kind } from './state/tables.ts';

export type Outcome =
  | 'answered'
  | 'limited'
  | 'maintenance'
  | 'dropped-before'
  | 'dropped-after'
  | 'slow'
  | 'truncated'
  | 'client-gone';

export interface CallEntry {
  readonly seq: number;
  readonly at: string;
  readonly durationMs: number;
  readonly method: string;
  readonly path: string;
  readonly route: string | null;
  readonly query: string;
  readonly customerId: number | null;
  readonly session: string | null;
  readonly contentType: string | null;
  readonly body: string;
  readonly status: number | null;
  readonly responseBody: string | null;
  readonly outcome: Outcome;
  readonly applied: boolean;
  readonly ruleId: number | null;
  readonly windowCount: number;
}

export interface ChangeEntry {
  readonly seq: number;
  readonly at: string;
  readonly source: Origin['source'];
  readonly callSeq?: number;
  readonly kind: Kind;
  readonly id: RowId;
  readonly before: Row | null;
  readonly after: Row | null;
}

type Origin = { source: 'api'; callSeq: number } | { source: 'person' | 'seed' | 'load' };

const BODY_LIMIT = 64 * 1024;
const cut = (text: string): string => (text.length > BODY_LIMIT ? text.slice(0, BODY_LIMIT) : text);

/** What happened, in order. Append-only: only a reset starts a new one. */
export class History {
  readonly calls: CallEntry[] = [];
  readonly changes: ChangeEntry[] = [];
  #origin: Origin = { source: 'seed' };

  /** The number the next call will get. Work and entry are one step, so changes can already name it. */
  get nextCallSeq(): number {
    return this.calls.length + 1;
  }

  /** Names the origin of the changes that follow. */
  attribute(origin: Origin): void {
    this.#origin = origin;
  }

  recordCall(call: Omit<CallEntry, 'seq'>): void {
    const responseBody = call.responseBody === null ? null : cut(call.responseBody);
    this.calls.push({ seq: this.nextCallSeq, ...call, body: cut(call.body), responseBody });
  }

  recordChange(at: string, change: Pick<ChangeEntry, 'kind' | 'id' | 'before' | 'after'>): void {
    this.changes.push({ seq: this.changes.length + 1, at, ...this.#origin, ...change });
  }
}
