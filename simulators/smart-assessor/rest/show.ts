/*
 * Records as REST shows them. A field table gives names and order; switches give the forms of dates, words, ids,
 * percentages and blanks. `modifiedOn` is there only when the vendor would answer `modifiedSince`.
 */

import { londonMidnightMs } from '../../common/clock.ts';
import { timelinePc, unitCounts } from '../core/courses.ts';
import { FIELDS, type Field, idOf, type Kind, nested, type Row, type Value } from '../core/fields.ts';
import { dirtied, dirtyDate, showId, showPercent, showWord } from '../core/look.ts';
import { attendancesOf, courseQan, rowsOf, type SessionRow } from '../core/sessions.ts';
import type { World } from '../world.ts';

const HOUR_MS = 3_600_000;

/** The offset of London on that day; clocks change at night, when no session begins. */
function londonOffset(date: string): string {
  const midnightMs = londonMidnightMs(date);
  const isSummer = midnightMs === Date.parse(`${date}T00:00:00Z`) - HOUR_MS;
  return isSummer ? '+01:00' : '+00:00';
}

function showDate({ switches }: World, local: string, id: string): string {
  if (switches['dirty-data'] === 'on') return dirtyDate(local, id);
  const [date = '', clock = '00:00:00'] = local.split('T');
  switch (switches['rest-dates']) {
    case 'iso':
      return local;
    case 'uk': {
      const [year, month, day] = date.split('-');
      return `${day}/${month}/${year} ${clock.slice(0, 5)}`;
    }
    case 'offset':
      return `${date}T${clock}${londonOffset(date)}`;
  }
}

function showBlank({ switches }: World): Value | undefined {
  switch (switches['null-form']) {
    case 'null':
      return null;
    case 'empty':
      return '';
    case 'omit':
      return undefined;
  }
}

function showValue(
  world: World,
  field: Pick<Field, 'name' | 'type'>,
  given: Value,
  id: string,
): Value | undefined {
  const { switches } = world;
  const value = switches['dirty-data'] === 'on' ? dirtied(field, given, id) : given;
  if (value === null) return showBlank(world);
  switch (field.type) {
    case 'id':
      return showId(String(value), switches);
    case 'date':
    case 'time':
      return showDate(world, String(value), id);
    case 'percent':
      return showPercent(value as number, switches);
    case 'status':
    case 'sessionType':
    case 'sessionStatus':
      return showWord(field.type, String(value), switches['enum-form']);
    default:
      return value;
  }
}

function isHidden({ switches }: World, kind: Kind, name: string): boolean {
  if (kind === 'courses' && name === 'isActive') return switches['course-active-flag'] === 'hidden';
  if (name === 'smartCoachScore') return switches['smart-coach'] === 'off';
  return name === 'secondAssessorId' && switches['second-assessor'] === 'off';
}

type Shape = [field: Pick<Field, 'name' | 'type'>, value: Value][];

/** Writes fields in the order given, and what a record was last changed on. */
function show(world: World, kind: Kind, stored: Row, shape: Shape): Record<string, Value> {
  const id = idOf(kind, stored);
  const shown: Record<string, Value> = {};
  for (const [field, value] of shape) {
    const one = isHidden(world, kind, field.name) ? undefined : showValue(world, field, value, id);
    if (one !== undefined) shown[field.name] = one;
  }
  const modifiedOn = world.store.stampOf(kind, stored)?.modifiedOn;
  if (world.switches['modified-since'] === 'on' && modifiedOn !== undefined) shown['modifiedOn'] = modifiedOn;
  return nested(shown);
}

const restFields = (kind: Kind): readonly Field[] =>
  FIELDS[kind].filter(({ shown }) => shown === 'both' || shown === 'rest');

const shapeOf = (kind: Kind, row: Row): Shape =>
  restFields(kind).map((field) => [field, row[field.name] ?? null]);

export const showRecord = (world: World, kind: Kind, row: Row): Record<string, Value> =>
  show(world, kind, row, shapeOf(kind, row));

export function showLearnerCourse(world: World, row: Row): Record<string, Value> {
  const shape = shapeOf('learnerCourses', row);
  shape.push([{ name: 'timelinePc', type: 'percent' }, timelinePc(world, row)]);
  if (world.switches.units !== 'off') {
    const { unitsTotal, unitsComplete } = unitCounts(row);
    shape.push([{ name: 'unitsTotal', type: 'integer' }, unitsTotal]);
    shape.push([{ name: 'unitsComplete', type: 'integer' }, unitsComplete]);
  }
  return show(world, 'learnerCourses', row, shape);
}

export const showUnits = (world: World, row: Row): Value[] =>
  ((row['units'] as readonly Row[] | null) ?? []).map((unit) => {
    const shape: Shape = [
      [{ name: 'unitId', type: 'id' }, unit['unitId'] ?? null],
      [{ name: 'reference', type: 'text' }, unit['reference'] ?? null],
      [{ name: 'title', type: 'text' }, unit['title'] ?? null],
      [{ name: 'state', type: 'text' }, unit['state'] ?? null],
      [{ name: 'completedOn', type: 'date' }, unit['completedOn'] ?? null],
    ];
    return show(world, 'learnerCourses', row, shape);
  });

const SESSION_ORDER = ['type', 'start', 'durationMinutes'] as const;
const SESSION_REST = ['location', 'method', 'comments', 'feedback', 'planningNotes'] as const;

const sessionField = (name: string): Field => FIELDS.sessions.find((one) => one.name === name) as Field;
const part = (names: readonly string[], row: Row): Shape =>
  names.map((name) => [sessionField(name), row[name] ?? null]);

function showSessionRow(world: World, { session, learnerId, courseId, status }: SessionRow): Value {
  return show(world, 'sessions', session, [
    [{ name: 'id', type: 'id' }, session['id'] ?? null],
    [{ name: 'learnerId', type: 'id' }, learnerId],
    [{ name: 'assessorId', type: 'id' }, session['assessorId'] ?? null],
    [{ name: 'courseId', type: 'id' }, courseId],
    [{ name: 'qanCode', type: 'text' }, courseQan(world, courseId)],
    ...part(SESSION_ORDER, session),
    [{ name: 'status', type: 'sessionStatus' }, status],
    ...part(SESSION_REST, session),
  ]);
}

function showGroup(world: World, session: Row): Value {
  const { switches } = world;
  const learners = attendancesOf(session).map(({ learnerId, courseIds, status }) => ({
    learnerId: showId(learnerId, switches),
    courseIds: courseIds.map((id) => showId(id, switches)),
    status: showWord('sessionStatus', status, switches['enum-form']),
  }));
  return show(world, 'sessions', session, [
    [{ name: 'id', type: 'id' }, session['id'] ?? null],
    [{ name: 'assessorId', type: 'id' }, session['assessorId'] ?? null],
    ...part(SESSION_ORDER, session),
    [{ name: 'learners', type: 'list' }, learners],
    ...part(SESSION_REST, session),
  ]);
}

/** The rows of one session, of one learner or of all, in the shape the switch asks for. */
export function showSession(world: World, session: Row, learnerId: string | null): Value[] {
  const all = rowsOf(session);
  const isMeant = (row: SessionRow): boolean => learnerId === null || row.learnerId === learnerId;
  const shape = world.switches['session-shape'];
  if (all.length === 1 || shape === 'rows')
    return all.filter(isMeant).map((row) => showSessionRow(world, row));
  if (shape === 'first-only')
    return all
      .slice(0, 1)
      .filter(isMeant)
      .map((row) => showSessionRow(world, row));
  return all.some(isMeant) ? [showGroup(world, session)] : [];
}
