import { drawUuid } from './identifiers.ts';
import type { GeneratorInputs, Vendor } from './inputs.ts';
import { isAtOneFile, isAtSmartAssessor, type Learner } from './learner.ts';
import { toLearnerId, toReviewId } from './onefile-ids.ts';
import type { ReviewRow } from './rows.ts';
import { createStream } from './stream.ts';

/** Where an ordinary learner is linked. It has a stream of its own: other shares change nothing but the links. */
export function drawVendor({ seed, vendors }: GeneratorInputs, ident: string): Vendor {
  const share = createStream(seed, 'vendor', ident).next() * 100;
  if (share < vendors.onefile) return 'onefile';
  return share < vendors.onefile + vendors.smartassessor ? 'smartassessor' : 'none';
}

/** Writes the vendors' ids into the rows, as they stand after the synchronisation has settled. */
export function linkLearner(learner: Learner, seed: number): Learner {
  const { vendor, rows, number, ident } = learner;
  const pctrndet = rows.pctrndet.map((row) => ({
    ...row,
    eportype: isAtOneFile(vendor) ? 'O' : isAtSmartAssessor(vendor) ? 'S' : null,
    other_sys_id: isAtOneFile(vendor) ? String(toLearnerId(number)) : null,
    portfolio_id: isAtSmartAssessor(vendor) ? drawUuid(createStream(seed, 'portfolio', ident)) : null,
  }));
  const reviews = rows.itp_revu.map((review, index) => linkReview(review, learner, index));
  return { ...learner, rows: { ...rows, pctrndet, itp_revu: reviews } };
}

/**
 * A Normal review is at OneFile unless PICS says it was missed, which OneFile cannot say. One that is not
 * started there is Unknown here (OF-54).
 */
function linkReview(review: ReviewRow, { vendor, number }: Learner, index: number): ReviewRow {
  if (review.type !== 'N') return review;
  if (isAtOneFile(vendor) && review.attended !== 'N') {
    return {
      ...review,
      onefile_id: String(toReviewId(number, index)),
      attended: review.attended ?? 'U',
    };
  }
  if (isAtSmartAssessor(vendor)) {
    return { ...review, sa_event_id: `EV-${number}-${index + 1}`, attended: review.attended ?? 'U' };
  }
  return review;
}
