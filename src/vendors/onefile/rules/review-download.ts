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
