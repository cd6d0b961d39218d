import type { Vendor } from './inputs.ts';
import type { LearnerRows } from './rows.ts';

/** One learner of the set: its place in it, where it is linked, and all its rows. */
export interface Learner {
  /** Counts from 1; the cases come first. */
  number: number;
  ident: string;
  vendor: Vendor;
  rows: LearnerRows;
}

export const caseCount = 30;

/** The cases are 10001 to 10030, all others 20001 upwards. */
export function toIdent(number: number): string {
  return String(number <= caseCount ? 10_000 + number : 20_000 + number - caseCount);
}

export function isAtOneFile(vendor: Vendor): boolean {
  return vendor === 'onefile' || vendor === 'both';
}

export function isAtSmartAssessor(vendor: Vendor): boolean {
  return vendor === 'smartassessor' || vendor === 'both';
}
