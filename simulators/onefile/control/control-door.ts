import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../http/body.ts';
import { RouteTable, type Target, toSegments } from '../http/routing.ts';
import { carryOutDeletions } from '../resources/users.ts';
import type { World } from '../world.ts';
import { addAimActs } from './act-aims.ts';
import { addRecordActs } from './act-records.ts';
import { addReviewActs } from './act-reviews.ts';
import { badInput, type DoorHandler, type DoorReply, type DoorRoutes, unknown } from './door.ts';
import { addLimitRoutes, addRuleRoutes } from './faults.ts';
import { addHistoryRoutes, addRecordRoutes, addStateRoutes } from './state.ts';

function createDoorRoutes(): DoorRoutes {
  const routes: DoorRoutes = new RouteTable<DoorHandler>();
  addStateRoutes(routes);
  addRecordRoutes(routes);
  addRuleRoutes(routes);
  addLimitRoutes(routes);
  addReviewActs(routes);
  addAimActs(routes);
  addRecordActs(routes);
  addHistoryRoutes(routes);
  return routes;
}

export const DOOR_ROUTES: DoorRoutes = createDoorRoutes();

function parseObject(text: string): Record<string, unknown> | null {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function answer(world: World, method: string, target: Target, text: string): DoorReply {
  const found = DOOR_ROUTES.find(method, toSegments(target.path).slice(1));
  if (found.kind !== 'found') return unknown('Route');
  const body = parseObject(text);
  if (body === null) return badInput('the body must be a JSON object');
  carryOutDeletions(world);
  const { route, parameters } = found;
  return route.handler({ world, parameters, query: new URLSearchParams(target.query), body });
}

/** The back door for tests and the demo: no session, no limit, no faults, no history. */
export async function serveControl(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
): Promise<void> {
  const text = await readBody(request);
  if (text === null) return;
  const reply = answer(world, request.method ?? 'GET', target, text);
  const body = Buffer.from(JSON.stringify(reply.body), 'utf8');
  response.writeHead(reply.status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.length,
  });
  response.end(body);
}
