/*
 * The control door of a simulator, as far as it does not depend on the vendor: how a call finds its handler, how a body
 * is checked, and how an answer looks. A body is checked against its shape before anything is done, and a name that the
 * shape does not have is a fault, so that a typo in a test does not pass for a wish.
 */

import { type RouteTable, type Target, toSegments } from './routing.ts';

/** One call at the control door. */
export interface Knock<World> {
  readonly world: World;
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  readonly body: DoorBody;
}

export type DoorBody = Readonly<Record<string, unknown>>;

export interface DoorReply {
  readonly status: number;
  readonly body: unknown;
}

export type DoorHandler<World> = (knock: Knock<World>) => DoorReply;
export type DoorRoutes<World> = RouteTable<DoorHandler<World>>;

export type Reading<T> = { kind: 'read'; value: T } | { kind: 'faulty'; error: string };

export const read = <T>(value: T): Reading<T> => ({ kind: 'read', value });
export const faulty = (error: string): Reading<never> => ({ kind: 'faulty', error });

export const done = (body: unknown, status = 200): DoorReply => ({ status, body });
export const badInput = (error: string): DoorReply => ({ status: 400, body: { error } });
export const unknown = (what: string): DoorReply => ({ status: 404, body: { error: `${what} not found` } });

export type FieldType =
  | 'text'
  | 'whole'
  | 'number'
  | 'bool'
  | 'object'
  | 'list'
  | 'textOrNull'
  | 'wholeOrNull'
  | 'numberOrNull';

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isWhole = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);

const FITS: Readonly<Record<FieldType, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  whole: isWhole,
  number: isNumber,
  bool: (value) => typeof value === 'boolean',
  object: isObject,
  list: (value) => Array.isArray(value),
  textOrNull: (value) => value === null || typeof value === 'string',
  wholeOrNull: (value) => value === null || isWhole(value),
  numberOrNull: (value) => value === null || isNumber(value),
};

/** What is wrong with a body, or null. */
export function explainBody(body: DoorBody, shape: Readonly<Record<string, FieldType>>): string | null {
  for (const [name, value] of Object.entries(body)) {
    const type = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (type === undefined) return `unknown property ${name}`;
    if (value !== undefined && !FITS[type](value)) return `${name} must be ${type}`;
  }
  return null;
}

export interface DoorCall {
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
    return isObject(value) ? (value as DoorBody) : null;
  } catch {
    return null;
  }
}

/** `before` runs once the call is known to be well formed: what time has brought about meanwhile. */
export function answerKnock<World>(
  routes: DoorRoutes<World>,
  world: World,
  { method, target, body: given }: DoorCall,
  before: (world: World) => void,
): DoorReply {
  const found = routes.find(method, toSegments(target.path));
  if (found.kind !== 'found') return unknown('Route');
  const body = readObject(given);
  if (body === null) return badInput('the body must be a JSON object');
  before(world);
  const { route, parameters } = found;
  return route.handler({ world, parameters, query: new URLSearchParams(target.query), body });
}
