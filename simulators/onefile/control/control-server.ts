import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../http/body.ts';
import { type Target, toSegments } from '../http/path.ts';
import { carryOutDeletions } from '../resources/user-deletion.ts';
import type { World } from '../world.ts';
import { badInput, type DoorReply, unknown } from './door.ts';
import { DOOR_ROUTES } from './door-routes.ts';

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
