import type { JsonObject } from '../../../src/domain/json.ts';
import type { LinkKind } from '../../../src/domain/link.ts';
import type { Call, CallResult, Done } from '../../../src/domain/step.ts';
import { emptyDone, toLink, toObserved } from './onefile-answers.ts';
import { blankAim, note, refusedMinute, type WriteParts } from './onefile-note.ts';
import { rejected } from './onefile-reads.ts';
import type { Entity } from './onefile-state.ts';
import { updateAim, updateLearner } from './onefile-updates.ts';

/** Does the work of a write at OneFile, and gives what the client answers to the engine. */
export function writeCall(call: Call, parts: WriteParts): CallResult {
  switch (call.name) {
    case 'update-aim':
      return updateAim(call, parts);
    case 'update-learner':
      return updateLearner(call, parts);
    case 'create-visit':
      return createVisit(call, parts);
    case 'create-review':
      return createReview(call, parts);
    case 'create-learner':
      return createLearner(call, parts);
    case 'assign-standard':
      return assignStandard(call, parts);
    case 'assign-assessor':
      return assignAssessor(call, parts);
    case 'create-assessor':
      return createOwner('assessor', 'officer', call, parts);
    case 'create-placement':
      return createOwner('placement', 'organisation', call, parts);
    default:
      throw new Error(`the OneFile of the simulation has no write ${call.name}`);
  }
}

function createLearner(call: Call, parts: WriteParts): CallResult {
  const { ident, misId, firstName, lastName, email, birthDate, defaultAssessorId, placementId } =
    call.request;
  const { state } = parts;
  if (state.find('assessor', String(defaultAssessorId)) === undefined)
    return rejected('LINK_GONE', `no assessor ${String(defaultAssessorId)}`);
  if (state.find('placement', String(placementId)) === undefined)
    return rejected('LINK_GONE', `no placement ${String(placementId)}`);
  const id = state.newId();
  const names = { firstName: firstName ?? null, lastName: lastName ?? null, email: email ?? null };
  state.put('learner', id, { ...names, misId: misId ?? null, dob: birthDate ?? null });
  return made(call, parts, { id, kind: 'learner', picsId: String(ident) });
}

/** G23: a standard that the learner has already is not given again; its aim is the one that is meant. */
function assignStandard(call: Call, parts: WriteParts): CallResult {
  const { state } = parts;
  const { ident, learnerId, key, standardId } = call.request;
  const owner = { kind: 'qualification', picsId: `${String(ident)}/${String(key)}` } as const;
  const standard = state.find('standard', String(standardId));
  if (standard === undefined || state.find('learner', String(learnerId)) === undefined)
    return rejected('VENDOR_REFUSED', 'no such learner or standard');
  const [known] = state
    .ofLearner('learning-aim', String(learnerId))
    .filter(({ record }) => record['standardId'] === standardId);
  if (known !== undefined) {
    const link = toLink({ ...owner, vendorId: known.id, ident: String(ident) });
    const observed = [toObserved('learning-aim', known.id, parts)];
    return { ...emptyDone, vendorId: known.id, observed, links: [link] };
  }
  const id = state.newId();
  state.put('learning-aim', id, {
    ...blankAim,
    ...{ learnerId: learnerId ?? null, standardId: standardId ?? null, reference: standard['code'] ?? null },
  });
  return made(call, parts, { id, ...owner });
}

function assignAssessor(call: Call, parts: WriteParts): CallResult {
  const id = String(call.request['assessorId']);
  if (parts.state.find('assessor', id) === undefined) return rejected('LINK_GONE', `no assessor ${id}`, id);
  note(call, parts, id, {});
  return emptyDone;
}

function createVisit(call: Call, parts: WriteParts): CallResult {
  const { learnerId, assessorId, reviewId } = call.request;
  if (parts.state.find('learner', String(learnerId)) === undefined)
    return rejected('VENDOR_REFUSED', 'no learner');
  if (parts.state.find('assessor', String(assessorId)) === undefined)
    return rejected('VENDOR_REFUSED', 'no assessor');
  const id = parts.state.newId();
  parts.state.visits.set(id, { learnerId: String(learnerId), reviewId: String(reviewId) });
  return made(call, parts, { id, kind: 'visit', picsId: String(reviewId) });
}

function createReview(call: Call, parts: WriteParts): CallResult {
  const { learnerId, assessorId, visitId, reviewId, scheduledForMs } = call.request;
  if (new Date(Number(scheduledForMs)).getUTCMinutes() === refusedMinute)
    return rejected('VENDOR_REFUSED', 'nobody meets at that minute');
  const id = parts.state.newId();
  const times = { scheduledForMs: scheduledForMs ?? null, startedAtMs: null, learnerSignedAtMs: null };
  parts.state.put('review', id, {
    ...{ learnerId: String(learnerId), assessorId: String(assessorId), visitId: String(visitId) },
    ...times,
  });
  return made(call, parts, { id, kind: 'review', picsId: String(reviewId) });
}

function createOwner(entity: Entity, kind: LinkKind, call: Call, parts: WriteParts): CallResult {
  const { code, misId, firstName, lastName, name, email } = call.request;
  const id = parts.state.newId();
  const shown = { firstName, lastName, name, email };
  const told = Object.fromEntries(
    Object.entries(shown).filter(([, value]) => value !== undefined),
  ) as JsonObject;
  parts.state.put(entity, id, { ...told, misId: misId ?? null });
  return made(call, parts, { id, kind, picsId: String(code) });
}

function made(
  call: Call,
  parts: WriteParts,
  { id, kind, picsId }: { id: string; kind: LinkKind; picsId: string },
): Done {
  note(call, parts, id, {});
  const { ident } = call.request;
  const link = toLink({ kind, picsId, vendorId: id, ident: typeof ident === 'string' ? ident : null });
  return { ...emptyDone, vendorId: id, links: [link] };
}
