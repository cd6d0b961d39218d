/*
 * What people do to employers, assessors, learners and courses in the vendor's screens: create, edit, remove, archive,
 * give a risk score, switch courses on and off. Names are those of REST; on an edit null clears.
 */

import {
  badInput,
  type DoorReply,
  type DoorRoutes,
  done,
  explainBody,
  type Knock,
  unknown,
} from '../../common/door.ts';
import { flat, idOf, type Kind, type Row } from '../core/fields.ts';
import { readDoorRecord } from '../core/input.ts';
import { insertPerson } from '../core/people.ts';
import { attendancesOf } from '../core/sessions.ts';
import { normalId, textOf } from '../core/values.ts';
import { stampNow, type World } from '../world.ts';
import { showRow } from './state.ts';

type SimKnock = Knock<World>;
type Act = (knock: SimKnock, row: Row) => DoorReply;

export const acted = (world: World, kind: Kind, row: Row): DoorReply =>
  done({ id: idOf(kind, row), record: showRow(world, kind, row) });

export const against = (rule: string, message: string): DoorReply => done({ rule, message }, 409);

/** Changes made from here on are those of a person. */
export function asPerson(world: World): World['store'] {
  world.history.attribute({ source: 'person' });
  return world.store;
}

/** An act that wants nothing but the record it is done to. */
export const explainBare = (body: SimKnock['body']): DoorReply | null => {
  const fault = explainBody(body, { force: 'bool' });
  return fault === null ? null : badInput(fault);
};

const onOne =
  (kind: Kind, what: string, act: Act) =>
  (knock: SimKnock): DoorReply => {
    const row = knock.world.store.get(kind, normalId(knock.parameters[0] ?? ''));
    return row === undefined ? unknown(what) : act(knock, row);
  };

/** Fields a person types; ids are given by the vendor. */
function readTyped(kind: Kind, given: Knock<World>['body']): Row | string {
  const { force: _, ...fields } = given;
  const values = readDoorRecord(kind, flat(kind, fields));
  return typeof values !== 'string' && values['id'] !== undefined ? `${kind} has no property id` : values;
}

const REQUIRED: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  learners: ['familyName', 'givenNames'],
  employers: ['name'],
  assessors: ['firstName', 'lastName'],
  courses: ['title'],
};

/** Rules that hold for a person at the screen as well. */
function explainPerson({ store }: World, kind: Kind, values: Row, ownId: string | null): DoorReply | null {
  const login = textOf(values['userName'])?.toLowerCase();
  const isTaken =
    kind === 'assessors' &&
    login !== undefined &&
    store
      .list('assessors')
      .some((row) => textOf(row['userName'])?.toLowerCase() === login && row['id'] !== ownId);
  if (isTaken) return against('user-name-unique', 'The user name is taken.');
  const employerId = values['employerId'] ?? null;
  return employerId === null || store.get('employers', String(employerId)) !== undefined
    ? null
    : against('employer-exists', 'The employer was not found.');
}

const create =
  (kind: 'employers' | 'assessors' | 'learners') =>
  ({ world, body }: SimKnock): DoorReply => {
    const read = readTyped(kind, body);
    if (typeof read === 'string') return badInput(read);
    const missing = REQUIRED[kind]?.find((name) => textOf(read[name]) === null);
    if (missing !== undefined) return badInput(`${kind} needs ${missing}`);
    const login = kind === 'assessors' ? { userName: read['userName'] ?? read['email'] ?? null } : {};
    const values = { ...read, ...login };
    const broken = body['force'] === true ? null : explainPerson(world, kind, values, null);
    if (broken !== null) return broken;
    asPerson(world);
    const id = String(insertPerson(world, kind, values));
    return acted(world, kind, world.store.get(kind, id) as Row);
  };

const edit =
  (kind: 'employers' | 'assessors' | 'learners'): Act =>
  ({ world, body }, row) => {
    const values = readTyped(kind, body);
    if (typeof values === 'string') return badInput(values);
    const broken = body['force'] === true ? null : explainPerson(world, kind, values, idOf(kind, row));
    if (broken !== null) return broken;
    return acted(world, kind, asPerson(world).patch(kind, row, values, world.clock.nowIso()));
  };

