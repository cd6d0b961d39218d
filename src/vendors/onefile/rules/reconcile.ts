import type { JsonObject } from '../../../domain/json.ts';
import type { Learner } from '../../../domain/learner.ts';
import type { Link } from '../../../domain/link.ts';
import { mergeShadow, type Observation, type Shadow, sentOf } from '../../../domain/observation.ts';
import type { Owner } from '../../../domain/owner.ts';
import type { RowDecision } from '../../../domain/rows.ts';
import type { Hold } from '../../../domain/step.ts';
import { findPulled, writeLearnerDetails } from '../../common/details.ts';
import { ignore, isLearnerOf, isOwnerOf, write } from '../../common/link-row.ts';
import { reviewIdChanged, reviewsClaimedTwice, toReviewId, toReviewSubject } from '../../common/review-id.ts';
import { toText } from '../../common/values.ts';
import { toWho } from '../../common/who.ts';
import { matchAims } from './aim-match.ts';
import { decideAimFields, type ExchangedField, toCorrectsAfterMs } from './aims.ts';
import { learnerDetailFields, officerDetailFields, organisationDetailFields } from './details-fields.ts';
import { decideElements, findElementsLeft } from './elements.ts';
import { oneFileIds } from './links.ts';
import { type AimRecord, findUnreadable, type ReviewRecord, toAimRecord, toReviewRecord } from './records.ts';
import { decideReviewFields, toNewReview } from './review-download.ts';
import { findVisit } from './review-upload.ts';
import type { OneFileSettings } from './settings.ts';
import { isSameTime } from './values.ts';

/** What the sync knows besides the observation and the locked rows of PICS. */
export type SyncSide = {
  /**
   * Links of the learner (learner, qualifications, reviews, visits), or the link of the officer or
   * organisation.
   */
  readonly links: readonly Link[];
  /** The learner's aims as OneFile last showed them. */
  readonly shadows: readonly Shadow[];
  /** Begin of the last completed full synchronisation, milliseconds (D-11). */
  readonly lastFullSyncAtMs: number | null;
  /** Subjects of calls that are in hand, or whose outcome is not known. */
  readonly openSubjects: readonly string[];
  /** Code of the officer linked to the review's assessor; null = no officer is linked (OF-55). */
  readonly officerOfAssessor: string | null;
  /** Whether a review of this learner is being created and its id is not known yet (OF-53). */
  readonly hasOpenUpload: boolean;
  /** The sync database was rebuilt, and a full synchronisation has not completed: an upload may be unknown to it. */
  readonly isCautious: boolean;
  /** Whether PICS shows the review's id at another learner (D-15). */
  readonly isShownElsewhere: boolean;
  /** Codes of PICS review types with the Normal flag. */
  readonly normalReviewTypes: readonly string[];
  /** The locked row of the officer or organisation that the observation is about; null = none is linked. */
  readonly owner?: Owner | null;
  /** What was kept of the newest observation of the same record (D-12). */
  readonly shown?: JsonObject | null;
};

/**
 * Decides what one observation of OneFile changes in PICS.
 *
 * The checks come first: the settings must allow the entity, the record must exist, and it must belong to
 * the linked learner. Then an aim is paired with a qualification and fills or replaces its fields
 * (`decideAim`), a review updates or becomes a row (`decideReview`), and details follow in pull mode only. An
 * unreadable date is held beside what the rest of its record changes.
 *
 * The decision is idempotent: decided again on the resulting rows, it writes nothing.
 */
export function decideRow(
  observation: Observation,
  learner: Learner | null,
  syncSide: SyncSide,
  settings: OneFileSettings,
): RowDecision {
  const { entity, vendorId, record, learnerVendorId } = observation;
  if (entity === 'learner' && settings.learnerDetails !== 'pull') return ignore('OF-14');
  if (entity === 'assessor' || entity === 'placement') return decideOwner(observation, syncSide, settings);
  if (entity !== 'learning-aim' && entity !== 'review' && entity !== 'learner') return ignore('OF-14');
  if (observation.deleted || record === null) return ignore('A-4');
  if (learner === null || !isLearnerOf(learner, learnerVendorId, { links: syncSide.links, ids: oneFileIds }))
    return ignore('NOT_LINKED');
  if (entity === 'learner') return pullLearner(learner, record, settings);
  if (entity === 'review' && !settings.downloadReviews) return ignore('OF-53');
  const decision =
    entity === 'learning-aim'
      ? decideAim(observation, learner, syncSide, settings)
      : decideReview(observation, learner, syncSide, settings);
  return withUnreadable(decision, findUnreadable({ entity, vendorId, record }));
}

/** D-17: an unreadable date is held, and the other fields of the record go their way. */
function withUnreadable(decision: RowDecision, unreadable: Hold | null): RowDecision {
  if (unreadable === null || decision.kind === 'wait' || decision.kind === 'hold') return decision;
  const hold = { kind: 'hold' as const, ...unreadable };
  return decision.kind === 'write' ? { ...hold, actions: decision.actions } : hold;
}

