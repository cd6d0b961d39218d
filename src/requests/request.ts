import type { Log } from '../base/log.ts';
import { isBrokenInvariant } from '../base/supervise.ts';
import { type Change, readDespiteUnseen } from '../domain/change.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { Learner } from '../domain/learner.ts';
import { messageOf } from '../domain/messages.ts';
import { isFailure, type VendorFailure } from '../domain/outcome.ts';
import type { OwnerKey } from '../domain/owner.ts';
import type { Clock, Pics, Store, Topics } from '../domain/ports.ts';
import type { Answer, CommandRequest, RequestResult } from '../domain/request.ts';
import type { Hold } from '../domain/step.ts';
import type { DecodedChange } from '../domain/topic-records.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import type { Engine } from '../engine/engine.ts';
import type { OpenVendor } from '../vendors/vendor.ts';

/*
 * What user commands have in common: the row they come as, the answer they end with, and how the vendor is asked while
 * one is checked. Each command is a function of its request and a workplace; it may be run again from its beginning
 * after a crash, and must then come to the same end.
 */

/** What a command works with while its vendor is enabled. */
export type Workplace = {
  readonly vendor: OpenVendor;
  readonly engine: Pick<Engine, 'submit'>;
  readonly pics: Pics;
  readonly store: Store;
  readonly topics: Topics;
  readonly clock: Clock;
  /** Status letters of learners in learning. */
  readonly liveLetters: readonly string[];
  /** Ends when the vendor is disabled or its place in the ledger is lost. */
  readonly signal: AbortSignal;
};

/** A command that needs an enabled vendor. `begin` says that the checks are over and work has begun. */
export type Command = (
  request: CommandRequest,
  begin: () => Promise<void>,
  workplace: Workplace,
) => Promise<Answer>;

/** A command by name, as it is run. `runsDisabled`: also while the vendor is not enabled. */
export type Handler = {
  readonly handle: (request: CommandRequest, begin: () => Promise<void>) => Promise<Answer>;
  readonly runsDisabled?: true;
};

type Params = Readonly<Record<string, string>>;
type Result = Readonly<Record<string, unknown>>;

export function done(result: Result): Answer {
  return { status: 'done', code: null, params: {}, result };
}

/** A check failed and nothing was sent. */
export function refused(code: string, params: Params, result: Result | null = null): Answer {
  return { status: 'refused', code, params, result };
}

/** The vendor said no. */
export function failed(code: string, params: Params, result: Result | null = null): Answer {
  return { status: 'failed', code, params, result };
}

/** A person must decide. */
export function held(code: string, params: Params, result: Result): Answer {
  return { status: 'held', code, params, result };
}

export function noLearner(ident: string | null): Answer {
  return refused('NO_LEARNER', { kind: 'learner', code: ident ?? '' });
}

export function noOwner({ kind, code }: OwnerKey): Answer {
  return refused(kind === 'officer' ? 'NO_OFFICER' : 'NO_ORGANISATION', { kind, code });
}

/** For the request's own row alone: names of people reach no log. */
export function fullName({ firstName, surname }: Pick<Learner, 'firstName' | 'surname'>): string {
  const name = [firstName, surname].filter((one) => one !== null).join(' ');
  return name === '' ? 'The learner' : name;
}

/** A held item as an answer lists it. */
export function heldLine({ subject, code }: Pick<Hold, 'subject' | 'code'>): {
  subject: string;
  code: string;
} {
  return { subject, code };
}

/** The learner that a request names, as PICS shows it to the transaction that gave the request; null = none. */
export async function readLearnerOf(
  request: CommandRequest,
  { pics }: Pick<Workplace, 'pics'>,
): Promise<Learner | null> {
  const { ident } = request;
  if (ident === null) return null;
  const read = (txIds: readonly number[]) => pics.readLearner({ ident, txIds });
  return (await readDespiteUnseen(read, txIdsOf(request))).value;
}

/** A text of the payload, trimmed; null when it is blank or missing. A number counts: ids are often written so. */
export function payloadText(payload: JsonObject, name: string): string | null {
  const value: Json | undefined = payload[name];
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  return text === '' ? null : text;
}

