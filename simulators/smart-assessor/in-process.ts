/*
 * The simulator without sockets, for tests that keep a time of their own. A call passes the same code as one over HTTP
 * (api-call.ts), so sign-in, rate limit, switches and scripted rules all apply, and every call and change is in the
 * history. Nothing waits, and a delay is reported instead of slept. The clock follows the caller's; the site is empty
 * unless a size is given.
 *
 *     const sim = createInProcessSmartAssessor({ nowMs: () => nowMs });
 *     sim.load({ employers: [{ id: 1001, misId: 'HILLS1', name: 'Hillside Care Ltd' }] });
 *     const answer = sim.send({ method: 'GET', path: '/api/v1/ping', headers: { authorization: '...' } });
 */

import type { DoorBody, DoorReply } from '../common/door.ts';
import { type ApiAnswer, toApiAnswer, withLowerNames } from '../common/in-process.ts';
import { toTarget } from '../common/routing.ts';
import { arrive, takeUp } from './api-call.ts';
import { answerDoor } from './control/control-door.ts';
import type { Kind } from './core/fields.ts';
import type { CallEntry, ChangeEntry } from './history.ts';
import { DEFAULT_SETTINGS, type SeedOptions } from './settings.ts';
import { createWorld } from './world.ts';

interface InProcessOptions extends Partial<SeedOptions> {
  /** The caller's clock. It rules timestamps, tokens, windows and the durations in the history. */
  readonly nowMs: () => number;
}

export interface ApiRequest {
  readonly method: string;
  /** With the façade's base: `/api/v1/learners?misId=104233`, or `/soap/g1`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
}

interface ApiPending {
  readonly delayMs: number;
  /** Does the work. A client that gave up during the delay has asked all the same, and is noted as gone. */
  readonly finish: (isClientGone?: boolean) => ApiAnswer;
}

export interface InProcessSmartAssessor {
  /** One call from its arrival to its answer. The work is done at once, also where `tookMs` reports a delay. */
  readonly send: (request: ApiRequest) => ApiAnswer;
  /** The same in two steps, so that the work can be done when the delay is over. */
  readonly receive: (request: ApiRequest) => ApiPending;
  /** The control door: `control('POST', '/act/sessions/<id>/close', {})`. */
  readonly control: (method: string, path: string, body?: DoorBody) => DoorReply;
  /** `POST /records` of the control door; throws when a record is not valid. */
  readonly load: (records: Partial<Record<Kind, readonly object[]>>) => void;
  /** All calls since the last reset, in order. */
  readonly calls: () => readonly CallEntry[];
  readonly changes: () => readonly ChangeEntry[];
}

const BASE = /^\/?(api\/v1|soap\/g1)(?=\/|$)/i;

export function createInProcessSmartAssessor({ nowMs, ...wanted }: InProcessOptions): InProcessSmartAssessor {
  const asOf = new Date(nowMs()).toISOString();
  const options = { seed: DEFAULT_SETTINGS.seed, size: 'empty' as const, asOf, ...wanted };
  const world = createWorld(options, { nowMs, elapsedMs: nowMs });
  world.clock.runReal();

  const receive = ({ method, path, headers, body }: ApiRequest): ApiPending => {
    const target = toTarget(path);
    const base = BASE.exec(target.path)?.[1]?.toLowerCase();
    if (base === undefined) throw new Error(`${path} has neither the base of REST nor that of SOAP`);
    const arrival = arrive(world, base === 'api/v1' ? 'rest' : 'soap', {
      method,
      path: target.path.replace(BASE, '').replace(/^\//, ''),
      query: target.query,
      headers: withLowerNames(headers ?? {}),
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