/** OF-71, OF-72. */
function decideOwner(
  { entity, vendorId, record, deleted }: Observation,
  { links, owner = null }: SyncSide,
  settings: OneFileSettings,
): RowDecision {
  const isAssessor = entity === 'assessor';
  const mode = isAssessor ? settings.officerDetails : settings.organisationDetails;
  if (mode !== 'pull') return ignore(isAssessor ? 'OF-71' : 'OF-72');
  if (deleted || record === null) return ignore('A-4');
  const isColumnOurs = settings.externalIdVendor === 'onefile' && settings.matchBy === 'id';
  const isLinked = owner !== null && isOwnerOf(owner, vendorId, { links, ids: oneFileIds, isColumnOurs });
  if (!isLinked) return ignore('NOT_LINKED');
  return pullOwner(owner, record, settings);
}

/** OF-42 to OF-45 for the delivery qualification that the aim belongs to. */
function decideAim(
  observation: Observation,
  learner: Learner,
  { links, shadows, lastFullSyncAtMs, openSubjects }: SyncSide,
  settings: OneFileSettings,
): RowDecision {
  const { vendorId, record, observedAtMs } = observation;
  const { ident, qualifications } = learner;
  const observed = toAimRecord(vendorId, record ?? {});
  const others = shadows
    .filter((shadow) => shadow.entity === 'learning-aim' && shadow.vendorId !== vendorId)
    .map((shadow) => toAimRecord(shadow.vendorId, shadow.record));
  const { pairs, unclear } = matchAims({ ident, qualifications, aims: [observed, ...others], links });
  const pair = pairs.find(({ aim }) => aim.id === vendorId);
  // The aims of one read arrive one after the other. If several records share the reference, the pairs are certain
  // only when all aims of that read have been seen.
  const isSeen = shadows.some((shadow) => shadow.vendorId === vendorId);
  if (pair?.isContested === true && !pair.isLinked && !isSeen) {
    // Without end only if OneFile never shows the aim again: then a person sees which one it was.
    const { reference } = pair.qualification;
    const params = { ...toWho(learner, 'onefile'), reference, ids: vendorId };
    return {
      kind: 'wait',
      code: 'A-35',
      heldAs: { subject: `learning-aim:${vendorId}`, code: 'AIM_UNCLEAR', params },
    };
  }
  if (pair === undefined) return ignore(unclear.length > 0 ? 'AIM_UNCLEAR' : 'A-35');
  const { qualification } = pair;
  const isLeftAlone = settings.unitsScope === 'all' && qualification.hasUnits;
  const known = shadows.find((shadow) => shadow.entity === 'learning-aim' && shadow.vendorId === vendorId);
  const shown = mergeShadow(known && { ...known, sent: sentOf(known) }, {
    ...observation,
    record: record ?? {},
  });
  const moves = decideAimFields(qualification, observed, {
    sent: shown.sent ?? {},
    observedAtMs,
    correctsAfterMs: toCorrectsAfterMs(settings, { lastFullSyncAtMs }),
  });
  // D-11: what an update in hand has changed is known only when it has ended. A look at the learner follows.
  const isInHand = openSubjects.includes(`aim:${vendorId}`);
  const fields = Object.entries(isLeftAlone ? {} : moves.toPics) as [ExchangedField, string][];
  const toPics = fields.filter(([field]) => !isInHand || toText(qualification[field]) === null);
  const set = {
    ...Object.fromEntries(toPics),
    ...decideElements({ qualification, learner, aim: observed }, settings),
  };
  if (Object.keys(set).length === 0) {
    if (isLeftAlone) return ignore('A-27');
    if (toPics.length < fields.length) return ignore('D-11');
    if (isCorrected(moves, observed)) return ignore('D-11');
    return ignore(findElementsLeft({ qualification, learner, aim: observed }, settings) ?? 'equal');
  }
  const { reference, seq } = qualification;
  return write({ kind: 'update-qualification', ident, reference, seq, set });
}

/** D-11: a correction of PICS is on its way, so the sides still differ. */
function isCorrected({ toOneFile }: ReturnType<typeof decideAimFields>, aim: AimRecord): boolean {
  return Object.keys(toOneFile).some((field) => aim[field as ExchangedField] !== null);
}

/**
 * OF-53: finds the row of a review by the OneFile id in PICS, else by the link of our own upload, never by
 * date or officer. Without a row it inserts one, unless an upload of this learner is still unanswered: that
 * review may be ours.
 */