/** Transactions that a read of PICS must see: the one that gave the command. */
export function txIdsOf({ txId }: Pick<CommandRequest, 'txId'>): readonly number[] {
  return txId === null ? [] : [txId];
}

/** Only an inserted row starts work; what is written back into it does not. */
function toRequest({ op, after, txId }: Change): CommandRequest | null {
  if ((op !== 'create' && op !== 'snapshot') || after === null) return null;
  const text = (field: string): string | null => {
    const value = after[field];
    return typeof value === 'string' ? value : null;
  };
  const id = text('id');
  if (id === null) return null;
  return {
    id,
    kind: text('kind') ?? '',
    vendor: text('vendor') ?? '',
    ident: text('ident'),
    officer: text('officer'),
    organisation: text('organisation'),
    payload: toPayload(text('payload')),
    requestedBy: text('requestedBy'),
    status: text('status'),
    txId,
  };
}

/** The command that a record of its topic is about. G-12: where the record shows no row, the row is read in PICS. */
export async function readCommand(
  decoded: Exclude<DecodedChange, { kind: 'malformed' }>,
  pics: Pick<Pics, 'readRequest'>,
): Promise<CommandRequest | null> {
  if (decoded.kind === 'change') return toRequest(decoded.change);
  if (decoded.kind === 'tombstone' || decoded.entity !== 'request') return null;
  const row = await pics.readRequest(String(decoded.key['id']));
  if (row === null) return null;
  return { ...row, vendor: row.vendor ?? '', payload: row.payload ?? {}, txId: null };
}

/** A text that is not a JSON object holds no inputs: the command then says what it misses. */
function toPayload(text: string | null): JsonObject {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}

/** So many entries of a list an answer names. Beside a shorter one stands how many there are. */
const mostListed = 100;

/** A list as an answer carries it: its first entries, and their number where some are left out. */
export function listed<N extends string>(name: N, items: readonly unknown[]): Result {
  const shown = { [name]: items.slice(0, mostListed) };
  return items.length > mostListed ? { ...shown, [`${name}Count`]: items.length } : shown;
}

/** A record of a topic carries 900 KiB at most; half of it is far more than a person reads. */
const mostResultBytes = 450 * 1024;
const mostMessageLength = 2_000;

/**
 * The result as text, never more than a record carries: a result that cannot be published would be computed again after
 * every start. What is too long loses entries of its lists, as few as possible, and at last everything but its size.
 */
function resultText(result: Result): string {
  const whole = JSON.stringify(result, storable);
  const bytes = Buffer.byteLength(whole);
  if (bytes <= mostResultBytes) return whole;
  for (const most of [mostListed, 10, 0]) {
    const text = JSON.stringify(shortened(result, most), storable);
    if (Buffer.byteLength(text) <= mostResultBytes) return text;
  }
  return JSON.stringify({ leftOutBytes: bytes });
}

/** PostgreSQL takes neither U+0000 nor half of a surrogate pair: an answer with one would never reach its row. */
function storable<T>(_name: string, value: T): T | string {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\u0000', '') : value;
}

function shortened(value: unknown, most: number): unknown {
  if (Array.isArray(value)) return value.slice(0, most).map((one) => shortened(one, most));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([name, one]): [string, unknown][] =>
    Array.isArray(one) && one.length > most && !(`${name}Count` in value)
      ? [
          [name, shortened(one, most)],
          [`${name}Count`, one.length],
        ]
      : [[name, shortened(one, most)]],
  );
  return Object.fromEntries(entries);
}

/** Publishes what became of a command; the reconciler writes it into the request's row. */
export async function publishResult(
  { topics, clock }: { readonly topics: Pick<Topics, 'publishResult'>; readonly clock: Pick<Clock, 'nowMs'> },
  vendor: VendorName,
  { id, status, code, params, result }: RequestResult,
): Promise<void> {
  const nowMs = clock.nowMs();
  const isOver = status !== 'working';
  await topics.publishResult({
    id,
    status,
    code,
    message:
      code === null ? null : storable('', messageOf(code, { vendor, ...params }).slice(0, mostMessageLength)),
    result: result === null ? null : resultText(result),
    attempts: 1,
    startedAtMs: isOver ? null : nowMs,
    finishedAtMs: isOver ? nowMs : null,
  });
}

