import type { LaneKey, OutcomeRecord } from './ledger.ts';

/** An outcome that says nothing yet: what a caller does not mention stays as it is. */
export function emptyOutcome(key: LaneKey, version: number): OutcomeRecord {
  return {
    ...key,
    version,
    intentId: null,
    state: null,
    code: null,
    vendorId: null,
    shadows: [],
    links: [],
    unlinks: [],
    milestone: null,
    concludesEnrolment: false,
    findings: [],
    holds: [],
    released: [],
    journal: [],
  };
}
