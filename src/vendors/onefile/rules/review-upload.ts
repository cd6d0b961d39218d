import { isOfOtherVendor, type Learner, type Officer, type Review } from '../../../domain/learner.ts';
import type { Link } from '../../../domain/link.ts';
import { toInstantMs } from '../../../domain/london.ts';
import type { Call } from '../../../domain/step.ts';
import { isSurelyCopied } from '../../common/learner-link.ts';
import {
  joinParts,
  nothing,
  type Part,
  toCallStep,
  toHold,
  toMissingNote,
  toNote,
  toSteps,
} from '../../common/parts.ts';
import { findOrigin, toReviewSubject } from '../../common/review-id.ts';
import { decideOfficerLink } from './links.ts';
import { type Of, toReadReviews, toReviewRecord } from './records.ts';
import type { OneFileCentre, OneFileLearnerView, OneFileSettings } from './settings.ts';
import { isSameTime } from './values.ts';

type View = OneFileLearnerView;

/**
 * OF-50 to OF-53 for reviews that come from PICS.
 *
 * The reviews are handled in order of their proposed time. A review with a changed or cleared OneFile id is
 * held for a person. A review that OneFile has already is only checked for drift. A new review that
 * qualifies is uploaded in two calls, one per look: a visit in the diary first, then the review that the
 * visit carries. If its officer has no assessor yet, that comes before both. Reviews deleted in PICS are
 * noted as orphans.
 */
export function uploadReviews(view: View, of: Of): Part {
  const { learnerId } = of;
  const types = toUploadTypes(view.settings, view.centre);
  const inOrder = [...view.learner.reviews].sort(byProposedTime);
  return joinParts([
    ...inOrder.map((review) => {
      const state = decideUploadState(review, view.lane.links, view.nowMs);
      if (state.kind === 'changed') return changedIdHold(view, review, state.link.vendorId);
      const origin = findLostOrigin(view, review);
      if (origin !== null) return changedIdHold(view, review, origin);
      if (state.kind === 'known')
        return joinParts([driftNote(view, review), unreadableHold(view, review), goneNote(view, of, review)]);
      const subject = toReviewSubject(review.id);
      const isWaiting = state.kind === 'announce' || view.lane.postponed?.includes(subject) === true;
      if (isWaiting || !isQualifying(review, types)) return nothing; // OF-19
      if (!view.settings.uploadReviews) return toNote('OF-50', subject);
      return uploadReview(view, learnerId, review);
    }),
    ...orphanNotes(view),
    ...untakenNotes(view),
  ]);
}

function uploadReview(view: View, learnerId: string, review: Review): Part {
  const { learner, lane, settings, centre, nowMs } = view;
  const startMs = toProposedMs(review);
  if (startMs === null)
    return reviewHold(view, review, 'REVIEW_NO_DATE', { text: review.proposedAt ?? 'blank' });
  const officer = findReviewOfficer(review, learner);
  if (officer === null) {
    // With the code the held item is found again when the missing officer is added.
    const code = review.officer ?? learner.mainOfficer;
    return reviewHold(view, review, 'REVIEW_NO_OFFICER', code === null ? {} : { officer: code });
  }
  const { needed } = view;
  const assessor = decideOfficerLink({ officer, links: lane.links, settings, centre, needed, nowMs });
  if (assessor.kind === 'step') return toSteps(assessor.step);
  // No fallback for reviews: it matters which officer held the review (OF-51).
  if (assessor.kind === 'impossible') return reviewHold(view, review, assessor.code, assessor.params);
  const visit = findVisit(review.id, lane);
  const { assessorId } = assessor;
  if (visit !== null && isOutdated(visit, { startMs, assessorId }) && !isUnknown(view, review))
    return toSteps({ kind: 'unlink', links: [visit.link] });
  const visitId = visit?.link.vendorId ?? null;
  const upload = { ident: learner.ident, review, startMs, learnerId, assessorId, visitId };
  return toSteps(toCallStep(toUploadCall(upload, settings)));
}

/** A visit that was made for a review; when and with whom, as far as that is known. */
type MadeVisit = { readonly link: Link; readonly fromMs: number | null; readonly assessorId: string | null };

/** The visit of a review. No read shows visits: what it was made with is kept as its shadow. */
export function findVisit(
  reviewId: string,
  { links, shadows }: Pick<View['lane'], 'links' | 'shadows'>,
): MadeVisit | null {
  const link = links.find(({ kind, picsId }) => kind === 'visit' && picsId === reviewId);
  if (link === undefined) return null;
  const shadow = shadows.find(({ entity, vendorId }) => entity === 'visit' && vendorId === link.vendorId);
  const { fromMs, assessorId } = shadow?.record ?? {};
  return {
    link,
    fromMs: typeof fromMs === 'number' ? fromMs : null,
    assessorId: typeof assessorId === 'string' ? assessorId : null,
  };
}

