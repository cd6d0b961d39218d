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

import * as common from '../common/in-process.ts';
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

/** Its path is relative to the base URL, such as `User/Search/1/100`. */
export interface ApiRequest extends common.ApiRequest {
  /** Where the call comes from, for the rate limit. */
  readonly address?: string;
}

export type InProcessOneFile = common.InProcess<ApiRequest, Kind, CallEntry, ChangeEntry>;

export function createInProcessOneFile({ nowMs, ...wanted }: InProcessOptions): InProcessOneFile {
  const asOf = new Date(nowMs()).toISOString();
  const options = { seed: DEFAULT_SETTINGS.seed, size: 'empty' as const, asOf, ...wanted };
  const world = createWorld(options, { nowMs, elapsedMs: nowMs });
  return common.createInProcess({
    takeUp: ({ method, path, body, address }: ApiRequest, headers) => {
      const target = toTarget(path);
      const arrival = arrive(world, { method, target, headers, address: address ?? 'in-process' });
      return takeUp(world, arrival, body ?? '');
    },
    answerDoor: (call) => answerDoor(world, call),
    readHistory: () => world.history,
  });
}
