import type { Learner, Officer, Review } from '../../../core/learner.ts';
import type { Link } from '../../../core/link.ts';
import type { Call } from '../../../core/step.ts';
import { isSurelyCopied } from './learner-link.ts';
import { toInstantMs } from './london.ts';
import type { OneFileCentre, OneFileSettings } from './settings.ts';

const hourMs = 3_600_000;

/** Types whose reviews are sent: the setting, else all with the Normal flag, else N. */
export function toUploadTypes(
  { uploadReviewTypes }: Pick<OneFileSettings, 'uploadReviewTypes'>,
  { normalReviewTypes }: Pick<OneFileCentre, 'normalReviewTypes'>,
): readonly string[] {
  return uploadReviewTypes ?? (normalReviewTypes.length === 0 ? ['N'] : normalReviewTypes);
}

/** OF-19, A-26: whether a review is one that OneFile does not know and should. Blank attended is not Unknown. */
export function isQualifying(review: Review, types: readonly string[]): boolean {
  const isOfType = review.type !== null && types.includes(review.type);
  const isBlank = review.attended === null && review.actualAt === null && review.oneFileId === null;
  return isOfType && isBlank && review.proposedAt !== null;
}

/** Where an upload stands, by what PICS and the link table say of the id (OF-50, OF-53). */
export type UploadState =
  | { readonly kind: 'known' }
  | { readonly kind: 'new' }
  /** Created at OneFile, not yet shown by PICS. */
  | { readonly kind: 'announce'; readonly link: Link }
  /** A person changed or cleared the id: held, never sent again. */
  | { readonly kind: 'changed'; readonly link: Link };

export function decideUploadState(review: Review, links: readonly Link[], nowMs: number): UploadState {
  const link = links.find(({ kind, picsId }) => kind === 'review' && picsId === review.id);
  if (link === undefined) return review.oneFileId === null ? { kind: 'new' } : { kind: 'known' };
  if (review.oneFileId === link.vendorId) return { kind: 'known' };
  // A link that was not made by an upload was read from the column, so the column had it once.
  const wasShown = isSurelyCopied(link, nowMs) || (link.copiedAtMs === null && link.how !== 'created');
  if (review.oneFileId !== null || wasShown) return { kind: 'changed', link };
  return link.copiedAtMs === null ? { kind: 'announce', link } : { kind: 'known' };
}

/** OF-51: the review's officer, else the Main Officer. A code without an officer record counts as blank (OF-20). */
export function findReviewOfficer(review: Review, learner: Learner): Officer | null {
  const codes = [review.officer, learner.mainOfficer].filter((code) => code !== null);
  for (const wanted of codes) {
    const officer = learner.officers.find(({ code }) => code === wanted);
    if (officer !== undefined) return officer;
  }
  return null;
}

type Upload = {
  readonly ident: string;
  readonly review: Review;
  readonly learnerId: string;
  readonly assessorId: string;
  /** A visit made earlier for this review is used again, never replaced (O11). */
  readonly visitId: string | null;
};

/** OF-51: the next of the two calls. Null when the proposed time is no time. */
export function toUploadCall(upload: Upload, settings: Pick<OneFileSettings, 'visitType'>): Call | null {
  const { ident, review, learnerId, assessorId, visitId } = upload;
  const startMs = review.proposedAt === null ? null : toInstantMs(review.proposedAt);
  if (startMs === null) return null;
  const subject = toReviewSubject(review.id);
  const common = { ident, reviewId: review.id, learnerId, assessorId };
  if (visitId === null) {
    const { visitType } = settings;
    const request = { ...common, fromMs: startMs, toMs: startMs + hourMs, visitType };
    return { name: 'create-visit', effect: 'create', subject, naturalKey: null, request };
  }
  return {
    name: 'create-review',
    effect: 'create',
    subject,
    naturalKey: toReviewKey({ learnerId, visitId }),
    request: { ...common, visitId, scheduledForMs: startMs },
  };
}

/** O10: by what a review of ours is found again. OneFile has no other field of ours on a review. */
export function toReviewKey({ learnerId, visitId }: { learnerId: string; visitId: string }): string {
  return `learner=${learnerId} visit=${visitId}`;
}

export function fromReviewKey(key: string): { readonly learnerId: string; readonly visitId: string } | null {
  const [, learnerId, visitId] = /^learner=(\d+) visit=(\d+)$/.exec(key) ?? [];
  return learnerId === undefined || visitId === undefined ? null : { learnerId, visitId };
}

export function toReviewSubject(id: string): string {
  return `review:${id}`;
}
