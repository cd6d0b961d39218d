import type { JsonObject } from './json.ts';
import type { VendorName } from './vendor-name.ts';

export type ObservationCause = 'poll' | 'refresh' | 'before-write' | 'after-write' | 'sweep';

/**
 * One record as a vendor showed it, in our normal form: trimmed, blank = null, dates as dates.
 *
 * `vendorId` is the key in its topic. `deleted` with a null record means that two complete passes did not
 * show the record.
 */
export type Observation = {
  readonly vendor: VendorName;
  readonly centre: string;
  readonly entity: string;
  readonly vendorId: string;
  /** Vendor id of the learner the record belongs to; null for records of the centre. */
  readonly learnerVendorId: string | null;
  readonly observedAtMs: number;
  readonly cause: ObservationCause;
  readonly deleted: boolean;
  readonly record: JsonObject | null;
};

/**
 * How far two clocks may differ, milliseconds. A stamp that lies further ahead of the clock it is compared with is from
 * the future, and says nothing about what came first (G-4, G-11).
 */
export const mostSkewMs = 5_000;

/** The last content of one record that the vendor acknowledged or showed. */
export type Shadow = {
  readonly vendor: VendorName;
  readonly centre: string;
  readonly entity: string;
  readonly vendorId: string;
  readonly learnerVendorId: string | null;
  readonly record: JsonObject;
  /** Vendor read time in milliseconds by our clock. */
  readonly observedAtMs: number;
};
