import type { VendorFailure } from '../../src/domain/outcome.ts';

export type PaperLearner = {
  readonly id: string;
  /** The ident that PICS gave it; null: enrolled at the office, without us. */
  readonly ourKey: string | null;
  readonly firstName: string | null;
  readonly surname: string | null;
  readonly email: string | null;
};

export type PaperReview = {
  readonly id: string;
  readonly learnerId: string;
  /** The id of the review in PICS; null: an assessor wrote it down. */
  readonly ourKey: string | null;
  readonly at: string | null;
  readonly attended: 'Y' | 'N' | null;
};

export type Said<T> = { readonly kind: 'said'; readonly value: T } | VendorFailure;

/**
 * The other side: an office that keeps portfolios on paper. It knows nothing of PICS but the keys that it is
 * given.
 *
 * A test looks at its `history` and its records, and makes trouble with the three switches.
 */
export class PaperService {
  readonly learners = new Map<string, PaperLearner>();
  readonly reviews = new Map<string, PaperReview>();
  /** Ids of learners with an open portfolio, once for each opening. No read shows it. */
  readonly portfolios: string[] = [];
  /** Every call, answered or not: `create-learner 10001`. */
  readonly history: string[] = [];

  isDown = false;
  /** Why it refuses a call; null = it does not. */
  refuses: (call: string) => string | null = () => null;
  /**
   * Runs when a call was carried out and before its answer arrives: what throws here is a process that dies.
   */
  beforeAnswer: (call: string) => void = () => {};

  ask<T>(call: string, carryOut: () => T): Said<T> {
    this.history.push(call);
    if (this.isDown) return { kind: 'unreachable', detail: 'CLOSED' };
    const detail = this.refuses(call);
    if (detail !== null) return { kind: 'rejected', code: 'VENDOR_REFUSED', detail };
    const value = carryOut();
    this.beforeAnswer(call);
    return { kind: 'said', value };
  }

  addLearner(known: Partial<PaperLearner>): PaperLearner {
    const id = `P${this.learners.size + 1}`;
    const learner = { id, ourKey: null, firstName: null, surname: null, email: null, ...known };
    this.learners.set(learner.id, learner);
    return learner;
  }

  addReview(known: Partial<PaperReview> & Pick<PaperReview, 'learnerId'>): PaperReview {
    const review = { id: `R${this.reviews.size + 1}`, ourKey: null, at: null, attended: null, ...known };
    this.reviews.set(review.id, review);
    return review;
  }

  changeLearner(id: string, set: Partial<PaperLearner>): void {
    this.learners.set(id, { ...this.#learner(id), ...set });
  }

  /** What an assessor does at the office, without any call of ours. */
  changeReview(id: string, set: Partial<PaperReview>): void {
    const review = this.reviews.get(id);
    if (review === undefined) throw new Error(`there is no review ${id}`);
    this.reviews.set(id, { ...review, ...set });
  }

  reviewsOf(learnerId: string): readonly PaperReview[] {
    return [...this.reviews.values()].filter((one) => one.learnerId === learnerId);
  }

  #learner(id: string): PaperLearner {
    const learner = this.learners.get(id);
    if (learner === undefined) throw new Error(`there is no learner ${id}`);
    return learner;
  }
}
