/*
 * Reviews, and the visits that carry their time. A client makes the visit first and names it in the review, which
 * takes its end from it. A visit cannot be read again. The state of a review follows from the dates of start and
 * signatures, which only people set (control/act-reviews.ts).
 */

import type { Reply } from '../../common/server.ts';
import { badRequest, errorReply, notFound } from '../http/reply.ts';
import type { Row, Value } from '../state/row.ts';
import { ROLE, TEACHING_ROLES } from '../state/tables.ts';
import { isBlank } from '../wire.ts';
import {
  type Call,
  type Check,
  checkOrganisation,
  findForRead,
  findInPath,
  fine,
  get,
  isOwn,
  nowIso,
  parameterId,
  readId,
  refused,
} from './call.ts';
import { equals, isWithin, readPeriod, reviewStatus, type Search, type Test } from './search.ts';
import {
  createdReply,
  neededNames,
  otherWriteReply,
  readCreate,
  readPatch,
  readReply,
  refuseArchived,
  refuseMissing,
  touchLearnerOf,
  type Values,
} from './write.ts';

export const reviewSearch: Search = {
  kind: 'reviews',
  filters: [equals('LearnerID'), reviewStatus],
  readExtra: (call) => (isReviewFilterUsed(call) ? reviewPeriodTests(call) : fine([])),
};

export function readReview(call: Call): Reply {
  const found = findForRead(call, 'reviews', parameterId(call, 0), 'Review');
  return found.kind === 'refused' ? found.reply : readReply(call, 'reviews', found.value);
}

/** The visit a body names; it must be the learner's own. */
function findVisit(call: Call, values: Values, learnerId: Value | undefined): Check<Row | null> {
  const id = values['VisitID'];
  if (typeof id !== 'number') return fine(null);
  const visit = get(call, 'visits', id);
  return visit !== undefined && visit['LearnerID'] === learnerId
    ? fine(visit)
    : refused(badRequest(call.switches, 'Visit not found'));
}

function refuseReview(call: Call, values: Values, learner: Row): Reply | null {
  const { store } = call.world;
  if (values['Status'] !== undefined && values['Status'] !== 1) {
    return badRequest(call.switches, 'Status of a new review must be 1');
  }
  const employerId = values['EmployerID'];
  if (typeof employerId === 'number' && !isOwn(call, get(call, 'users', employerId))) {
    return badRequest(call.switches, 'Employer not found');
  }
  if (call.switches['review-without-visit'] === '400' && values['VisitID'] === undefined) {
    return badRequest(call.switches, 'VisitID is needed');
  }
  const hasAims = store.has('aims', 'UserID', learner['ID'] ?? null);
  if (call.switches['review-needs-aims'] === '400' && !hasAims) {
    return badRequest(call.switches, 'The learner has no learning aims');
  }
  return refuseUnknownAssessor(call, values);
}

export function createReview(call: Call): Reply {
  const missing = refuseMissing(call, neededNames('reviews'));
  if (missing !== null) return missing;
  const read = readCreate(call, 'reviews');
  if (read.kind === 'refused') return read.reply;
  const learner = findBodyLearner(call, read.value);
  if (learner.kind === 'refused') return learner.reply;
  const wrong = refuseReview(call, read.value, learner.value);
  if (wrong !== null) return wrong;
  const visit = findVisit(call, read.value, learner.value['ID']);
  if (visit.kind === 'refused') return visit.reply;
  const { store } = call.world;
  const id = store.nextId('reviews');
  const values: Values = {
    ...read.value,
    Status: 1,
    AssessorID: read.value['AssessorID'] ?? learner.value['DefaultAssessorID'] ?? null,
    EmployerID: read.value['EmployerID'] ?? learner.value['DefaultEmployerID'] ?? null,
    EndTime: visit.value?.['DateTo'] ?? null,
  };
  store.create('reviews', { values, now: nowIso(call), id });
  touchLearnerOf(call, learner.value['ID']);
  return createdReply(call, id);
}

function refuseUpdate(call: Call, review: Row): Reply | null {
  if (call.switches['review-update'] === 'until-started' && review['StartedOn'] !== null) {
    return badRequest(call.switches, 'A started review cannot be changed');
  }
  return refuseArchived(call, get(call, 'users', review['LearnerID'] as number));
}

