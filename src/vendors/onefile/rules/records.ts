import type { JsonObject } from '../../../domain/json.ts';
import type { Shadow } from '../../../domain/observation.ts';
import type { Call, Evaluation, Hold, NextStep } from '../../../domain/step.ts';
import { readKey } from '../../../domain/view.ts';
import { toLearnerSubject } from './links.ts';
import { toText } from './values.ts';

/** A learning aim of OneFile as our normal form shows it. */
export type AimRecord = {
  readonly id: string;
  readonly reference: string | null;
  readonly progress: number | null;
  readonly achievedOn: string | null;
  readonly registrationNumber: string | null;
  readonly registeredOn: string | null;
  readonly certificateAppliedOn: string | null;
  readonly certificateReceivedOn: string | null;
  readonly elementsTotal: number | null;
  readonly elementsDone: number | null;
  readonly unreadable: readonly string[];
};

/** A review of OneFile. Its state follows from its times, never from a status (G25). */
export type ReviewRecord = {
  readonly id: string;
  readonly assessorId: string | null;
  readonly visitId: string | null;
  readonly scheduledForMs: number | null;
  readonly startedAtMs: number | null;
  readonly learnerSignedAtMs: number | null;
  readonly unreadable: readonly string[];
};

/** Dates that no rule looks at may be anything: they keep nobody waiting. */
const aimDates = ['achievedOn', 'registeredOn', 'certificateAppliedOn', 'certificateReceivedOn'];
const reviewTimes = ['scheduledForMs', 'startedAtMs', 'learnerSignedAtMs'];

/** Reads the part of an aim that rules look at; a missing field is null. */
export function toAimRecord(vendorId: string, record: JsonObject): AimRecord {
  return {
    id: vendorId,
    reference: toText(record['reference']),
    progress: toNumber(record['progress']),
    achievedOn: toText(record['achievedOn']),
    registrationNumber: toText(record['registrationNumber']),
    registeredOn: toText(record['registeredOn']),
    certificateAppliedOn: toText(record['certificateAppliedOn']),
    certificateReceivedOn: toText(record['certificateReceivedOn']),
    elementsTotal: toNumber(record['elementsTotal']),
    elementsDone: toNumber(record['elementsDone']),
    unreadable: toUnreadable(record, aimDates),
  };
}

/** Reads the part of a review that rules look at; a missing field is null. */
export function toReviewRecord(vendorId: string, record: JsonObject): ReviewRecord {
  return {
    id: vendorId,
    assessorId: toText(record['assessorId']),
    visitId: toText(record['visitId']),
    scheduledForMs: toNumber(record['scheduledForMs']),
    startedAtMs: toNumber(record['startedAtMs']),
    learnerSignedAtMs: toNumber(record['learnerSignedAtMs']),
    unreadable: toUnreadable(record, reviewTimes),
  };
}

function toUnreadable(record: JsonObject, of: readonly string[]): readonly string[] {
  const names = record['unreadable'];
  return Array.isArray(names) ? of.filter((name) => names.includes(name)) : [];
}

function toNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** What one rule contributes to a look. */
export type Part = Evaluation;

export const nothing: Part = { candidates: [], holds: [], notes: [] };

/** Parts in the order in which their steps are to be done. */
export function joinParts(parts: readonly Part[]): Evaluation {
  return {
    candidates: parts.flatMap(({ candidates }) => candidates),
    holds: parts.flatMap(({ holds }) => holds),
    notes: parts.flatMap(({ notes }) => notes),
  };
}

export function toSteps(...candidates: readonly NextStep[]): Part {
  return { ...nothing, candidates };
}

export function toCallStep(call: Call): NextStep {
  return { kind: 'call', call };
}

export function toHold(hold: Hold): Part {
  return { ...nothing, holds: [hold] };
}

export function toNote(code: string, subject: string): Part {
  return { ...nothing, notes: [{ code, subject }] };
}

/** A learner of both sides. */
export type Of = {
  readonly ident: string;
  readonly learnerId: string;
  /** Read for the first time after its id was checked: what a full pass read before could not be applied yet. */
  readonly isFirst?: boolean;
};

/** G-2: looks for a learner whose id was typed into PICS; found, it becomes the link. */
export function toCheckLearner({ ident, learnerId }: Of): Call {
  return toRead('check-learner', toLearnerSubject(ident), { ident, learnerId });
}

/** A linked learner of OneFile, full. */
export function toReadLearner({ ident, learnerId }: Of): Call {
  return toRead('read-learner', toLearnerSubject(ident), { ident, learnerId });
}

/** All aims of the learner: one paged search. Serves as the read before a push too (D-1). */
export function toReadAims({ learnerId, isFirst = false }: Of): Call {
  return toRead('read-aims', `aims:${learnerId}${isFirst ? '/first' : ''}`, { learnerId });
}

/** One aim, for a push whose last reading is too old. */
export function toReadAim({ learnerId }: Of, aimId: string): Call {
  return toRead('read-aim', `aim:${aimId}`, { learnerId, aimId });
}

/** All reviews of the learner: one paged search. */
export function toReadReviews({ learnerId, isFirst = false }: Of): Call {
  return toRead('read-reviews', `reviews:${learnerId}${isFirst ? '/first' : ''}`, { learnerId });
}

function toRead(name: string, subject: string, request: Call['request']): Call {
  return { name, effect: 'read', subject, naturalKey: null, request };
}

/** What a full pass has read of a learner, as a look remembers it. */
export function toPassReads(of: Of): readonly string[] {
  return [toReadLearner(of), toReadAims(of), toReadReviews(of)].map(readKey);
}

type Seen = Pick<Shadow, 'entity' | 'vendorId' | 'record'>;

/**
 * Why an aim or a review cannot be taken over: OneFile shows text for a date. Null when it can.
 *
 * Said alike by the reconciler, which meets the record first, and by every look, which so keeps the item open while
 * the record stays as it is, and closes it afterwards.
 */
export function findUnreadable({ entity, vendorId, record }: Seen): Hold | null {
  const isAim = entity === 'learning-aim';
  if (!isAim && entity !== 'review') return null;
  const { unreadable } = isAim ? toAimRecord(vendorId, record) : toReviewRecord(vendorId, record);
  if (unreadable.length === 0) return null;
  const what = `${isAim ? 'aim' : 'review'} ${vendorId}`;
  return {
    // Not `aim:`: under that subject a refused push is held.
    subject: `${entity}:${vendorId}`,
    code: 'UNREADABLE_DATE',
    params: { vendor: 'OneFile', what, field: unreadable.join(', ') },
  };
}
