import type { Change, Relevance } from '../../src/domain/change.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Learner, Review } from '../../src/domain/learner.ts';
import type { LaneState } from '../../src/domain/ledger.ts';
import type { Link } from '../../src/domain/link.ts';
import type { Observation } from '../../src/domain/observation.ts';
import type { ReconcileItem, RowAction, RowDecision } from '../../src/domain/rows.ts';
import type { Call, Evaluation, Hold, NextStep } from '../../src/domain/step.ts';
import { type LearnerView, readKey } from '../../src/domain/view.ts';

/*
 * What follows from what. Every function is pure: it gets both sides as they are and answers what should be
 * done. None remembers anything, so each may be asked again at any time, by any process.
 */

/**
 * Which learners a change of PICS may matter to. In doubt it does: what is sent is decided from a fresh
 * read.
 */
export function decideRelevance({ entity, op, origin, before, after, ...change }: Change): Relevance {
  if (op === 'snapshot' || op === 'truncate') return { kind: 'irrelevant', rule: op };
  // What our own reconciler wrote comes back as a change: it carries the vendor's name.
  if (origin?.startsWith('picsync:smartassessor:')) return { kind: 'irrelevant', rule: 'echo' };
  const [from, to] = [change.renamedFrom?.['ident'], after?.['ident']];
  if (entity === 'learner' && typeof from === 'string' && typeof to === 'string')
    return { kind: 'renamed', entity, from, to };
  if (!['learner', 'learner-details', 'review'].includes(entity)) return { kind: 'irrelevant', rule: entity };
  const idents = [before?.['ident'], after?.['ident']].filter((ident) => typeof ident === 'string');
  return { kind: 'learners', idents: [...new Set(idents)] };
}

/**
 * One learner: what could be done next, best first, and what a person must see to. The engine does one step.
 */
export function evaluate({ learner, lane, demand, reads }: LearnerView): Evaluation {
  const { ident } = learner;
  const link = lane.links.find(({ kind, picsId }) => kind === 'learner' && picsId === ident);
  // Never without an enrolment that a person has asked for.
  if (link === undefined) return lane.enrolment === null ? nothing : createLearner(learner);
  const { vendorId } = link;
  const read = readLearnerCall(ident, vendorId);
  const shadow = lane.shadows.find((one) => one.entity === 'learner' && one.vendorId === vendorId);
  const isToRead = (demand !== 'change' || shadow === undefined) && !reads.has(readKey(read));
  const uncopied = lane.links.filter(({ copiedAtMs }) => copiedAtMs === null);
  const steps: readonly NextStep[] = [
    ...(isToRead ? [toStep(read)] : []),
    // PICS has a column for each id: the reconciler writes it there and marks the link as copied.
    ...(uncopied.length > 0 ? [{ kind: 'announce', links: uncopied } as const] : []),
    ...finishEnrolment(ident, vendorId, lane),
    ...pushLearner(learner, vendorId, shadow?.record),
    ...learner.reviews.filter((review) => isToUpload(review, lane)).map(uploadReview(ident, vendorId)),
  ];
  return { ...nothing, candidates: steps };
}

const nothing: Evaluation = { candidates: [], holds: [], notes: [] };

function toStep(call: Call): NextStep {
  return { kind: 'call', call };
}

/**
 * What the office keeps of a learner, in PICS's form: what is sent and what was seen are compared as they
 * are.
 */
export function toLearnerRecord({
  firstName,
  surname,
  email,
}: Pick<Learner, 'firstName' | 'surname' | 'email'>) {
  return { firstName, surname, email };
}

export function readLearnerCall(ident: string, learnerId: string): Call {
  const subject = `learner:${ident}`;
  return { name: 'read-learner', effect: 'read', subject, naturalKey: null, request: { ident, learnerId } };
}

/** Step one of an enrolment. The natural key is how it is found again if its answer is lost (G-5). */
function createLearner(learner: Learner): Evaluation {
  const { ident } = learner;
  const subject = `learner:${ident}`;
  const fault = findFault(learner);
  if (fault !== null) return { ...nothing, holds: [{ subject, ...fault }] };
  const request = { ident, ...toLearnerRecord(learner) };
  const call = { name: 'create-learner', effect: 'create', subject, naturalKey: ident, request } as const;
  return { ...nothing, candidates: [toStep(call)] };
}

