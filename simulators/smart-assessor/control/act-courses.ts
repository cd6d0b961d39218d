/* What people do to a learner's course in the vendor's screens: progress, status, assessors, units, un-enrolment. */

import {
  badInput,
  type DoorReply,
  type DoorRoutes,
  done,
  explainBody,
  type Knock,
  unknown,
} from '../../common/door.ts';
import { isStatusMove, readStatus } from '../core/courses.ts';
import type { Row, Value } from '../core/fields.ts';
import { normalId, readDate } from '../core/values.ts';
import type { World } from '../world.ts';
import { acted, against, asPerson, explainBare } from './act-people.ts';

type SimKnock = Knock<World>;

const SHAPE = {
  mappedPc: 'number',
  assessedPc: 'number',
  status: 'text',
  startDate: 'textOrNull',
  endDate: 'textOrNull',
  assessorId: 'textOrNull',
  secondAssessorId: 'textOrNull',
  iqaId: 'textOrNull',
  units: 'list',
  force: 'bool',
} as const;

const UNIT_STATES = ['NotStarted', 'Working', 'Complete'];

/** Units by id, each with its state; those not named stay as they are. */
function readUnits(world: World, given: readonly unknown[], present: readonly Row[]): Row[] | string {
  const units = [...present];
  for (const one of given) {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return 'units must hold objects';
    const body = one as Record<string, unknown>;
    const fault = explainBody(body, {
      unitId: 'text',
      reference: 'text',
      title: 'text',
      state: 'text',
      completedOn: 'textOrNull',
    });
    if (fault !== null) return `units: ${fault}`;
    const { state = 'NotStarted', completedOn = null } = body as {
      state?: string;
      completedOn?: string | null;
    };
    if (!UNIT_STATES.includes(state)) return `units: state must be one of ${UNIT_STATES.join(', ')}`;
    const date = completedOn === null ? null : readDate(completedOn);
    if (date === undefined) return 'units: completedOn must be a date';
    const unitId =
      typeof body['unitId'] === 'string' ? normalId(body['unitId']) : world.store.nextGuid('unit');
    const at = units.findIndex((unit) => unit['unitId'] === unitId);
    const known = at < 0 ? { reference: null, title: null } : (units[at] as Row);
    const unit: Row = {
      unitId,
      reference: (body['reference'] as string | undefined) ?? known['reference'] ?? null,
      title: (body['title'] as string | undefined) ?? known['title'] ?? null,
      state,
      completedOn: date,
    };
    if (at < 0) units.push(unit);
    else units[at] = unit;
  }
  return units;
}

/** The change as it is stored, or what is wrong with it. */
function readChange(world: World, body: SimKnock['body'], row: Row): Row | string {
  const fault = explainBody(body, SHAPE);
  if (fault !== null) return fault;
  const patch: Record<string, Value> = {};
  if (body['mappedPc'] !== undefined) patch['progressMappedPc'] = body['mappedPc'] as number;
  if (body['assessedPc'] !== undefined) patch['progressAssessedPc'] = body['assessedPc'] as number;
  if (body['status'] !== undefined) {
    const status = readStatus(body['status']);
    if (status === undefined) return 'status is not known';
    patch['status'] = status;
  }
  for (const name of ['startDate', 'endDate']) {
    const given = body[name] as string | null | undefined;
    const date = given === undefined || given === null ? given : readDate(given);
    if (given !== undefined && date === undefined) return `${name} must be a date`;
    if (date !== undefined) patch[name] = date;
  }
  for (const name of ['assessorId', 'secondAssessorId', 'iqaId']) {
    const given = body[name] as string | null | undefined;
    if (given !== undefined) patch[name] = given === null ? null : normalId(given);
  }
  if (body['units'] !== undefined) {
    const units = readUnits(world, body['units'] as unknown[], (row['units'] as readonly Row[] | null) ?? []);
    if (typeof units === 'string') return units;
    patch['units'] = units;
  }
  return patch;
}

function explainChange(world: World, row: Row, patch: Row): DoorReply | null {
  const [from, to] = [String(row['status']), String(patch['status'] ?? row['status'])];
  if (world.switches['status-transitions'] === 'table' && !isStatusMove(from, to)) {
    return against('status-transitions', `A course that is ${from} cannot become ${to}.`);
  }
  const mapped = Number(patch['progressMappedPc'] ?? row['progressMappedPc']);
  const assessed = Number(patch['progressAssessedPc'] ?? row['progressAssessedPc']);
  if (assessed < 0 || mapped > 100 || assessed > mapped) {
    return against('progress-range', 'Assessed is at most mapped, and mapped at most 100.');
  }
  for (const name of ['assessorId', 'secondAssessorId', 'iqaId']) {
    const id = patch[name] ?? null;
    if (id !== null && world.store.get('assessors', String(id)) === undefined) {
      return against('assessor-exists', 'The assessor was not found.');
    }
  }
  return null;
}

const find = ({ world, parameters: [learnerId = '', courseId = ''] }: SimKnock): Row | undefined =>
  world.store.get('learnerCourses', `${normalId(learnerId)}/${normalId(courseId)}`);

export function addCourseActs(routes: DoorRoutes<World>): void {
  const path = 'act/learner-courses/{learnerId}/{courseId}';
  routes.add('POST', path, (knock) => {
    const { world, body } = knock;
    const row = find(knock);
    if (row === undefined) return unknown('Course of the learner');
    const patch = readChange(world, body, row);
    if (typeof patch === 'string') return badInput(patch);
    const broken = body['force'] === true ? null : explainChange(world, row, patch);
    if (broken !== null) return broken;
    const changed = asPerson(world).patch('learnerCourses', row, patch, world.clock.nowIso());
    return acted(world, 'learnerCourses', changed);
  });
  routes.add('POST', `${path}/delete`, (knock) => {
    const row = find(knock);
    if (row === undefined) return unknown('Course of the learner');
    const faulty = explainBare(knock.body);
    if (faulty !== null) return faulty;
    const id = `${row['learnerId']}/${row['courseId']}`;
    asPerson(knock.world).remove('learnerCourses', id);
    return done({ id, record: null });
  });
}
