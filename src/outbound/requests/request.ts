import type { Json, JsonObject } from '../../core/json.ts';

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

export type RequestStatus = 'working' | 'done' | 'refused' | 'failed' | 'held' | 'skipped';

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

type Params = Readonly<Record<string, string>>;
type Result = Readonly<Record<string, unknown>>;

export function toDone(result: Result): Answer {
  return { status: 'done', code: null, params: {}, result };
}

export function toRefused(code: string, params: Params, result: Result | null = null): Answer {
  return { status: 'refused', code, params, result };
}

export function toFailed(code: string, params: Params, result: Result | null = null): Answer {
  return { status: 'failed', code, params, result };
}

export function toHeld(code: string, params: Params, result: Result): Answer {
  return { status: 'held', code, params, result };
}

/** Runs one command. It may be run again from its beginning after a crash, and must then come to the same end. */
export type HandleCommand = (
  request: CommandRequest,
  /** Says that the checks are over and work has begun. */
  begin: () => Promise<void>,
) => Promise<Answer>;

/** A text of the payload, trimmed; null when it is blank or none. A number will do: ids are often written so. */
export function toPayloadText(payload: JsonObject, name: string): string | null {
  const value: Json | undefined = payload[name];
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  return text === '' ? null : text;
}

/** Transactions that a read of PICS must see: the one that gave the command. */
export function toTxIds({ txId }: Pick<CommandRequest, 'txId'>): readonly number[] {
  return txId === null ? [] : [txId];
}