type AttemptPorts = {
  readonly vendor: { readonly name: VendorName };
  readonly pics: Pick<Pics, 'readRequest'>;
  readonly topics: Pick<Topics, 'publishResult'>;
  readonly isEnabled: () => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** What throws is begun again after these delays, before that is its answer. */
const againAfterMs = [1_000, 4_000];

/**
 * Does what a command asks for, and answers `UNEXPECTED` when that throws three times (G-9).
 *
 * What throws is no reason to end the consumption of commands: the same one would be met again after every start.
 * Between the attempts PICS and the sync database are asked, and what they throw is passed on: then the fault is
 * theirs, and the command waits for them. While they answer, the fault is the command's own. A broken promise of the
 * code ends the process all the same, after the answer.
 */
export async function answerUnexpected(
  ports: AttemptPorts,
  { id, kind }: CommandRequest,
  act: () => Promise<void>,
): Promise<void> {
  const { pics, clock, log, signal } = ports;
  const answer = () =>
    publishResult(ports, ports.vendor.name, {
      id,
      ...failed('UNEXPECTED', { what: `the command ${kind}`, where: 'the log says more' }),
    });
  for (const delayMs of [...againAfterMs, null]) {
    try {
      return await act();
    } catch (error) {
      signal.throwIfAborted();
      log.error('a command failed unexpectedly', { code: kind, requestId: id, error });
      if (delayMs === null || isBrokenInvariant(error)) await answer();
      if (isBrokenInvariant(error)) throw error;
      if (delayMs === null) return;
      await clock.sleep(delayMs, signal);
      signal.throwIfAborted();
      await pics.readRequest(id);
      await ports.isEnabled();
    }
  }
}

/** What a vendor said while a command was checked, or the answer that ends the command. */
type Asked<T> =
  | { readonly kind: 'said'; readonly value: T }
  | { readonly kind: 'failed'; readonly answer: Answer; readonly failure: VendorFailure };

/** When the vendor does not say when to come back. */
const windowMs = 60_000;
const askAgainAfterMs = [1_000, 3_000];

/**
 * Asks the vendor while a command is checked: nothing is written by it, so it may be asked again.
 *
 * When the vendor asks to wait, the command waits. A vendor that does not answer is asked again after a second and after three
 * more, because one lost answer is no reason to send a person away. Everything else that goes wrong is the answer.
 */
export async function askVendor<T extends object>(
  {
    address,
    clock,
    signal,
  }: { readonly address: string; readonly clock: Clock; readonly signal: AbortSignal },
  ask: () => Promise<T | VendorFailure>,
): Promise<Asked<T>> {
  for (const pausesMs = [...askAgainAfterMs]; ; ) {
    signal.throwIfAborted();
    const said = await ask();
    if (!isVendorFailure(said)) return { kind: 'said', value: said };
    if (said.kind === 'throttled') {
      await clock.sleep(said.retryAfterMs ?? windowMs, signal);
      continue;
    }
    const isSilent = said.kind === 'unreachable' || said.kind === 'unknown';
    const pauseMs = isSilent ? pausesMs.shift() : undefined;
    if (pauseMs === undefined) return { kind: 'failed', answer: failureAnswer(said, address), failure: said };
    await clock.sleep(pauseMs, signal);
  }
}

/** The same at a workplace. */
export function askAt<T extends object>(
  { vendor, clock, signal }: Workplace,
  ask: () => Promise<T | VendorFailure>,
): Promise<Asked<T>> {
  return askVendor({ address: vendor.address, clock, signal }, ask);
}

function failureAnswer(failure: Exclude<VendorFailure, { kind: 'throttled' }>, address: string): Answer {
  switch (failure.kind) {
    case 'unreachable':
    case 'unknown':
      return failed('UNREACHABLE', { address });
    case 'unauthorized':
      return failed('BAD_SIGN_IN', {});
    case 'rejected':
      return failed(failure.code, { what: 'a look-up', message: failure.detail, ...failure.params });
  }
}

function isVendorFailure(said: object): said is VendorFailure {
  return 'kind' in said && typeof said.kind === 'string' && isFailure({ kind: said.kind });
}