/**
 * OF-51: a review that was refused after its visit was made, and was then moved or given to another officer, does not
 * get the old visit, which lies at another time or in another diary. OneFile cannot change a visit: it stays behind.
 */
function isOutdated(
  visit: MadeVisit,
  { startMs, assessorId }: { readonly startMs: number; readonly assessorId: string },
): boolean {
  const isMoved = visit.fromMs !== null && visit.fromMs !== startMs;
  return isMoved || (visit.assessorId !== null && visit.assessorId !== assessorId);
}

/** A review that may have been created is still recognised by its visit. */
function isUnknown({ lane }: View, review: Review): boolean {
  const subject = toReviewSubject(review.id);
  return lane.held.some((item) => item.subject === subject && item.code === 'UNKNOWN_OUTCOME');
}

/**
 * OF-53: the OneFile review that a row was created from, if a user changed or cleared the row's id before
 * any look could link it; null otherwise.
 *
 * Without this check the row would be uploaded as a new review, and OneFile would have the review twice.
 */
function findLostOrigin({ learner, lane, settings }: View, { id, oneFileId }: Review): string | null {
  if (lane.links.some(({ kind, picsId }) => kind === 'review' && picsId === id)) return null;
  const seen = lane.shadows.filter(({ entity }) => entity === 'review').map(({ vendorId }) => vendorId);
  const origin = findOrigin(id, { vendor: 'onefile', centre: settings.centreId, ident: learner.ident }, seen);
  const isShown = origin === oneFileId || learner.reviews.some((one) => one.oneFileId === origin);
  return isShown ? null : origin;
}

/**
 * OF-53: a person decides whether to restore the id or to skip. A new upload would create a second review.
 */
function changedIdHold(view: View, review: Review, id: string): Part {
  return reviewHold(view, review, 'ID_FIELD_CHANGED', { vendor: 'OneFile', id });
}

/** OF-52, A-5: an uploaded review that was moved in PICS is noted as drift and never sent. */
function driftNote({ lane }: View, review: Review): Part {
  const shadow = lane.shadows.find((one) => one.entity === 'review' && one.vendorId === review.oneFileId);
  if (shadow === undefined || review.proposedAt === null) return nothing;
  const { scheduledForMs } = toReviewRecord(shadow.vendorId, shadow.record);
  if (scheduledForMs === null || isSameTime(review.proposedAt, scheduledForMs)) return nothing;
  return toNote('drift', toReviewSubject(review.id));
}

/** an uploaded or downloaded review that OneFile does not show any more stays as it is. */
function goneNote(view: View, of: Of, { id, oneFileId }: Review): Part {
  const isShown = view.lane.shadows.some(
    ({ entity, vendorId }) => entity === 'review' && vendorId === oneFileId,
  );
  if (isShown || oneFileId === null || !view.settings.downloadReviews) return nothing;
  const note = { code: 'A-4', subject: toReviewSubject(id) };
  return toMissingNote(view, note, (how) => toReadReviews({ ...of, ...how }));
}

/** D-17: the proposed time of an uploaded review is compared no more while it cannot be read. */
function unreadableHold({ learner }: View, review: Review): Part {
  if (review.proposedAt === null || toProposedMs(review) !== null) return nothing;
  const params = {
    vendor: 'PICS',
    what: `a review of ${learner.ident}`,
    field: `Proposed (${review.proposedAt})`,
  };
  return toHold({ subject: toReviewSubject(review.id), code: 'UNREADABLE_DATE', params });
}

/** notes links to reviews that were deleted in PICS. */
function orphanNotes({ learner, lane }: View): readonly Part[] {
  const ids = new Set(learner.reviews.map(({ id }) => id));
  return lane.links
    .filter(({ kind, picsId }) => kind === 'review' && !ids.has(picsId))
    .map(({ picsId }) => toNote('orphan', toReviewSubject(picsId)));
}

/**
 * G-10: reviews of OneFile that PICS lacks at this learner, and that do not come down: all of them while the setting is off
 * (OF-53), else those that the reconciler has found at another learner (D-15).
 */
