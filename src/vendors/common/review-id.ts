import type { Learner, Review } from '../../domain/learner.ts';
import type { Hold } from '../../domain/step.ts';
import { type VendorName, vendorTitles } from '../../domain/vendor-name.ts';
import { toFullName } from './who.ts';

/* How a review of PICS and a review of a vendor are known to be the same, and what is held when they no longer are. */

export function toReviewSubject(id: string): string {
  return `review:${id}`;
}

/**
 * The PICS learner of a review. A learner of the vendor may be linked to another PICS learner later, and that
 * learner's reviews are different rows.
 */
type ReviewOf = { readonly vendor: VendorName; readonly centre: string; readonly ident: string };

/**
 * The PICS id of a review that came from a vendor. The same review of the same learner always gets the same id.
 *
 * So a decision that is made twice inserts the same row. The id is four 32-bit hashes of the same text with
 * different seeds, written as a version 8 UUID.
 */
export function toReviewId({ vendor, centre, ident }: ReviewOf, vendorId: string): string {
  const text = `${vendor}/${centre}/learner/${ident}/review/${vendorId}`;
  const hex = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f].map((seed) => hash(text, seed)).join('');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** The vendor's review that a row was created from, recognised by the row's id; null = a user created the row. */
export function findOrigin(reviewId: string, of: ReviewOf, vendorIds: readonly string[]): string | null {
  if (reviewId[14] !== '8') return null; // not version 8, so no hash can match
  return vendorIds.find((vendorId) => toReviewId(of, vendorId) === reviewId) ?? null;
}

/**
 * MurmurHash3 over UTF-16 code units. The seed is mixed into both multipliers, so that the four hashes are
 * independent.
 */
function hash(text: string, seed: number): string {
  let h = seed;
  for (let index = 0; index < text.length; index += 1) {
    let k = Math.imul(text.charCodeAt(index) ^ seed, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    h = Math.imul(h ^ k, (seed | 1) >>> 0);
    h = ((h << 13) | (h >>> 19)) + 0xe6546b64;
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0).toString(16).padStart(8, '0');
}

/** D-7: several rows of PICS show one id. None of them is written until one is corrected. */
export function reviewsClaimedTwice(rows: readonly Review[], id: string, vendor: VendorName): Hold {
  const names = rows
    .map(({ proposedAt, actualAt }) => (proposedAt ?? actualAt ?? '?').slice(0, 16))
    .join(', ');
  const params = { vendor: vendorTitles[vendor], kind: 'review', id, names };
  return { subject: toReviewSubject(rows[0]?.id ?? ''), code: 'ID_CLAIMED_TWICE', params };
}

/** OF-53, SA-41: a user changed or cleared the id of a row. A person decides whether to restore it or to skip. */
export function reviewIdChanged(
  learner: Learner,
  { reviewId, vendorId }: { readonly reviewId: string; readonly vendorId: string },
  vendor: VendorName,
): Hold {
  const review = learner.reviews.find(({ id }) => id === reviewId);
  return {
    subject: toReviewSubject(reviewId),
    code: 'ID_FIELD_CHANGED',
    params: {
      vendor: vendorTitles[vendor],
      id: vendorId,
      ident: learner.ident,
      name: toFullName(learner),
      date: review?.proposedAt?.slice(0, 10) ?? '',
    },
  };
}