/** A learner takes courses and sessions along; an employer or assessor leaves blanks. */
const remove =
  (kind: 'employers' | 'assessors' | 'learners'): Act =>
  ({ world, body }, row) => {
    const faulty = explainBare(body);
    if (faulty !== null) return faulty;
    const store = asPerson(world);
    const id = idOf(kind, row);
    const now = world.clock.nowIso();
    const blank = (other: Kind, name: string): void => {
      for (const one of store.list(other)) {
        if (String(one[name]) === id) store.patch(other, one, { [name]: null }, now);
      }
    };
    if (kind === 'employers') blank('learners', 'employerId');
    if (kind === 'assessors') {
      for (const name of ['assessorId', 'secondAssessorId', 'iqaId']) blank('learnerCourses', name);
      blank('sessions', 'assessorId');
    }
    if (kind === 'learners') removeLearnings(world, id);
    store.remove(kind, id);
    return done({ id, record: null });
  };

function removeLearnings({ store, clock }: World, learnerId: string): void {
  for (const row of store.list('learnerCourses')) {
    if (row['learnerId'] === learnerId) store.remove('learnerCourses', idOf('learnerCourses', row));
  }
  for (const row of store.list('sessions')) {
    const all = attendancesOf(row);
    const others = all.filter((one) => one.learnerId !== learnerId);
    if (others.length === all.length) continue;
    if (others.length === 0) store.remove('sessions', idOf('sessions', row));
    else store.patch('sessions', row, { learners: others }, clock.nowIso());
  }
}

const setFlag =
  (kind: Kind, name: 'isArchived' | 'isActive', value: boolean): Act =>
  ({ world, body }, row) =>
    explainBare(body) ??
    acted(world, kind, asPerson(world).patch(kind, row, { [name]: value }, world.clock.nowIso()));

function setRisk({ world, body }: SimKnock, row: Row): DoorReply {
  const fault = explainBody(body, { score: 'numberOrNull' });
  const { score } = body as { score?: number | null };
  if (fault !== null || score === undefined) return badInput(fault ?? 'score must be given');
  if (score !== null && (score < 0 || score > 1))
    return against('risk-range', 'The score is from 0 to 1, or none.');
  const patch = { smartCoachScore: score };
  return acted(world, 'learners', asPerson(world).patch('learners', row, patch, world.clock.nowIso()));
}

function createCourse({ world, body }: SimKnock): DoorReply {
  const values = readTyped('courses', body);
  if (typeof values === 'string') return badInput(values);
  if (textOf(values['title']) === null) return badInput('courses needs title');
  const id = world.store.nextGuid('course');
  return acted(world, 'courses', asPerson(world).put('courses', { ...values, id }, stampNow(world)));
}

export function addPeopleActs(routes: DoorRoutes<World>): void {
  for (const [kind, what] of [
    ['learners', 'Learner'],
    ['assessors', 'Assessor'],
    ['employers', 'Employer'],
  ] as const) {
    routes.add('POST', `act/${kind}`, create(kind));
    routes.add('POST', `act/${kind}/{id}/edit`, onOne(kind, what, edit(kind)));
    routes.add('POST', `act/${kind}/{id}/delete`, onOne(kind, what, remove(kind)));
    if (kind === 'employers') continue;
    routes.add('POST', `act/${kind}/{id}/archive`, onOne(kind, what, setFlag(kind, 'isArchived', true)));
    routes.add('POST', `act/${kind}/{id}/unarchive`, onOne(kind, what, setFlag(kind, 'isArchived', false)));
  }
  routes.add('POST', 'act/learners/{id}/risk', onOne('learners', 'Learner', setRisk));
  routes.add('POST', 'act/courses', createCourse);
  routes.add(
    'POST',
    'act/courses/{id}/activate',
    onOne('courses', 'Course', setFlag('courses', 'isActive', true)),
  );
  routes.add(
    'POST',
    'act/courses/{id}/deactivate',
    onOne('courses', 'Course', setFlag('courses', 'isActive', false)),
  );
}
