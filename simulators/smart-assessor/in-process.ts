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

import * as common from '../common/in-process.ts';
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

/** Its path begins with a façade's base: `/api/v1/learners?misId=104233`, or `/soap/g1`. */
export type InProcessSmartAssessor = common.InProcess<common.ApiRequest, Kind, CallEntry, ChangeEntry>;

const BASE = /^\/?(api\/v1|soap\/g1)(?=\/|$)/i;

export function createInProcessSmartAssessor({ nowMs, ...wanted }: InProcessOptions): InProcessSmartAssessor {
  const asOf = new Date(nowMs()).toISOString();
  const options = { seed: DEFAULT_SETTINGS.seed, size: 'empty' as const, asOf, ...wanted };
  const world = createWorld(options, { nowMs, elapsedMs: nowMs });
  world.clock.runReal();
  return common.createInProcess({
    takeUp: ({ method, path, body }: common.ApiRequest, headers) => {
      const target = toTarget(path);
      const base = BASE.exec(target.path)?.[1]?.toLowerCase();
      if (base === undefined) throw new Error(`${path} has neither the base of REST nor that of SOAP`);
      const arrival = arrive(world, base === 'api/v1' ? 'rest' : 'soap', {
        method,
        path: target.path.replace(BASE, '').replace(/^\//, ''),
        query: target.query,
        headers,
      });
      return takeUp(world, arrival, body ?? '');
    },
    answerDoor: (call) => answerDoor(world, call),
    readHistory: () => world.history,
  });
}
