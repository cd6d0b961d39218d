/*
 * What people do to a review in OneFile itself: plan, start, sign in order, reschedule, hand over, delete. Each
 * act checks the body, then whether the state of the review allows it (409 if not), then saves the dates; the
 * status follows from them.
 */

import { badInput, type DoorReply, explainBody } from '../../common/door.ts';
import { toIso } from '../../common/instant.ts';
import { touchLearner } from '../resources/write.ts';
import { idOf, type Row, type Value } from '../state/row.ts';
import { reviewStatus } from '../state/store.ts';
import { ROLE, TEACHING_ROLES } from '../state/tables.ts';
import type { World } from '../world.ts';
import {
  acted,
  actedOn,
  actOn,
  against,
  asPerson,
  type DoorRoutes,
  type Knock,
  type Patch,
  readAt,
  readTypedDate,
} from './door.ts';

const HOUR_MS = 3_600_000;

function save(world: World, review: Row, patch: Patch): DoorReply {
  const store = asPerson(world);
  const status = reviewStatus({ ...review, ...patch });
  const saved = store.patch('reviews', review, { ...patch, Status: status });
  touchLearner(store, world.switches, saved['LearnerID'], world.clock.nowIso());
  return acted(saved);
}

function addVisit(world: World, learner: Row, fields: { from: string; to: string; type: number }): number {
  const store = asPerson(world);
  const id = store.nextId('visits');
  const values = {
    LearnerID: learner['ID'] ?? null,
    OrganisationID: learner['OrganisationID'] ?? null,
    AssessorID: learner['DefaultAssessorID'] ?? null,
    VisitTypeID: fields.type,
    DateFrom: fields.from,
    DateTo: fields.to,
  };
  store.create('visits', { values, now: world.clock.nowIso(), id });
  return id;
}

/** A review planned in OneFile itself; a visit comes with it when its type is given. */
function createReview({ world, body }: Knock): DoorReply {
  const fault = explainBody(body, {
    learnerId: 'whole',
    scheduledFor: 'text',
    endTime: 'text',
    assessorId: 'whole',
    visitTypeId: 'whole',
  });
  if (fault !== null) return badInput(fault);
  const learner = world.store.get('users', Number(body['learnerId']));
  if (learner?.['Role'] !== ROLE.learner) return badInput('learnerId must name a learner');
  const from = body['scheduledFor'] === undefined ? null : readTypedDate(world, body['scheduledFor']);
  const to = body['endTime'] === undefined ? null : readTypedDate(world, body['endTime']);
  if (from === undefined || to === undefined) return badInput('scheduledFor and endTime must be dates');
  const type = body['visitTypeId'] as number | undefined;
  const end = to ?? (from !== null && type !== undefined ? toIso(Date.parse(from) + HOUR_MS) : null);
  const store = asPerson(world);
  const visitId =
    from !== null && end !== null && type !== undefined
      ? addVisit(world, learner, { from, to: end, type })
      : null;
  const values: Record<string, Value> = {
    LearnerID: idOf(learner),
    AssessorID: (body['assessorId'] as number | undefined) ?? learner['DefaultAssessorID'] ?? null,
    EmployerID: learner['DefaultEmployerID'] ?? null,
    VisitID: visitId,
    ScheduledFor: from,
    EndTime: end,
  };
  const now = world.clock.nowIso();
  const review = store.create('reviews', { values, now });
  touchLearner(store, world.switches, learner['ID'], now);
  return acted(review);
}

function start({ world, body }: Knock, review: Row): DoorReply {
  const fault = explainBody(body, { at: 'text' });
  const at = readAt(world, body['at']);
  if (fault !== null || at === undefined) return badInput(fault ?? 'at must be a date');
  if (review['StartedOn'] !== null) return against('the review has been started');
  const learner = world.store.get('users', review['LearnerID'] as number);
  return save(world, review, { StartedOn: at, Progress: learner?.['Progress'] ?? null });
}

const isSigned = (review: Row): boolean =>
  review['AssessorSignedOn'] !== null || review['LearnerSignedOn'] !== null;

