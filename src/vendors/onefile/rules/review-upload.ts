import type { Learner, Officer, Review } from '../../../domain/learner.ts';
import type { Link } from '../../../domain/link.ts';
import { toInstantMs } from '../../../domain/london.ts';
import type { Call } from '../../../domain/step.ts';
import { decideOfficerLink, isSurelyCopied } from './links.ts';
import {
  joinParts,
  nothing,
  type Part,
  toCallStep,
  toHold,
  toNote,
  toReviewRecord,
  toSteps,
} from './records.ts';
import { findOrigin } from './review-download.ts';
import type { OneFileCentre, OneFileLearnerView, OneFileSettings } from './settings.ts';
import { isSameTime } from './values.ts';

type View = OneFileLearnerView;

/** OF-50 to OF-53, as far as PICS is the source: new reviews go up, changed ids wait for a person. */
export function uploadReviews(view: View, learnerId: string): Part {
  const types = toUploadTypes(view.settings, view.centre);
  const inOrder = [...view.learner.reviews].sort(byProposedTime);
  return joinParts([
    ...inOrder.map((review) => {
      const state = decideUploadState(review, view.lane.links, view.nowMs);
      if (state.kind === 'changed') return toChangedId(view, review, state.link.vendorId);
      const origin = findLostOrigin(view, review);
      if (origin !== null) return toChangedId(view, review, origin);
      if (state.kind === 'known') return toDrift(view, review);
      const isWanted =
        state.kind === 'new' &&
        view.settings.uploadReviews &&
        isQualifying(review, types) &&
        view.lane.postponed?.includes(toReviewSubject(review.id)) !== true;
      return isWanted ? uploadReview(view, learnerId, review) : nothing;
    }),
    ...toOrphans(view),
  ]);
}

function uploadReview(view: View, learnerId: string, review: Review): Part {
  const { learner, lane, settings, centre, nowMs } = view;
  const officer = findReviewOfficer(review, learner);
  if (officer === null) {
    // By the code the item is found again when the missing record is added.
    const code = review.officer ?? learner.mainOfficer;
    return toReviewHold(view, review, 'REVIEW_NO_OFFICER', code === null ? {} : { officer: code });
  }
  const { needed } = view;
  const assessor = decideOfficerLink({ officer, links: lane.links, settings, centre, needed, nowMs });
  if (assessor.kind === 'step') return toSteps(assessor.step);
  // No fallback for reviews: who held it matters (OF-51).
  if (assessor.kind === 'impossible') return toReviewHold(view, review, assessor.code, assessor.params);
  const visit = lane.links.find(({ kind, picsId }) => kind === 'visit' && picsId === review.id);
  const { assessorId } = assessor;
  const visitId = visit?.vendorId ?? null;
  const call = toUploadCall({ ident: learner.ident, review, learnerId, assessorId, visitId }, settings);
  return call === null ? nothing : toSteps(toCallStep(call));
}

/**
 * OF-53: whose row a download made, and where a user changed or cleared the id before any look could link it.
 *
 * Without this it would go up as a new review: a second one at OneFile.
 */
function findLostOrigin({ learner, lane, settings }: View, { id, oneFileId }: Review): string | null {
  if (lane.links.some(({ kind, picsId }) => kind === 'review' && picsId === id)) return null;
  const seen = lane.shadows.filter(({ entity }) => entity === 'review').map(({ vendorId }) => vendorId);
  const origin = findOrigin(id, { centre: settings.centreId, ident: learner.ident }, seen);
  const isShown = origin === oneFileId || learner.reviews.some((one) => one.oneFileId === origin);
  return isShown ? null : origin;
}

/** OF-53: restoring the id or skipping is a person's choice; a new upload would make a second review. */
function toChangedId(view: View, review: Review, id: string): Part {
  return toReviewHold(view, review, 'ID_FIELD_CHANGED', { vendor: 'OneFile', id });
}

/** OF-52, A-5: an uploaded review that was moved in PICS is shown, never sent. */
function toDrift({ lane }: View, review: Review): Part {
  const shadow = lane.shadows.find((one) => one.entity === 'review' && one.vendorId === review.oneFileId);
  if (shadow === undefined || review.proposedAt === null) return nothing;
  const { scheduledForMs } = toReviewRecord(shadow.vendorId, shadow.record);
  if (scheduledForMs === null || isSameTime(review.proposedAt, scheduledForMs)) return nothing;
  return toNote('drift', toReviewSubject(review.id));
}

/** a review deleted in PICS leaves its link behind. */
function toOrphans({ learner, lane }: View): readonly Part[] {
  const ids = new Set(learner.reviews.map(({ id }) => id));
  return lane.links
    .filter(({ kind, picsId }) => kind === 'review' && !ids.has(picsId))
    .map(({ picsId }) => toNote('orphan', toReviewSubject(picsId)));
}

function toReviewHold(
  { learner }: View,
  review: Review,
  code: string,
  more: Readonly<Record<string, string>> = {},
): Part {
  const name = [learner.firstName, learner.surname].filter((one) => one !== null).join(' ');
  const params = { ...more, name, ident: learner.ident, date: review.proposedAt?.slice(0, 10) ?? '' };
  return toHold({ subject: toReviewSubject(review.id), code, params });
}

function byProposedTime(a: Review, b: Review): number {
  const [left, right] = [`${a.proposedAt ?? ''} ${a.id}`, `${b.proposedAt ?? ''} ${b.id}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

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