/**
 * Why a learner cannot be enrolled as it stands in PICS. The code has its sentence in
 * `src/domain/messages.ts`.
 */
export function findFault({ ident, email, firstName, surname }: Learner): Omit<Hold, 'subject'> | null {
  const name = [firstName, surname].filter((part) => part !== null).join(' ');
  return email === null ? { code: 'NO_EMAIL', params: { ident, name } } : null;
}

/** Step two. No read shows that it was done, so its outcome leaves a milestone with the enrolment. */
function finishEnrolment(ident: string, learnerId: string, { enrolment }: LaneState): readonly NextStep[] {
  if (enrolment === null) return [];
  if (enrolment.milestones.includes('portfolio')) return [{ kind: 'conclude' }];
  const subject = `portfolio:${ident}`;
  const call = { name: 'open-portfolio', effect: 'update', subject, naturalKey: null } as const;
  return [toStep({ ...call, request: { ident, learnerId }, milestone: 'portfolio' })];
}

/** Whatever differs from what the vendor last showed or acknowledged is sent. */
function pushLearner(
  learner: Learner,
  learnerId: string,
  known: JsonObject | undefined,
): readonly NextStep[] {
  const wanted = toLearnerRecord(learner);
  const isSame = Object.entries(wanted).every(([field, value]) => known?.[field] === value);
  if (known === undefined || isSame) return [];
  const subject = `learner:${learner.ident}`;
  const call = { name: 'update-learner', effect: 'update', subject, naturalKey: null } as const;
  return [toStep({ ...call, request: { ident: learner.ident, learnerId, ...wanted } })];
}

function isToUpload({ id, proposedAt, smartAssessorId }: Review, { links }: LaneState): boolean {
  const isLinked = links.some(({ kind, picsId }) => kind === 'review' && picsId === id);
  return proposedAt !== null && smartAssessorId === null && !isLinked;
}

function uploadReview(ident: string, learnerId: string): (review: Review) => NextStep {
  return ({ id, proposedAt }) => {
    const request = { ident, learnerId, reviewId: id, at: proposedAt };
    return toStep({
      name: 'create-review',
      effect: 'create',
      subject: `review:${id}`,
      naturalKey: id,
      request,
    });
  };
}

/**
 * The way back: what a record of the vendor, or a link, changes in the locked rows of PICS. Decided twice,
 * it is written once.
 */
export function decideRow(item: ReconcileItem, learner: Learner | null, lane: LaneState | null): RowDecision {
  if (learner === null || lane === null) return { kind: 'ignore', code: 'NOT_LINKED' };
  if (item.kind === 'link') return decideLink(item.link, item.removed);
  if (item.kind === 'observation' && item.observation.entity === 'review')
    return decideReview(item.observation, learner, lane);
  return { kind: 'ignore', code: 'not-taken-over' };
}

function decideLink({ kind, picsId, vendorId }: Link, isRemoved: boolean): RowDecision {
  const id = isRemoved ? null : vendorId;
  if (kind === 'learner')
    return write({ kind: 'set-learner-id', ident: picsId, vendorId: id, activePortfolio: 'S' });
  return write({ kind: 'update-review', id: picsId, set: { smartAssessorId: id } });
}

function decideReview({ vendorId, record }: Observation, learner: Learner, lane: LaneState): RowDecision {
  const link = lane.links.find((one) => one.kind === 'review' && one.vendorId === vendorId);
  const known = learner.reviews.find((one) => one.smartAssessorId === vendorId || one.id === link?.picsId);
  const mark = record?.['attended'];
  const attended: Review['attended'] = mark === 'Y' || mark === 'N' ? mark : null;
  if (known !== undefined) return write({ kind: 'update-review', id: known.id, set: { attended } });
  // It may be the one that is just being created: inserted now, it would be there twice.
  if (lane.openIntents.some(({ step }) => step === 'create-review')) return { kind: 'wait', code: 'OF-53' };
  const at = record?.['at'];
  const blank = { type: null, actualAt: null, officer: null, learnerSignedOn: null, oneFileId: null };
  const fields = {
    ...blank,
    proposedAt: typeof at === 'string' ? at : null,
    attended,
    smartAssessorId: vendorId,
  };
  return write({ kind: 'insert-review', id: `paper-${vendorId}`, ident: learner.ident, fields });
}

function write(action: RowAction): RowDecision {
  return { kind: 'write', actions: [action] };
}
