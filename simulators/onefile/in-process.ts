/*
 * The simulator without sockets, for tests that keep a time of their own. A call passes the same code as one over HTTP
 * (api-call.ts), so authentication, rate limit, maintenance, switches and scripted rules all apply, and every call and
 * change is in the history. Nothing waits and nothing happens by itself: the clock is the caller's, and a delay is
 * reported instead of slept. The centre is empty unless a size is given.
 *
 *     const oneFile = createInProcessOneFile({ nowMs: () => nowMs });
 *     oneFile.load({ customers: [{ ID: 11, Name: 'Larkfield', token: 'sim-customer-1' }], organisations: [...] });
 *     oneFile.control('POST', '/rules', { match: { path: 'Review' }, action: { type: 'apply-then-drop' } });
 *     const answer = oneFile.send({ method: 'POST', path: 'Authentication', headers: { 'X-CustomerToken': '...' } });
 */

import type { DoorBody, DoorReply } from '../common/door.ts';
import { type ApiAnswer, toApiAnswer, withLowerNames } from '../common/in-process.ts';
import { toTarget } from '../common/routing.ts';
import { arrive, takeUp } from './api-call.ts';
import { answerDoor } from './control/control-door.ts';
import type { CallEntry, ChangeEntry } from './history.ts';
import { DEFAULT_SETTINGS, type SeedOptions } from './settings.ts';
import type { Kind } from './state/tables.ts';
import { createWorld } from './world.ts';

interface InProcessOptions extends Partial<SeedOptions> {
  /** The caller's clock. It rules timestamps, sessions, windows and the durations in the history. */
  readonly nowMs: () => number;
}

export interface ApiRequest {
  readonly method: string;
  /** Relative to the base URL, such as `User/Search/1/100`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
  /** Where the call comes from, for the rate limit. */
  readonly address?: string;
}

/** A call that has arrived. The caller lets `delayMs` pass and then finishes it, as the HTTP server does. */
interface ApiPending {
  readonly delayMs: number;
  /** Does the work. A client that gave up during the delay has asked all the same, and is noted as gone. */
  readonly finish: (isClientGone?: boolean) => ApiAnswer;
}

export interface InProcessOneFile {
  /** One call from its arrival to its answer. The work is done at once, also where `tookMs` reports a delay. */
  readonly send: (request: ApiRequest) => ApiAnswer;
  /** The same in two steps, so that the work can be done when the delay is over. */
  readonly receive: (request: ApiRequest) => ApiPending;
  /** The control door: `control('POST', '/act/reviews/800001/start', {})`. Rows in its answers are not copied. */
  readonly control: (method: string, path: string, body?: DoorBody) => DoorReply;
  /** `POST /records` of the control door; throws when a record is not valid. */
  readonly load: (records: Partial<Record<Kind, readonly object[]>>) => void;
  /** All calls since the last reset, in order. */
  readonly calls: () => readonly CallEntry[];
  readonly changes: () => readonly ChangeEntry[];
}

export function createInProcessOneFile({ nowMs, ...wanted }: InProcessOptions): InProcessOneFile {
  const asOf = new Date(nowMs()).toISOString();
  const options = { seed: DEFAULT_SETTINGS.seed, size: 'empty' as const, asOf, ...wanted };
  const world = createWorld(options, { nowMs, elapsedMs: nowMs });

  const receive = ({ method, path, headers, body, address }: ApiRequest): ApiPending => {
    const arrival = arrive(world, {
      method,
      target: toTarget(path),
      headers: withLowerNames(headers ?? {}),
      address: address ?? 'in-process',
    });
    const { delayMs, finish } = takeUp(world, arrival, body ?? '');
    return { delayMs, finish: (isClientGone = false) => toApiAnswer(finish(isClientGone), delayMs) };
  };
  const control = (method: string, path: string, body: DoorBody = {}): DoorReply =>
    answerDoor(world, { method, target: toTarget(path), body });

  return {
    send: (request) => receive(request).finish(),
    receive,
    control,
    load: (records) => {
      const reply = control('POST', '/records', records);
      if (reply.status !== 200) throw new Error(`records were refused: ${JSON.stringify(reply.body)}`);
    },
    calls: () => world.history.calls,
    changes: () => world.history.changes,
  };
}
