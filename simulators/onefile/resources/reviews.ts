import { badRequest, errorReply, notFound, type Reply } from '../http/reply.ts';
import { toNewRow } from '../state/new-row.ts';
import type { Row, Value } from '../state/row.ts';
import { type Call, type Checked, fine, get, nowIso, parameterId, refused } from './call.ts';
import { equals, reviewStatus } from './filters.ts';
import { isReviewFilterUsed, reviewPeriodTests } from './review-period.ts';
import { findForRead, findInPath } from './scope.ts';
import type { Search } from './search.ts';
import { findBodyLearner, refuseUnknownAssessor } from './visits.ts';
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
function findVisit(call: Call, values: Values, learnerId: Value | undefined): Checked<Row | null> {
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
  const employer = typeof employerId === 'number' ? get(call, 'users', employerId) : undefined;
  if (
    typeof employerId === 'number' &&
    !call.organisationIds.has((employer?.['OrganisationID'] ?? -1) as number)
  ) {
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
  store.put('reviews', toNewRow(store, 'reviews', id, { values, now: nowIso(call) }));
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
