import { londonMidnightMs } from '../clock.ts';
import type { RouteTable } from '../http/routing.ts';
import { idOf, type Row, type RowId, toIso, type Value } from '../state/row.ts';
import type { Kind } from '../state/tables.ts';
import { isBareDate, parseDateMs } from '../wire.ts';
import type { World } from '../world.ts';

/** One call at the control door. */
export interface Knock {
  readonly world: World;
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface DoorReply {
  readonly status: number;
  readonly body: unknown;
}

export type DoorHandler = (knock: Knock) => DoorReply;
export type DoorRoutes = RouteTable<DoorHandler>;

export const done = (body: unknown, status = 200): DoorReply => ({ status, body });
export const badInput = (error: string): DoorReply => ({ status: 400, body: { error } });
export const unknown = (what: string): DoorReply => ({ status: 404, body: { error: `${what} not found` } });
export const against = (error: string): DoorReply => ({ status: 409, body: { error } });

export type FieldType = 'text' | 'whole' | 'number' | 'bool' | 'object' | 'textOrNull' | 'wholeOrNull';

const FITS: Readonly<Record<FieldType, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  whole: (value) => Number.isInteger(value) && (value as number) >= 0,
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  bool: (value) => typeof value === 'boolean',
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  textOrNull: (value) => value === null || typeof value === 'string',
  wholeOrNull: (value) => value === null || (Number.isInteger(value) && (value as number) >= 0),
};

/** What is wrong with a body, or null. A name that is not in the shape is a fault: a typo must not pass for a wish. */
export function explainBody(body: Knock['body'], shape: Readonly<Record<string, FieldType>>): string | null {
  for (const [name, value] of Object.entries(body)) {
    const type = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (type === undefined) return `unknown property ${name}`;
    if (value !== undefined && !FITS[type](value)) return `${name} must be ${type}`;
  }
  return null;
}

/** A date typed by a person: calendar dates are stored as the switch says. Undefined when the text is not a date. */
export function readTypedDate(world: World, text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const atMs = parseDateMs(text);
  if (atMs === null) return undefined;
  const isLondon = isBareDate(text) && world.switches['ui-date-storage'] === 'london-midnight';
  return toIso(isLondon ? londonMidnightMs(text) : atMs);
}

/** The time of an act: as given, else now. Undefined when it is no date. */
export function readAt(world: World, text: unknown): string | undefined {
  return text === undefined ? world.clock.nowIso() : readTypedDate(world, text);
}

export const acted = (record: Row): DoorReply => done({ id: idOf(record), record });

export const actedOn = (id: RowId): DoorReply => done({ id, record: null });

/** Changes made from here on are those of a person. */
export function asPerson(world: World): World['store'] {
  world.history.attribute({ source: 'person' });
  return world.store;
}

/** Finds the record the path names and does the act to it. */
export function actOn(
  kind: Kind,
  what: string,
  act: (knock: Knock, row: Row) => DoorReply,
): (knock: Knock) => DoorReply {
  return (knock) => {
    const row = knock.world.store.get(kind, Number(knock.parameters[0]));
    return row === undefined ? unknown(what) : act(knock, row);
  };
}

export type Patch = Record<string, Value>;
