import { drawUuid } from './identifiers.ts';
import { createStream } from './stream.ts';

/** A value of a record, as the Smart Assessor simulator takes it at its door: REST names, groups nested. */
export type SmartAssessorValue =
  | string
  | number
  | boolean
  | null
  | readonly SmartAssessorValue[]
  | { readonly [name: string]: SmartAssessorValue };

export type SmartAssessorRecord = Readonly<Record<string, SmartAssessorValue>>;

export type SmartAssessorKind =
  | 'employers'
  | 'assessors'
  | 'courses'
  | 'learners'
  | 'learnerCourses'
  | 'sessions';

export interface SmartAssessorEntry {
  kind: SmartAssessorKind;
  record: SmartAssessorRecord;
}

export function smartAssessorEntry(kind: SmartAssessorKind, record: SmartAssessorRecord): SmartAssessorEntry {
  return { kind, record };
}

/** Blank text becomes null, at every depth; what is left is trimmed and in composed form. */
export function withNulls(record: SmartAssessorRecord): SmartAssessorRecord {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, toWhole(value)]));
}

function toWhole(value: SmartAssessorValue): SmartAssessorValue {
  if (typeof value === 'string') return value.trim().normalize('NFC') || null;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return withNulls(value as SmartAssessorRecord);
}

/*
 * Smart Assessor's ids, worked out from the record's number so that nothing has to be remembered while streaming.
 * Employers have whole numbers, all others GUIDs.
 */

export const employerIdOf = (organisationNumber: number): number => 4000 + organisationNumber;
export const staffIdOf = (seed: number, officerNumber: number): string =>
  drawUuid(createStream(seed, 'officer-guid', officerNumber));
export const portfolioIdOf = (seed: number, ident: string): string =>
  drawUuid(createStream(seed, 'portfolio', ident));
/** One qualification may have several courses, the first of which is number 0. */
export const courseIdOf = (seed: number, qualificationNumber: number, variant = 0): string =>
  drawUuid(createStream(seed, 'course-guid', qualificationNumber, variant));
export const sessionIdOf = (learnerNumber: number, index: number): string =>
  `EV-${learnerNumber}-${index + 1}`;