function untakenNotes({ learner, lane, settings }: View): readonly Part[] {
  const isElsewhere = (subject: string): boolean =>
    lane.notes?.some((note) => note.code === 'D-15' && note.subject === subject) === true;
  const ids = new Set([
    ...learner.reviews.map(({ oneFileId }) => oneFileId),
    ...lane.links.flatMap(({ kind, vendorId }) => (kind === 'review' ? [vendorId] : [])),
  ]);
  const visits = new Set(lane.links.flatMap(({ kind, vendorId }) => (kind === 'visit' ? [vendorId] : [])));
  return lane.shadows
    .filter(({ entity, vendorId }) => entity === 'review' && !ids.has(vendorId))
    .filter(({ vendorId, record }) => !visits.has(toReviewRecord(vendorId, record).visitId ?? ''))
    .map(({ vendorId }) => toReviewSubject(vendorId))
    .filter((subject) => !settings.downloadReviews || isElsewhere(subject))
    .map((subject) => toNote(settings.downloadReviews ? 'D-15' : 'OF-53', subject));
}

function reviewHold(
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

/**
 * Review types that are uploaded: those of the setting, else all with the Normal flag, else N.
 */
export function toUploadTypes(
  { uploadReviewTypes }: Pick<OneFileSettings, 'uploadReviewTypes'>,
  { normalReviewTypes }: Pick<OneFileCentre, 'normalReviewTypes'>,
): readonly string[] {
  return uploadReviewTypes ?? (normalReviewTypes.length === 0 ? ['N'] : normalReviewTypes);
}

/**
 * OF-19, A-26: whether a review is unknown to OneFile and must be sent. A blank "attended" is not the value
 * Unknown. One without a readable proposed date qualifies too: it is held, not left out (D-17). One that came down from
 * another vendor never does, whatever a user blanks in it (OF-58): both would write its attendance in turn.
 */
export function isQualifying(review: Review, types: readonly string[]): boolean {
  const isOfType = review.type !== null && types.includes(review.type);
  const isUnknown = review.oneFileId === null && !isOfOtherVendor(review, 'oneFileId');
  return isOfType && isUnknown && review.attended === null && review.actualAt === null;
}

/** When the review is planned, milliseconds; null when its proposed date is blank or cannot be read (D-17). */
export function toProposedMs({ proposedAt }: Pick<Review, 'proposedAt'>): number | null {
  return proposedAt === null ? null : toInstantMs(proposedAt);
}

/** The state of a review's upload, from the ids in PICS and in the link table (OF-50, OF-53). */
type UploadState =
  | { readonly kind: 'known' }
  | { readonly kind: 'new' }
  /** Created at OneFile; PICS does not show the id yet. */
  | { readonly kind: 'announce'; readonly link: Link }
  /** A user changed or cleared the id: held, never sent again. */
  | { readonly kind: 'changed'; readonly link: Link };

/**
 * Decides how far the upload of a review is.
 *
 * Without a link the id in PICS decides alone. With a link, PICS either shows its id, or must still be given
 * it, or showed it once and shows something else now, which means that a user changed it.
 */
export function decideUploadState(review: Review, links: readonly Link[], nowMs: number): UploadState {
  const link = links.find(({ kind, picsId }) => kind === 'review' && picsId === review.id);
  if (link === undefined) return review.oneFileId === null ? { kind: 'new' } : { kind: 'known' };
  if (review.oneFileId === link.vendorId) return { kind: 'known' };
  // A link that no upload created was read from the column, so the column held the id once.
  const wasShown = isSurelyCopied(link, nowMs) || (link.copiedAtMs === null && link.how !== 'created');
  if (review.oneFileId !== null || wasShown) return { kind: 'changed', link };
  return link.copiedAtMs === null ? { kind: 'announce', link } : { kind: 'known' };
}

/**
 * OF-51: the review's officer, else the Main Officer. A code without an officer record counts as blank
 * (OF-20).
 */
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
  readonly startMs: number;
  readonly learnerId: string;
  readonly assessorId: string;
  /** A visit created earlier for this review is used again, never created a second time (O11). */
  readonly visitId: string | null;
};

/** OF-51: the next of the two calls: create the visit, then the review. */
function toUploadCall(upload: Upload, settings: Pick<OneFileSettings, 'visitType'>): Call {
  const { ident, review, startMs, learnerId, assessorId, visitId } = upload;
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

/** O10: the key by which a created review is found again. OneFile has no other field of ours on a review. */
function toReviewKey({ learnerId, visitId }: { learnerId: string; visitId: string }): string {
  return `learner=${learnerId} visit=${visitId}`;
}

export function fromReviewKey(key: string): { readonly learnerId: string; readonly visitId: string } | null {
  const [, learnerId, visitId] = /^learner=(\d+) visit=(\d+)$/.exec(key) ?? [];
  return learnerId === undefined || visitId === undefined ? null : { learnerId, visitId };
}
