/*
 * A simulator without sockets, for tests that keep a time of their own, as far as it does not depend on the vendor: how
 * a call is made in one step or in two, and what its client sees: the answer, or that the connection broke. Nothing
 * waits; delays are reported instead of slept.
 */

import type { DoorBody, DoorReply } from './door.ts';
import { type Target, toTarget } from './routing.ts';
import { type Delivery, headersOf } from './server.ts';

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
}

/** A call that has arrived. The caller lets `delayMs` pass and then finishes it, as the HTTP server does. */
export interface ApiPending {
  readonly delayMs: number;
  /** Does the work. A client that gave up during the delay has asked all the same, and is noted as gone. */
  readonly finish: (isClientGone?: boolean) => ApiAnswer;
}

export interface InProcess<Request extends ApiRequest, Kind extends string, Call, Change> {
  /** One call from its arrival to its answer. The work is done at once, also where `tookMs` reports a delay. */
  readonly send: (request: Request) => ApiAnswer;
  /** The same in two steps, so that the work can be done when the delay is over. */
  readonly receive: (request: Request) => ApiPending;
  /** The control door: `control('POST', '/rules', { … })`. Rows in its answers are not copied. */
  readonly control: (method: string, path: string, body?: DoorBody) => DoorReply;
  /** `POST /records` of the control door; throws when a record is not valid. */
  readonly load: (records: Partial<Record<Kind, readonly object[]>>) => void;
  /** All calls since the last reset, in order. */
  readonly calls: () => readonly Call[];
  readonly changes: () => readonly Change[];
}

interface Machine<Request extends ApiRequest, Call, Change> {
  /** Notes the arrival of a call, by its lower-case headers; what it gives does the work. */
  readonly takeUp: (
    request: Request,
    headers: Record<string, string>,
  ) => { readonly delayMs: number; readonly finish: (isClientGone: boolean) => Delivery };
  readonly answerDoor: (call: { method: string; target: Target; body: DoorBody }) => DoorReply;
  /** The history in force: a reset begins another. */
  readonly readHistory: () => { readonly calls: readonly Call[]; readonly changes: readonly Change[] };
}

export function createInProcess<Request extends ApiRequest, Kind extends string, Call, Change>({
  takeUp,
  answerDoor,
  readHistory,
}: Machine<Request, Call, Change>): InProcess<Request, Kind, Call, Change> {
  const receive = (request: Request): ApiPending => {
    const { delayMs, finish } = takeUp(request, withLowerNames(request.headers ?? {}));
    return { delayMs, finish: (isClientGone = false) => toApiAnswer(finish(isClientGone), delayMs) };
  };
  const control = (method: string, path: string, body: DoorBody = {}): DoorReply =>
    answerDoor({ method, target: toTarget(path), body });
  return {
    send: (request) => receive(request).finish(),
    receive,
    control,
    load: (records) => {
      const reply = control('POST', '/records', records);
      if (reply.status !== 200) throw new Error(`records were refused: ${JSON.stringify(reply.body)}`);
    },
    calls: () => readHistory().calls,
    changes: () => readHistory().changes,
  };
}

/** `tookMs` is the time from the arrival of the call to the end of the answer. The caller's clock should pass it. */
export type ApiAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** By lower-case name. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      readonly tookMs: number;
    }
  /** The connection broke before the body was whole. The status is null when not even the head had come. */
  | { readonly kind: 'cut'; readonly status: number | null; readonly tookMs: number };

function withLowerNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  const lower: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) lower[name.toLowerCase()] = value;
  return lower;
}

/** What a client sees of an answer and of the fault that is done to it. A body that was sent whole has arrived. */
function toApiAnswer({ reply, action, date }: Delivery, delayMs: number): ApiAnswer {
  if (action?.type === 'hang' || action?.type === 'apply-then-hang')
    return { kind: 'cut', status: null, tookMs: delayMs + action.holdMs };
  if (reply === null) return { kind: 'cut', status: null, tookMs: delayMs };
  const { status, body } = reply;
  const isShorterThanBody = (bytes: number): boolean => bytes < Buffer.byteLength(body);
  let tookMs = delayMs;
  if (action?.type === 'truncate' && isShorterThanBody(action.bytes)) return { kind: 'cut', status, tookMs };
  if (action?.type === 'slow-body') {
    const { totalMs, stallAfterBytes } = action;
    const isStalled = stallAfterBytes !== null && isShorterThanBody(stallAfterBytes);
    if (isStalled) return { kind: 'cut', status, tookMs: delayMs + totalMs };
    if (stallAfterBytes === null) tookMs += totalMs;
  }
  return {
    kind: 'answer',
    status,
    headers: withLowerNames(Object.fromEntries(headersOf(reply, date))),
    body,
    tookMs,
  };
}
