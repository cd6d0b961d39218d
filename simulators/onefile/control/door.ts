import { londonMidnightMs } from '../../common/clock.ts';
import type * as door from '../../common/door.ts';
import { type DoorReply, done, unknown } from '../../common/door.ts';
import { isBareDate, parseDateMs, toIso } from '../../common/instant.ts';
import { idOf, type Row, type RowId, type Value } from '../state/row.ts';
import type { Kind } from '../state/tables.ts';
import type { World } from '../world.ts';

export type Knock = door.Knock<World>;
export type DoorRoutes = door.DoorRoutes<World>;

export const against = (error: string): DoorReply => ({ status: 409, body: { error } });

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