function unstart({ world, body }: Knock, review: Row): DoorReply {
  const fault = explainBody(body, { at: 'text' });
  if (fault !== null) return badInput(fault);
  if (review['StartedOn'] === null) return against('the review has not been started');
  if (isSigned(review) || review['EmployerSignedOn'] !== null) return against('the review has been signed');
  return save(world, review, { StartedOn: null, Progress: null });
}

const SIGNATURES = {
  assessor: { property: 'AssessorSignedOn', after: 'StartedOn' },
  learner: { property: 'LearnerSignedOn', after: 'AssessorSignedOn' },
  employer: { property: 'EmployerSignedOn', after: 'LearnerSignedOn' },
} as const;

/** Signatures come in the order assessor, learner, employer, after the start. */
function sign({ world, body }: Knock, review: Row): DoorReply {
  const fault = explainBody(body, { by: 'text', at: 'text', force: 'bool' });
  const at = readAt(world, body['at']);
  if (fault !== null || at === undefined) return badInput(fault ?? 'at must be a date');
  const by = body['by'];
  if (by !== 'assessor' && by !== 'learner' && by !== 'employer') {
    return badInput('by must be assessor, learner or employer');
  }
  const { property, after } = SIGNATURES[by];
  if (body['force'] !== true) {
    if (review[property] !== null) return against(`the ${by} has signed`);
    if (review[after] === null) return against(`the ${by} cannot sign yet`);
  }
  return save(world, review, { [property]: at });
}

function shiftEnd(review: Row, scheduledFor: string): string | null {
  const { ScheduledFor: from, EndTime: to } = review;
  if (typeof from !== 'string' || typeof to !== 'string') return (to as string | null) ?? null;
  return toIso(Date.parse(scheduledFor) + Date.parse(to) - Date.parse(from));
}

function reschedule({ world, body }: Knock, review: Row): DoorReply {
  const fault = explainBody(body, { scheduledFor: 'text', endTime: 'text' });
  if (fault !== null) return badInput(fault);
  const scheduledFor = readTypedDate(world, body['scheduledFor']);
  if (scheduledFor === undefined) return badInput('scheduledFor must be a date');
  const end =
    body['endTime'] === undefined ? shiftEnd(review, scheduledFor) : readTypedDate(world, body['endTime']);
  if (end === undefined) return badInput('endTime must be a date');
  if (review['StartedOn'] !== null) return against('the review has been started');
  return save(world, review, { ScheduledFor: scheduledFor, EndTime: end });
}

function changeAssessor({ world, body }: Knock, review: Row): DoorReply {
  const fault = explainBody(body, { assessorId: 'whole' });
  if (fault !== null) return badInput(fault);
  const id = body['assessorId'];
  const role = typeof id === 'number' ? world.store.get('users', id)?.['Role'] : undefined;
  const isAssessor = TEACHING_ROLES.has(role);
  return isAssessor
    ? save(world, review, { AssessorID: id as number })
    : badInput('assessorId must name an assessor');
}

function remove({ world, body }: Knock, review: Row): DoorReply {
  const fault = explainBody(body, {});
  if (fault !== null) return badInput(fault);
  const store = asPerson(world);
  store.remove('reviews', idOf(review));
  touchLearner(store, world.switches, review['LearnerID'], world.clock.nowIso());
  return actedOn(idOf(review));
}

export function addReviewActs(routes: DoorRoutes): void {
  const on = (act: (knock: Knock, row: Row) => DoorReply) => actOn('reviews', 'Review', act);
  routes.add('POST', 'act/reviews', createReview);
  routes.add('POST', 'act/reviews/{id}/start', on(start));
  routes.add('POST', 'act/reviews/{id}/unstart', on(unstart));
  routes.add('POST', 'act/reviews/{id}/sign', on(sign));
  routes.add('POST', 'act/reviews/{id}/reschedule', on(reschedule));
  routes.add('POST', 'act/reviews/{id}/assessor', on(changeAssessor));
  routes.add('POST', 'act/reviews/{id}/delete', on(remove));
}