export function updateReview(call: Call): Reply {
  const mode = call.switches['review-update'];
  if (mode === '405') return errorReply(405, 'Review/{id} does not answer to POST');
  if (mode === '404') return notFound('Route');
  const found = findInPath(call, 'reviews', parameterId(call, 0), 'Review');
  if (found.kind === 'refused') return found.reply;
  const review = found.value;
  const patch = readPatch(call, 'reviews', review);
  if (patch.kind === 'refused') return patch.reply;
  const wrong = refuseUpdate(call, review) ?? refuseUnknownAssessor(call, patch.value);
  if (wrong !== null) return wrong;
  const visit = findVisit(call, patch.value, review['LearnerID']);
  if (visit.kind === 'refused') return visit.reply;
  const saved = call.world.store.patch('reviews', review, patch.value);
  touchLearnerOf(call, saved['LearnerID']);
  return otherWriteReply(call, 'reviews', saved);
}

const isReviewFilterUsed = (call: Call): boolean =>
  !isBlank(call.input.get('datefrom')) || !isBlank(call.input.get('dateto'));

/** A switch decides which date of a review must lie in the period, and whether the end of the period belongs to it. */
function reviewPeriodTests(call: Call): Check<readonly Test[]> {
  const read = readPeriod(call);
  if (read.kind === 'refused') return read;
  const period = read.value;
  switch (call.switches['review-date-filter']) {
    case 'scheduled-inclusive':
      return fine([(row: Row) => isWithin(row['ScheduledFor'], period)]);
    case 'scheduled-end-exclusive':
      return fine([(row: Row) => isWithin(row['ScheduledFor'], period) && row['ScheduledFor'] !== period.to]);
    case 'created':
      return fine([(row: Row) => isWithin(row['CreatedOn'], period)]);
    case 'ignored':
      return fine([]);
  }
}

/** The learner a body names. An unknown one is a fault of the body, not of the path. */
function findBodyLearner(call: Call, values: Values): Check<Row> {
  const learner = get(call, 'users', values['LearnerID'] as number);
  if (learner === undefined || !isOwn(call, learner) || learner['Role'] !== ROLE.learner) {
    return refused(badRequest(call.switches, 'Learner not found'));
  }
  const archived = refuseArchived(call, learner);
  return archived === null ? fine(learner) : refused(archived);
}

function refuseUnknownAssessor(call: Call, values: Values): Reply | null {
  const id = values['AssessorID'];
  if (typeof id !== 'number') return null;
  const assessor = get(call, 'users', id);
  return isOwn(call, assessor) && TEACHING_ROLES.has(assessor?.['Role'])
    ? null
    : badRequest(call.switches, 'Assessor not found');
}

function explainMisfit(call: Call, values: Values): string | null {
  if (String(values['DateTo']) <= String(values['DateFrom'])) return 'DateTo must be later than DateFrom';
  const type = values['VisitTypeID'];
  const isKnown = type === undefined || type === 0 || type === 1 || type === 2;
  return isKnown || call.switches['visit-type-check'] === 'any' ? null : 'VisitTypeID must be 0, 1 or 2';
}

/** A diary visit. It cannot be read, changed or deleted afterwards. */
export function createVisit(call: Call): Reply {
  const organisationId = readId(call, 'OrganisationID');
  if (organisationId.kind === 'refused') return organisationId.reply;
  const wrongCentre =
    organisationId.value === null ? null : checkOrganisation(call, organisationId.value, false);
  const early = wrongCentre ?? refuseMissing(call, neededNames('visits'));
  if (early !== null) return early;
  const values = readCreate(call, 'visits');
  if (values.kind === 'refused') return values.reply;
  const learner = findBodyLearner(call, values.value);
  if (learner.kind === 'refused') return learner.reply;
  const unknownAssessor = refuseUnknownAssessor(call, values.value);
  if (unknownAssessor !== null) return unknownAssessor;
  const misfit = explainMisfit(call, values.value);
  if (misfit !== null) return badRequest(call.switches, misfit);
  const { store } = call.world;
  const id = store.nextId('visits');
  store.create('visits', { values: values.value, now: nowIso(call), id });
  return createdReply(call, id);
}
