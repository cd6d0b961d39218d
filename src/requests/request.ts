import type { Json, JsonObject } from '../domain/json.ts';
import type { Learner } from '../domain/learner.ts';
import { isFailure, type VendorFailure } from '../domain/outcome.ts';
import type { Owner, OwnerKey } from '../domain/owner.ts';
import type { Answer, CommandRequest, RequestResult } from '../domain/request.ts';

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

/** For the request's own row alone: names of people reach no log. */
export function toFullName({ firstName, surname }: Pick<Learner, 'firstName' | 'surname'>): string {
  const name = [firstName, surname].filter((one) => one !== null).join(' ');
  return name === '' ? 'The learner' : name;
}

/** Null when nothing is known but the code. */
export function toOwnerName(owner: Owner): string | null {
  if (owner.kind === 'organisation') return owner.name;
  const name = [owner.firstName, owner.surname].filter((one) => one !== null).join(' ');
  return name === '' ? null : name;
}

export function toNoLearner(ident: string | null): Answer {
  return toRefused('NO_LEARNER', { kind: 'learner', code: ident ?? '' });
}

export function toNoOwner({ kind, code }: OwnerKey): Answer {
  return toRefused(kind === 'officer' ? 'NO_OFFICER' : 'NO_ORGANISATION', { kind, code });
}

/** What may be asked of a vendor, by the command's name. */
export type Handlers = Readonly<
  Record<string, { readonly handle: HandleCommand; readonly runsDisabled?: true }>
>;

export type DispatchEffects = {
  readonly vendor: string;
  readonly handlers: Handlers;
  /** Commands that another role answers; here they are only refused while the vendor is not enabled. */
  readonly elsewhere: readonly string[];
  readonly isEnabled: () => Promise<boolean>;
  /** Status of the request's row at present; null when it is gone. */
  readonly readStatus: (id: string) => Promise<string | null>;
  /** Resolves when the brokers have it. */
  readonly publishResult: (result: RequestResult) => Promise<void>;
};

const ended: ReadonlySet<string> = new Set(['done', 'refused', 'failed', 'held', 'skipped']);

/**
 * Runs user commands: one handler a command, one answer a request.
 *
 * Only a request that is `new` starts work, so rows that the reconciler writes back cause nothing. One that is
 * delivered again after its answer stood in the row is not run again: by then a later command may have changed what
 * it did. Without that answer it is run once more, and every handler comes to the same end.
 */
export function createDispatch(effects: DispatchEffects): (request: CommandRequest) => Promise<void> {
  const { handlers, elsewhere, publishResult } = effects;
  return async (request) => {
    const { id, kind, status, vendor } = request;
    if (status !== 'new' || vendor !== effects.vendor) return;
    const known = Object.hasOwn(handlers, kind) ? handlers[kind] : undefined;
    const isElsewhere = elsewhere.includes(kind);
    if (!isElsewhere && ended.has((await effects.readStatus(id)) ?? '')) return;
    const answer = (given: Answer): Promise<void> => publishResult({ id, ...given });
    if (known === undefined && !isElsewhere) return answer(toRefused('UNKNOWN_COMMAND', { command: kind }));
    if (known?.runsDisabled !== true && !(await effects.isEnabled()))
      return answer(toRefused('DISABLED', { vendor }));
    if (known === undefined) return;
    const begin = (): Promise<void> =>
      publishResult({ id, status: 'working', code: null, params: {}, result: null });
    return answer(await known.handle(request, begin));
  };
}

export type AskEffects = {
  /** Where the vendor is, for a person who cannot reach it. */
  readonly address: string;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
};

export type Told<T> =
  | { readonly kind: 'told'; readonly value: T }
  | { readonly kind: 'failed'; readonly answer: Answer; readonly failure: VendorFailure };

/** When the vendor says nothing about when to come back. */
const windowMs = 60_000;

/**
 * Asks the vendor while a command is checked: nothing is written by it, so it may be asked again.
 *
 * Told to wait, the command waits. Everything else that goes wrong is its answer: a person gives it again.
 */
export async function askVendor<T extends object>(
  { address, sleep, signal }: AskEffects,
  ask: () => Promise<T | VendorFailure>,
): Promise<Told<T>> {
  for (;;) {
    signal.throwIfAborted();
    const told = await ask();
    if (!isVendorFailure(told)) return { kind: 'told', value: told };
    if (told.kind === 'throttled') {
      await sleep(told.retryAfterMs ?? windowMs, signal);
      continue;
    }
    return { kind: 'failed', answer: toFailureAnswer(told, address), failure: told };
  }
}

function toFailureAnswer(failure: Exclude<VendorFailure, { kind: 'throttled' }>, address: string): Answer {
  switch (failure.kind) {
    case 'unreachable':
    case 'unknown':
      return toFailed('UNREACHABLE', { address });
    case 'unauthorized':
      return toFailed('BAD_SIGN_IN', {});
    case 'rejected':
      return toFailed(failure.code, { what: 'a look-up', message: failure.detail, ...failure.params });
  }
}

function isVendorFailure(told: object): told is VendorFailure {
  return 'kind' in told && typeof told.kind === 'string' && isFailure({ kind: told.kind });
}
