import type { JsonObject } from './json.ts';
import type { VendorName } from './vendor-name.ts';

export type ObservationCause = 'poll' | 'refresh' | 'before-write' | 'after-write' | 'sweep';

/**
 * What a vendor showed of one record, in our normal form: trimmed, blank = null, dates as dates.
 *
 * The key of its topic is `vendorId`. `deleted` with a null record says that two complete passes did not show it.
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

/** What the vendor last acknowledged or showed of one record. */
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
