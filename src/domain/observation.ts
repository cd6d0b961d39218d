import type { JsonObject } from './json.ts';
import type { VendorFailure } from './outcome.ts';
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

/** A part of the vendor that can be read as a whole or learner by learner. */
export type PollResource = {
  readonly name: string;
  readonly entity: string;
  /** `centre`: pages over everything; `learner`: one read a linked learner. */
  readonly scope: 'centre' | 'learner';
};

/** One page of a resource. `next` null = the resource is complete. Cursors are opaque to the flow. */
export type PollPage = {
  readonly kind: 'page';
  readonly observations: readonly Observation[];
  readonly next: string | null;
};

/** Reads one page; every page is one or more budgeted calls. `learnerVendorId` only for scope `learner`. */
export type ReadPage = (request: {
  readonly resource: PollResource;
  readonly cursor: string | null;
  readonly learnerVendorId: string | null;
  /** `full`: everything; `recent`: what is expected to change soon, by the resource's own filter. */
  readonly extent: 'full' | 'recent';
  readonly cause: Observation['cause'];
}) => Promise<PollPage | VendorFailure>;
