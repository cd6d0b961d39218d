import type { Review } from '../../../core/learner.ts';
import type { LearnerView } from '../../../core/view.ts';
import { toInstantMs, toLondonTime } from './london.ts';
import { decideOfficerLink } from './officer-link.ts';
import { joinParts, nothing, type Part, toCallStep, toHold, toNote, toSteps } from './part.ts';
import { toReviewRecord } from './records.ts';
import { findOrigin } from './review-id.ts';
import {
  decideUploadState,
  findReviewOfficer,
  isQualifying,
  toReviewSubject,
  toUploadCall,
  toUploadTypes,
} from './review-upload.ts';
import type { OneFileCentre, OneFileSettings } from './settings.ts';

type View = LearnerView<OneFileSettings, OneFileCentre>;

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

/** A wall time that does not exist is the same as the one an hour later that it stands for. */
export function isSameTime(londonTime: string, instantMs: number): boolean {
  const sameSecond =
    Math.floor((toInstantMs(londonTime) ?? Number.NaN) / 1000) === Math.floor(instantMs / 1000);
  return sameSecond || toLondonTime(instantMs) === londonTime;
}

function byProposedTime(a: Review, b: Review): number {
  const [left, right] = [`${a.proposedAt ?? ''} ${a.id}`, `${b.proposedAt ?? ''} ${b.id}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
