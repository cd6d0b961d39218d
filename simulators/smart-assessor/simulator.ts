/*
 * The simulator as an HTTP server: what a call does is decided in api-call.ts, what the control door does in control/.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Target, toSegments, toTarget } from '../common/routing.ts';
import { deliver, readBody, sendDoorReply, sendReply, startServer } from '../common/server.ts';
import { abandon, arrive, takeUp } from './api-call.ts';
import { answerDoor } from './control/control-door.ts';
import { jsonReply } from './facade.ts';
import type { Facade } from './history.ts';
import { DEFAULT_SETTINGS, type Settings } from './settings.ts';
import { createWorld, type World } from './world.ts';

const BASES: readonly { facade: Facade; base: readonly string[] }[] = [
  { facade: 'rest', base: ['api', 'v1'] },
  { facade: 'soap', base: ['soap', 'g1'] },
];

export interface Simulator {
  /** Of the REST façade. */
  readonly baseUrl: string;
  readonly soapUrl: string;
  readonly controlUrl: string;
  readonly stop: () => Promise<void>;
}

/** Starts a simulator in this process, by default on the loopback only. Port 0 takes a free one; a taken port rejects. */
export async function startSimulator(wanted: Partial<Settings> = {}): Promise<Simulator> {
  const { port, host, ...options } = { ...DEFAULT_SETTINGS, port: 0, ...wanted };
  const world = createWorld(options);
  const { origin, stop } = await startServer({
    port,
    host,
    serve: (request, response) => serve(world, request, response),
    explainFault: (error) => jsonReply(500, { message: `Simulator fault: ${String(error)}` }),
  });
  return {
    baseUrl: `${origin}/api/v1`,
    soapUrl: `${origin}/soap/g1`,
    controlUrl: `${origin}/_control`,
    stop,
  };
}

async function serve(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = toTarget(request.url ?? '/');
  const segments = toSegments(target.path);
  const below = (count: number): Target => {
    const path = segments.slice(count).map(encodeURIComponent).join('/');
    return { path, query: target.query };
  };
  if (segments[0] === '_control') return serveDoor(world, request, response, below(1));
  const found = BASES.find(({ base }) =>
    base.every((segment, at) => segments[at]?.toLowerCase() === segment),
  );
  if (found !== undefined) {
    return serveApi(world, request, response, { facade: found.facade, target: below(found.base.length) });
  }
  request.resume();
  sendReply(response, jsonReply(404, { message: 'The resource was not found.' }), world.clock.nowHttpDate());
}

async function serveApi(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  { facade, target }: { facade: Facade; target: Target },
): Promise<void> {
  const { path, query } = target;
  const head = { method: request.method ?? 'GET', path, query, headers: request.headers };
  const arrival = arrive(world, facade, head);
  const body = await readBody(request);
  if (body === null) return abandon(world, arrival);
  const pending = takeUp(world, arrival, body);
  if (pending.delayMs > 0) await sleep(pending.delayMs, undefined, { ref: false });
  await deliver(response, pending.finish(request.socket.destroyed));
}

async function serveDoor(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
): Promise<void> {
  const text = await readBody(request);
  if (text === null) return;
  sendDoorReply(response, answerDoor(world, { method: request.method ?? 'GET', target, body: text }));
}
