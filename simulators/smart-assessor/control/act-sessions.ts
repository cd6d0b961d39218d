/* What people do to sessions in the vendor's screens: book, close, cancel, move, delete. */

import {
  badInput,
  type DoorReply,
  type DoorRoutes,
  done,
  explainBody,
  type Knock,
  unknown,
} from '../../common/door.ts';
import type { Row } from '../core/fields.ts';
import { readValue } from '../core/input.ts';
import {
  type Attendance,
  attendancesOf,
  type Booking,
  type Broken,
  book,
  close,
  explainBooking,
  explainClose,
  explainOverlap,
} from '../core/sessions.ts';
import { normalId, readTime, textOf } from '../core/values.ts';
import type { World } from '../world.ts';
import { acted, against, asPerson, explainBare } from './act-people.ts';

type SimKnock = Knock<World>;

const refused = ({ rule, message }: Broken): DoorReply => against(rule, message);

function readLearners(given: unknown): Attendance[] | null {
  if (!Array.isArray(given)) return null;
  const learners: Attendance[] = [];
  for (const one of given as Record<string, unknown>[]) {
    if (typeof one !== 'object' || one === null) return null;
    if (explainBody(one, { learnerId: 'text', courseIds: 'list' }) !== null) return null;
    const { learnerId, courseIds } = one;
    const isTexts = Array.isArray(courseIds) && courseIds.every((id) => typeof id === 'string');
    if (typeof learnerId !== 'string' || !isTexts) return null;
    learners.push({ learnerId: normalId(learnerId), courseIds: courseIds.map(normalId), status: 'Open' });
  }
  return learners;
}

function readBooking(body: SimKnock['body']): Booking | string {
  const fault = explainBody(body, {
    type: 'text',
    start: 'text',
    durationMinutes: 'whole',
    location: 'text',
    method: 'text',
    assessorId: 'text',
    learners: 'list',
    force: 'bool',
  });
  if (fault !== null) return fault;
  const type = readValue({ type: 'sessionType' }, body['type'], true);
  const start = readTime(String(body['start']));
  const { durationMinutes } = body;
  const learners = readLearners(body['learners']);
  if (typeof type !== 'string') return 'type is not known';
  if (start === undefined) return 'start must be a date and time';
  if (typeof durationMinutes !== 'number' || durationMinutes === 0)
    return 'durationMinutes must be more than 0';
  if (learners === null) return 'learners must be a list of {learnerId, courseIds}';
  const assessorId = textOf(body['assessorId'] as string | undefined);
  return {
    type,
    start,
    durationMinutes,
    location: textOf(body['location'] as string | undefined),
    method: textOf(body['method'] as string | undefined),
    assessorId: assessorId === null ? null : normalId(assessorId),
    learners,
  };
}

function bookAct({ world, body }: SimKnock): DoorReply {
  const booking = readBooking(body);
  if (typeof booking === 'string') return badInput(booking);
  const broken = body['force'] === true ? null : explainBooking(world, booking);
  if (broken !== null) return refused(broken);
  asPerson(world);
  return acted(world, 'sessions', book(world, booking));
}

const onSession =
  (act: (knock: SimKnock, row: Row) => DoorReply) =>
  (knock: SimKnock): DoorReply => {
    const row = knock.world.store.get('sessions', normalId(knock.parameters[0] ?? ''));
    return row === undefined ? unknown('Session') : act(knock, row);
  };

/** The learner that a body names; null for all. Undefined when the session does not have that learner. */
function learnerIn(body: SimKnock['body'], row: Row): string | null | undefined {
  if (body['learnerId'] === undefined) return null;
  const id = normalId(body['learnerId'] as string);
  return attendancesOf(row).some(({ learnerId }) => learnerId === id) ? id : undefined;
}

function giveStatus({ world, body }: SimKnock, row: Row, status: string, patch: Row, files = 0): DoorReply {
  const learnerId = learnerIn(body, row);
  if (learnerId === undefined) return unknown('Learner of the session');
  const wish = { status, learnerId, files, isForced: body['force'] === true };
  const broken = explainClose(world, row, wish);
  if (broken !== null) return refused(broken);
  asPerson(world);
  return acted(world, 'sessions', close(world, row, { ...wish, patch, source: 'person', callSeq: null }));
}

function closeAct(knock: SimKnock, row: Row): DoorReply {
  const shape = {
    learnerId: 'text',
    files: 'whole',
    comments: 'textOrNull',
    feedback: 'textOrNull',
    force: 'bool',
  } as const;
  const fault = explainBody(knock.body, shape);
  if (fault !== null) return badInput(fault);
  const {
    files = 0,
    comments,
    feedback,
  } = knock.body as {
    files?: number;
    comments?: string | null;
    feedback?: string | null;
  };
  const patch = {
    ...(comments === undefined ? {} : { comments }),
    ...(feedback === undefined ? {} : { feedback }),
  };
  return giveStatus(knock, row, 'Attended', patch, files);
}

const CANCELLED: Readonly<Record<string, string>> = {
  learner: 'CancelledByLearner',
  assessor: 'CancelledByAssessor',
  employer: 'CancelledByEmployer',
};

function cancelAct(knock: SimKnock, row: Row): DoorReply {
  const fault = explainBody(knock.body, { by: 'text', learnerId: 'text', force: 'bool' });
  if (fault !== null) return badInput(fault);
  const by = String(knock.body['by']);
  const status = Object.hasOwn(CANCELLED, by) ? CANCELLED[by] : undefined;
  if (status === undefined) return badInput('by must be learner, assessor or employer');
  return giveStatus(knock, row, status, {});
}

function moveAct({ world, body }: SimKnock, row: Row): DoorReply {
  const fault = explainBody(body, { start: 'text', durationMinutes: 'whole', force: 'bool' });
  if (fault !== null) return badInput(fault);
  const start = readTime(String(body['start']));
  if (start === undefined) return badInput('start must be a date and time');
  const durationMinutes =
    (body['durationMinutes'] as number | undefined) ?? Number(row['durationMinutes'] ?? 0);
  const learners = attendancesOf(row);
  if (body['force'] !== true) {
    if (learners.every(({ status }) => status !== 'Open')) {
      return against('closed-is-final', 'The session is closed.');
    }
    const assessorId = textOf(row['assessorId']);
    const broken = explainOverlap(world, String(row['id']), { start, durationMinutes, assessorId, learners });
    if (broken !== null) return refused(broken);
  }
  const moved = asPerson(world).patch('sessions', row, { start, durationMinutes }, world.clock.nowIso());
  return acted(world, 'sessions', moved);
}

export function addSessionActs(routes: DoorRoutes<World>): void {
  routes.add('POST', 'act/sessions', bookAct);
  routes.add('POST', 'act/sessions/{id}/close', onSession(closeAct));
  routes.add('POST', 'act/sessions/{id}/cancel', onSession(cancelAct));
  routes.add('POST', 'act/sessions/{id}/move', onSession(moveAct));
  routes.add(
    'POST',
    'act/sessions/{id}/delete',
    onSession(({ world, body }, row) => {
      const faulty = explainBare(body);
      if (faulty !== null) return faulty;
      const id = String(row['id']);
      asPerson(world).remove('sessions', id);
      return done({ id, record: null });
    }),
  );
}