function decideReview(
  { centre, vendorId, record }: Observation,
  learner: Learner,
  syncSide: SyncSide,
  settings: OneFileSettings,
): RowDecision {
  const review = toReviewRecord(vendorId, record ?? {});
  const [known, ...more] = learner.reviews.filter(({ oneFileId }) => oneFileId === vendorId);
  if (known !== undefined && more.length > 0)
    return { kind: 'hold', ...reviewsClaimedTwice([known, ...more], vendorId, 'onefile') };
  if (known !== undefined) return updateReview(known.id, review, learner, { syncSide, settings });
  const link = findReviewLink(review, learner, syncSide);
  if (link !== null) {
    const linked = learner.reviews.find(({ id }) => id === link.picsId);
    if (linked === undefined && settings.deletedReviews === 'remember') return ignore('A-4');
    if (linked !== undefined) {
      const isChanged = linked.oneFileId !== null || link.copiedAtMs !== null || link.how === 'matched';
      if (isChanged) return holdChangedId(learner, linked.id, vendorId);
      return updateReview(linked.id, review, learner, { syncSide, settings });
    }
  }
  if (syncSide.hasOpenUpload) return { kind: 'wait', code: 'OF-53' };
  if (syncSide.isCautious && mayBeOurs(review, learner)) return { kind: 'wait', code: 'OF-53' };
  if (syncSide.isShownElsewhere) return { kind: 'ignore', code: 'D-15', noted: toReviewSubject(vendorId) };
  const { officerOfAssessor: officer, normalReviewTypes } = syncSide;
  const id = link?.picsId ?? toReviewId({ vendor: 'onefile', centre, ident: learner.ident }, vendorId);
  // The row exists without the id: it was inserted from this review, and a user changed or cleared the id.
  if (learner.reviews.some((one) => one.id === id)) return holdChangedId(learner, id, vendorId);
  const fields = toNewReview(review, { officer, settings, normalReviewTypes });
  return write({ kind: 'insert-review', id, ident: learner.ident, fields });
}

/** A look at the learner adopts it, before the synchronisation completes that ends the caution. */
function mayBeOurs({ scheduledForMs }: ReviewRecord, { reviews }: Learner): boolean {
  if (scheduledForMs === null) return false;
  return reviews.some(
    ({ oneFileId, smartAssessorId, proposedAt }) =>
      oneFileId === null &&
      smartAssessorId === null &&
      proposedAt !== null &&
      isSameTime(proposedAt, scheduledForMs),
  );
}

/**
 * The link of the review, else the link of its visit: only this sync can have created a review for that
 * visit (O10).
 */
function findReviewLink(
  review: ReviewRecord,
  learner: Learner,
  { links, hasOpenUpload }: SyncSide,
): Link | null {
  const own = links.find(({ kind, vendorId }) => kind === 'review' && vendorId === review.id);
  if (own !== undefined) return own;
  const visit = links.find(({ kind, vendorId }) => kind === 'visit' && vendorId === review.visitId);
  if (visit === undefined || hasOpenUpload) return null;
  const isLinked = links.some(({ kind, picsId }) => kind === 'review' && picsId === visit.picsId);
  const isShown = learner.reviews.some(({ id, oneFileId }) => id === visit.picsId && oneFileId !== null);
  return isLinked || isShown ? null : visit;
}

function updateReview(
  id: string,
  review: ReviewRecord,
  learner: Learner,
  { syncSide, settings }: { syncSide: SyncSide; settings: OneFileSettings },
): RowDecision {
  const row = learner.reviews.find((one) => one.id === id);
  if (row === undefined) return ignore('A-4');
  const officer = syncSide.officerOfAssessor;
  const lastShownMs = findLastShown(row.id, syncSide);
  const fields = decideReviewFields(row, review, { officer, settings, lastShownMs });
  const set = row.oneFileId === review.id ? fields : { ...fields, oneFileId: review.id };
  return Object.keys(set).length === 0 ? ignore('equal') : write({ kind: 'update-review', id, set });
}

/** D-12: for when OneFile planned the review the last time we know of; a review of ours was sent with its visit. */
function findLastShown(reviewId: string, { shown, links, shadows }: SyncSide): number | null {
  const { scheduledForMs } = shown ?? {};
  if (typeof scheduledForMs === 'number') return scheduledForMs;
  return findVisit(reviewId, { links, shadows })?.fromMs ?? null;
}

function holdChangedId(learner: Learner, reviewId: string, vendorId: string): RowDecision {
  return { kind: 'hold', ...reviewIdChanged(learner, { reviewId, vendorId }, 'onefile') };
}

/** OF-70, A-34: in pull mode the details of a linked learner follow OneFile. The ULN is never pulled. */
function pullLearner(learner: Learner, record: JsonObject, settings: OneFileSettings): RowDecision {
  const set = findPulled(learnerDetailFields, settings.learnerDetailFields, { pics: learner, record });
  return writeLearnerDetails(learner, set, 'onefile');
}

/** OF-71, OF-72: in pull mode the details of a linked officer or organisation follow OneFile. */
function pullOwner(owner: Owner, record: JsonObject, settings: OneFileSettings): RowDecision {
  const { code } = owner;
  if (owner.kind === 'officer') {
    const set = findPulled(officerDetailFields, settings.officerDetailFields, { pics: owner, record });
    return set === null ? ignore('equal') : write({ kind: 'update-officer', code, set });
  }
  const groups = settings.organisationDetailFields;
  const set = findPulled(organisationDetailFields, groups, { pics: owner, record });
  return set === null ? ignore('equal') : write({ kind: 'update-organisation', code, set });
}
