import type { Review } from '../../../domain/learner.ts';
import { toInstantMs, toLondonDate, toLondonTime } from '../../../domain/london.ts';
import type { ReviewRecord } from './records.ts';
import type { OneFileCentre, OneFileSettings } from './settings.ts';
import { isSameTime } from './values.ts';

type Fields = Omit<Review, 'id'>;

/**
 * OF-54, A-18, A-30: a started review was attended at the start time, cut to the minute. Any other review is
 * Unknown, whatever PICS had. No is never written. A start that cannot be read says neither (D-17).
 */
function toAttendance({
  startedAtMs,
  unreadable,
}: ReviewRecord): Partial<Pick<Fields, 'attended' | 'actualAt'>> {
  if (unreadable.includes('startedAtMs')) return {};
  if (startedAtMs === null) return { attended: 'U', actualAt: null };
  return { attended: 'Y', actualAt: `${toLondonTime(startedAtMs).slice(0, 16)}:00` };
}

/** The fields that OneFile's review overwrites. A field that OneFile leaves open is absent. */
function winningFields(
  record: ReviewRecord,
  officer: string | null,
  settings: Pick<OneFileSettings, 'rescheduleFromOneFile'>,
): Partial<Fields> {
  const fields: { -readonly [name in keyof Fields]?: Fields[name] } = toAttendance(record); // OF-54
  if (settings.rescheduleFromOneFile && record.scheduledForMs !== null) {
    fields.proposedAt = toLondonTime(record.scheduledForMs);
  }
  if (officer !== null) fields.officer = officer; // OF-55
  // OF-56
  if (record.learnerSignedAtMs !== null) fields.learnerSignedOn = toLondonDate(record.learnerSignedAtMs);
  return fields;
}

/** The columns of an existing review that differ from OneFile; empty = nothing to write. */
export function decideReviewFields(
  review: Review,
  record: ReviewRecord,
  { officer, settings, lastShownMs }: ReviewContext,
): Partial<Fields> {
  const { proposedAt, ...rest } = winningFields(record, officer, settings);
  const changed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (review[name as keyof Review] !== value) changed[name] = value;
  }
  const isMoved = proposedAt !== undefined && isRescheduled(review, record.scheduledForMs ?? 0, lastShownMs);
  return isMoved ? { ...changed, proposedAt } : changed;
}

type ReviewContext = {
  readonly officer: string | null;
  readonly settings: Pick<OneFileSettings, 'rescheduleFromOneFile'>;
  /** For when OneFile showed the review to be planned the last time; null = not known. */
  readonly lastShownMs: number | null;
};

/**
 * A-3, D-12: whether the proposed time follows OneFile. It does when OneFile has moved the review, not when PICS has:
 * then the two differ, and the difference is shown (OF-52). Without a readable time to compare with, a blank is filled
 * and anything else is left alone.
 */
function isRescheduled({ proposedAt }: Review, scheduledForMs: number, lastShownMs: number | null): boolean {
  if (proposedAt === null) return true;
  if (toInstantMs(proposedAt) === null || isSameTime(proposedAt, scheduledForMs)) return false;
  return lastShownMs !== null && lastShownMs !== scheduledForMs;
}

/**
 * OF-53, OF-57: the new row for a review that PICS does not have. Its OneFile id prevents an upload (OF-58).
 */
export function toNewReview(
  record: ReviewRecord,
  {
    officer,
    settings,
    normalReviewTypes,
  }: {
    officer: string | null;
    settings: Pick<OneFileSettings, 'downloadedReviewType'>;
    normalReviewTypes: OneFileCentre['normalReviewTypes'];
  },
): Fields {
  const [normalType = 'N'] = [...normalReviewTypes].sort(); // the first by code
  return {
    type: settings.downloadedReviewType ?? normalType,
    proposedAt: null,
    attended: null,
    actualAt: null,
    learnerSignedOn: null,
    officer: null,
    ...winningFields(record, officer, { rescheduleFromOneFile: true }),
    oneFileId: record.id,
    smartAssessorId: null,
  };
}

/**
 * The PICS learner of a review. A OneFile learner may be linked to another PICS learner later, and that
 * learner's reviews are different rows.
 */
type ReviewOf = { readonly centre: string; readonly ident: string };

/**
 * The PICS id of a review that came from OneFile. The same OneFile review of the same learner always gets
 * the same id.
 *
 * So a decision that is made twice inserts the same row. The id is four 32-bit hashes of the same text with
 * different seeds, written as a version 8 UUID.
 */
export function toReviewId({ centre, ident }: ReviewOf, vendorId: string): string {
  const text = `onefile/${centre}/learner/${ident}/review/${vendorId}`;
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

/**
 * The OneFile review that a row was created from, recognised by the row's id; null = a user created the row.
 */
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
