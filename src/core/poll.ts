import type { Observation } from './observation.ts';
import type { VendorFailure } from './outcome.ts';

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
