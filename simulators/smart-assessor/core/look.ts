/*
 * What a partner sees of the records: which ones are in a list, and how values look. Archived people, list lag and
 * cancelled sessions are decided here for both façades; so are the forms of ids, words and percentages, and the dirty
 * data that old imports have left behind.
 */

import type { SwitchValues } from '../switches.ts';
import type { World } from '../world.ts';
import type { Field, Kind, PersonKind, Row, Value } from './fields.ts';
import { attendancesOf, shownAttendances } from './sessions.ts';
import { COURSE_STATUSES, SESSION_STATUSES, SESSION_TYPES, wordAs } from './values.ts';

/** Records that are in a list now: those made by a call or a person come later by the list lag, by either clock. */
export function listed({ store, clock, time, switches }: World, kind: Kind): readonly Row[] {
  const lagMs = switches['list-lag-s'] * 1000;
  if (lagMs === 0) return store.list(kind);
  return store.list(kind).filter((row) => {
    const made = store.stampOf(kind, row)?.made ?? null;
    if (made === null) return true;
    return clock.nowMs() - made.atMs >= lagMs || time.nowMs() - made.realMs >= lagMs;
  });
}

export function listedPeople(world: World, kind: PersonKind, includeArchived: boolean): readonly Row[] {
  const visibility = world.switches['archived-visibility'];
  const showsArchived = visibility === 'flagged' || (visibility === 'hidden' && includeArchived);
  const rows = listed(world, kind);
  return showsArchived ? rows : rows.filter((row) => row['isArchived'] !== true);
}

export const listedSessions = (world: World): Row[] =>
  listed(world, 'sessions')
    .map((row) => shownAttendances(world, row))
    .filter((row) => attendancesOf(row).length > 0);

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const showId = (id: string, switches: SwitchValues): string =>
  switches['guid-form'] === 'upper-braces' && GUID.test(id) ? `{${id.toUpperCase()}}` : id;

export function showPercent(value: number, { 'percent-form': form }: SwitchValues): string | number {
  if (form === 'number') return value;
  return form === 'text' ? String(value) : `${value}%`;
}

/** Words that both façades show; REST by the form of the switch, SOAP always by the label. */
export function showWord(type: Field['type'], name: string, form: 'name' | 'label' | 'code'): string {
  const words =
    type === 'status' ? COURSE_STATUSES : type === 'sessionType' ? SESSION_TYPES : SESSION_STATUSES;
  return wordAs(words, name, form);
}

/** A number of a record, the same at every read, by which it is dirty in its own way. */
function dirtOf(id: string): number {
  let sum = 0;
  for (let at = 0; at < id.length; at += 1) sum = (sum * 31 + id.charCodeAt(at)) % 9973;
  return sum;
}

const CODED = ['domicile', 'llddDisability', 'llddLearningDifficulty'];

/** A value as an old import has left it: long ULNs, text in codes, odd sexes, spaces for blanks. */
export function dirtied(field: Pick<Field, 'name' | 'type'>, value: Value, id: string): Value {
  const dirt = dirtOf(id);
  if (field.name === 'uln' && typeof value === 'string' && dirt % 3 === 0) return `${value}0001`;
  if (CODED.includes(field.name) && dirt % 2 === 0) return 'Not known';
  if (field.name === 'sex') return dirt % 3 === 1 ? 'Prefer not to say' : value;
  if (value === null && field.type === 'text') return dirt % 2 === 0 ? '   ' : null;
  return value;
}

/** Which of the mixed forms of a date a dirty record has. */
export function dirtyDate(local: string, id: string): string {
  const [date = '', clock = ''] = local.split('T');
  const [year, month, day] = date.split('-');
  const rest = clock === '' ? '' : clock;
  switch (dirtOf(id) % 4) {
    case 0:
      return `${year}/${month}/${day}${rest === '' ? '' : ` ${rest}`}`;
    case 1:
      return `${day}/${month}/${year}${rest === '' ? '' : ` ${rest.slice(0, 5)}`}`;
    case 2: {
      const hour = Number(rest.slice(0, 2));
      const half = `${hour % 12 === 0 ? 12 : hour % 12}${rest.slice(2)} ${hour < 12 ? 'AM' : 'PM'}`;
      return rest === '' ? `${day}/${month}/${year} 12:00:00 AM` : `${day}/${month}/${year} ${half}`;
    }
    default:
      return local;
  }
}
