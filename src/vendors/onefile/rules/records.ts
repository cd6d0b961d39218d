import type { JsonObject } from '../../../core/json.ts';
import { toText } from './compare.ts';

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
