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

const DOOR_ROUTES: DoorRoutes = createDoorRoutes();

export type DoorBody = Readonly<Record<string, unknown>>;

interface DoorCall {
  readonly method: string;
  /** The path is relative to `/_control`. */
  readonly target: Target;
  /** As it came, or an object that needs no reading. */
  readonly body: string | DoorBody;
}

function readObject(given: string | DoorBody): DoorBody | null {
  if (typeof given !== 'string') return given;
  if (given.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(given);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as DoorBody) : null;
  } catch {
    return null;
  }
}

/** The back door for tests and the demo: no session, no limit, no faults, no history. */
export function answerDoor(world: World, { method, target, body: given }: DoorCall): DoorReply {
  const found = DOOR_ROUTES.find(method, toSegments(target.path));
  if (found.kind !== 'found') return unknown('Route');
  const body = readObject(given);
  if (body === null) return badInput('the body must be a JSON object');
  carryOutDeletions(world);
  const { route, parameters } = found;
  return route.handler({ world, parameters, query: new URLSearchParams(target.query), body });
}
