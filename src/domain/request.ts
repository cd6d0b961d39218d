import type { JsonObject } from './json.ts';

/** A user command as its caller gives it. The id is the caller's: a repeated insert is refused by the key. */
export type NewRequest = {
  readonly id: string;
  readonly kind: string;
  readonly vendor: string | null;
  readonly ident: string | null;
  readonly officer: string | null;
  readonly organisation: string | null;
  readonly payload: JsonObject | null;
  readonly requestedBy: string | null;
};

/** A command with what became of it. */
export type RequestRow = NewRequest & {
  readonly status: string;
  readonly code: string | null;
  readonly message: string | null;
  readonly result: JsonObject | null;
  readonly attempts: number;
  readonly requestedAtMs: number;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
};

/** A user command as a row of `picsync.request`. */
export type CommandRequest = {
  readonly id: string;
  readonly kind: string;
  readonly vendor: string;
  readonly ident: string | null;
  readonly officer: string | null;
  readonly organisation: string | null;
  /** Further inputs, by command; empty when none were given. */
  readonly payload: JsonObject;
  /** Name of the person, for the record. */
  readonly requestedBy: string | null;
  readonly status: string | null;
  readonly txId: number | null;
};

type RequestStatus = 'working' | 'done' | 'refused' | 'failed' | 'held' | 'skipped';

/** What is written back into the request's row, by way of its topic and the reconciler. */
export type RequestResult = {
  readonly id: string;
  readonly status: RequestStatus;
  readonly code: string | null;
  /** Fills the message's gaps. */
  readonly params: Readonly<Record<string, string>>;
  readonly result: Readonly<Record<string, unknown>> | null;
};

/**
 * How a command ended.
 *
 * Refused: a check failed and nothing was sent. Failed: the vendor said no. Held: a person must decide.
 */
export type Answer = Omit<RequestResult, 'id' | 'status'> & {
  readonly status: Exclude<RequestStatus, 'working'>;
};
