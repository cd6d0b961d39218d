import { cutBody, History } from '../common/history.ts';
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

interface Change {
  readonly kind: Kind;
  readonly id: RowId;
  readonly before: Row | null;
  readonly after: Row | null;
}

type Origin = { source: 'api'; callSeq: number } | { source: 'person' | 'seed' | 'load'; callSeq?: never };

export type ChangeEntry = { readonly seq: number; readonly at: string } & Origin & Change;

export type OneFileHistory = History<CallEntry, Change, Origin>;

export const createHistory = (): OneFileHistory => new History<CallEntry, Change, Origin>({ source: 'seed' });

export function recordCall(history: OneFileHistory, call: Omit<CallEntry, 'seq'>): void {
  const responseBody = call.responseBody === null ? null : cutBody(call.responseBody);
  history.recordCall({ ...call, body: cutBody(call.body), responseBody });
}
