import type { JsonObject } from '../../../domain/json.ts';
import type { Shadow } from '../../../domain/observation.ts';
import type { Call, Hold } from '../../../domain/step.ts';
import { readKey } from '../../../domain/view.ts';
import { toLearnerSubject } from '../../common/learner-link.ts';
import { toText } from '../../common/values.ts';

/** A learning aim of OneFile in our normal form. */
export type AimRecord = {
  readonly id: string;
  readonly reference: string | null;
  /** 0 in progress, 1 achieved, 2 withdrawn, 3 suspended; null = not shown. */
  readonly status: number | null;
  readonly progress: number | null;
  readonly plannedEndOn: string | null;
  readonly achievedOn: string | null;
  readonly registrationNumber: string | null;
  readonly registeredOn: string | null;
  readonly certificateAppliedOn: string | null;
  readonly certificateReceivedOn: string | null;
  readonly elementsTotal: number | null;
  readonly elementsDone: number | null;
  readonly unreadable: readonly string[];
};

/** A review of OneFile. Its state is derived from its times, never from a status field (G25). */
export type ReviewRecord = {
  readonly id: string;
  readonly assessorId: string | null;
  readonly visitId: string | null;
  readonly scheduledForMs: number | null;
  readonly startedAtMs: number | null;
  readonly learnerSignedAtMs: number | null;
  readonly unreadable: readonly string[];
};

/** Only these dates are checked. An unreadable date that no rule uses holds nothing up. */
const aimDates = ['achievedOn', 'registeredOn', 'certificateAppliedOn', 'certificateReceivedOn'];
const reviewTimes = ['scheduledForMs', 'startedAtMs', 'learnerSignedAtMs'];

/** Reads the fields of an aim that rules use; a missing field is null. */
export function toAimRecord(vendorId: string, record: JsonObject): AimRecord {
  return {
    id: vendorId,
    reference: toText(record['reference']),
    status: toNumber(record['status']),
    progress: toNumber(record['progress']),
    plannedEndOn: toText(record['plannedEndOn']),
    achievedOn: toText(record['achievedOn']),
    registrationNumber: toText(record['registrationNumber']),
    registeredOn: toText(record['registeredOn']),
    certificateAppliedOn: toText(record['certificateAppliedOn']),
    certificateReceivedOn: toText(record['certificateReceivedOn']),
    elementsTotal: toNumber(record['elementsTotal']),
    elementsDone: toNumber(record['elementsDone']),
    unreadable: unreadableOf(record, aimDates),
  };
}

/** Reads the fields of a review that rules use; a missing field is null. */
export function toReviewRecord(vendorId: string, record: JsonObject): ReviewRecord {
  return {
    id: vendorId,
    assessorId: toText(record['assessorId']),
    visitId: toText(record['visitId']),
    scheduledForMs: toNumber(record['scheduledForMs']),
    startedAtMs: toNumber(record['startedAtMs']),
    learnerSignedAtMs: toNumber(record['learnerSignedAtMs']),
    unreadable: unreadableOf(record, reviewTimes),
  };
}

function unreadableOf(record: JsonObject, of: readonly string[]): readonly string[] {
  const names = record['unreadable'];
  return Array.isArray(names) ? of.filter((name) => names.includes(name)) : [];
}

function toNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A learner of PICS and its id at OneFile. */
export type Of = {
  readonly ident: string;
  readonly learnerId: string;
  /**
   * The first read after the typed id was found. What a full pass read earlier could not be applied yet, so
   * it is read again.
   */
  readonly isFirst?: boolean;
};

/** G-2: looks up a learner by the id typed into PICS. When found, the id becomes the link. */
export function toCheckLearner({ ident, learnerId }: Of): Call {
  return readCall('check-learner', toLearnerSubject(ident), { ident, learnerId });
}

/** Reads all fields of a linked learner. */
export function toReadLearner({ ident, learnerId }: Of): Call {
  return readCall('read-learner', toLearnerSubject(ident), { ident, learnerId });
}

/** Reads all aims of the learner in one paged search. Also serves as the read before a push (D-1). */
export function toReadAims({ learnerId, isFirst = false }: Of): Call {
  return readCall('read-aims', `aims:${learnerId}${isFirst ? '/first' : ''}`, { learnerId });
}

/** D-10: the same once more, for a learner who has several aims or qualifications of one reference. */
export function toReadContestedAims({ learnerId }: Of): Call {
  return readCall('read-aims', `aims:${learnerId}/contested`, { learnerId });
}

/** Reads one aim before a push when its last reading is too old. */
export function toReadAim({ learnerId }: Of, aimId: string): Call {
  return readCall('read-aim', `aim:${aimId}`, { learnerId, aimId });
}

/** Reads all reviews of the learner in one paged search. */
export function toReadReviews({ learnerId, isFirst = false }: Of): Call {
  return readCall('read-reviews', `reviews:${learnerId}${isFirst ? '/first' : ''}`, { learnerId });
}

function readCall(name: string, subject: string, request: Call['request']): Call {
  return { name, effect: 'read', subject, naturalKey: null, request };
}

/**
 * Keys of the reads that a full pass has already made for a learner, so that its look does not repeat them.
 */
export function toPassReads(of: Of): readonly string[] {
  return [toReadLearner(of), toReadAims(of), toReadReviews(of)].map(readKey);
}

type SeenRecord = Pick<Shadow, 'entity' | 'vendorId' | 'record'>;

/**
 * Why an aim or a review cannot be taken over: OneFile shows a text that is not a date. Null when it can be
 * read.
 *
 * The reconciler and every look at the learner use this function and get the same held item. The reconciler
 * opens it; the looks keep it open while the record stays unreadable and close it afterwards.
 */
export function findUnreadable({ entity, vendorId, record }: SeenRecord): Hold | null {
  const isAim = entity === 'learning-aim';
  if (!isAim && entity !== 'review') return null;
  const { unreadable } = isAim ? toAimRecord(vendorId, record) : toReviewRecord(vendorId, record);
  if (unreadable.length === 0) return null;
  const what = `${isAim ? 'aim' : 'review'} ${vendorId}`;
  return {
    // Not `aim:`, which is the subject of a refused push.
    subject: `${entity}:${vendorId}`,
    code: 'UNREADABLE_DATE',
    params: { vendor: 'OneFile', what, field: unreadable.join(', ') },
  };
}
