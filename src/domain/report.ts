import type { Learner } from './learner.ts';

/*
 * What the provider's own reports read beside what the exchange reads. Dates are `YYYY-MM-DD`, times London's; blank = null.
 */

/** A learner with a live status letter who has begun. */
export type StartedLearner = {
  readonly ident: string;
  readonly name: string | null;
  readonly status: string;
  readonly isSuspended: boolean;
  readonly startOn: string;
  readonly endOn: string | null;
  readonly portfolio: Learner['activePortfolio'];
  /** The last review that was held, whoever held it. */
  readonly lastHeldOn: string | null;
};

/** A review without a proposed date, which no vendor takes (OF-9, OF-50). */
export type UndatedReview = {
  readonly id: string;
  readonly ident: string;
  readonly type: string | null;
  readonly officer: string | null;
  readonly actualAt: string | null;
};

/** An actual date that has not come yet. `record`: review id, or reference and sequence of a qualification. */
export type FutureDate = {
  readonly ident: string;
  readonly what: 'review' | 'learner' | 'qualification';
  readonly record: string | null;
  readonly at: string;
};

/** An account at the vendor that no learner of PICS is linked to, or shows the id of. */
export type Stranger = {
  readonly vendorId: string;
  /** Null where the vendor does not say. */
  readonly isArchived: boolean | null;
  /** A learner without a link who may be the same person, and by what. A person decides. */
  readonly like: {
    readonly ident: string;
    readonly by: 'misValue' | 'uln' | 'names' | 'doubtful-id';
  } | null;
};
