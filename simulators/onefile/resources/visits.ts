import { badRequest, type Reply } from '../http/reply.ts';
import { toNewRow } from '../state/new-row.ts';
import type { Row } from '../state/row.ts';
import { ROLE } from '../state/user-table.ts';
import { type Call, type Checked, fine, get, nowIso, readId, refused } from './call.ts';
import { checkOrganisation } from './scope.ts';
import {
  createdReply,
  neededNames,
  readCreate,
  refuseArchived,
  refuseMissing,
  type Values,
} from './write.ts';

const isOwn = (call: Call, user: Row | undefined): boolean =>
  user !== undefined && call.organisationIds.has(user['OrganisationID'] as number);

/** The learner a body names. An unknown one is a fault of the body, not of the path. */
export function findBodyLearner(call: Call, values: Values): Checked<Row> {
  const learner = get(call, 'users', values['LearnerID'] as number);
  if (learner === undefined || !isOwn(call, learner) || learner['Role'] !== ROLE.learner) {
    return refused(badRequest(call.switches, 'Learner not found'));
  }
  const archived = refuseArchived(call, learner);
  return archived === null ? fine(learner) : refused(archived);
}

const TEACHING = new Set<unknown>([ROLE.trainee, ROLE.assessor, ROLE.iqa]);

export function refuseUnknownAssessor(call: Call, values: Values): Reply | null {
  const id = values['AssessorID'];
  if (typeof id !== 'number') return null;
  const assessor = get(call, 'users', id);
  return isOwn(call, assessor) && TEACHING.has(assessor?.['Role'])
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
  store.put('visits', toNewRow(store, 'visits', id, { values: values.value, now: nowIso(call) }));
  return createdReply(call, id);
}
