import { cutBody, History } from '../common/history.ts';
import type { Kind, Value } from './core/fields.ts';

export type Facade = 'rest' | 'soap';

export type Outcome =
  | 'answered'
  | 'limited'
  | 'dropped-before'
  | 'dropped-after'
  | 'slow'
  | 'truncated'
  | 'client-gone';

/** A call as it is kept. No credential and no password is ever in it: what was right of a credential is said instead. */
export interface CallEntry {
  readonly seq: number;
  readonly at: string;
  readonly durationMs: number;
  readonly facade: Facade;
  /** In the words of the port, else those of the wire. */
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly requestId: string | null;
  readonly credential: string;
  readonly body: string;
  readonly status: number | null;
  readonly outcome: Outcome;
  readonly applied: boolean;
  readonly resultId: string | null;
  readonly code: string | null;
  readonly ruleId: number | null;
  readonly isDryRun: boolean;
  readonly passwordSent: boolean;
  /** Calls in flight when this one was taken up, itself included. */
  readonly concurrent: number;
}

interface Change {
  readonly kind: Kind;
  readonly id: string;
  readonly before: Readonly<Record<string, Value>> | null;
  readonly after: Readonly<Record<string, Value>> | null;
}

export type Source = Facade | 'person' | 'rule' | 'seed' | 'load';
type Origin = { source: Source; callSeq?: number };
export type ChangeEntry = { readonly seq: number; readonly at: string } & Origin & Change;
export type SimHistory = History<CallEntry, Change, Origin>;

export const createHistory = (): SimHistory => new History<CallEntry, Change, Origin>({ source: 'seed' });

export const recordCall = (history: SimHistory, call: Omit<CallEntry, 'seq'>): void =>
  history.recordCall({ ...call, body: cutBody(call.body) });
