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
