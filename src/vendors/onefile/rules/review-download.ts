import type { Review } from '../../../core/learner.ts';
import { toLondonDate, toLondonTime } from './london.ts';
import type { ReviewRecord } from './records.ts';
import type { OneFileCentre, OneFileSettings } from './settings.ts';
import { isSameTime } from './upload-reviews.ts';

type Fields = Omit<Review, 'id'>;

/** OF-54, A-18, A-30: started = attended at that time, to the minute; else Unknown, whatever PICS had. Never No. */
export function toAttendance({ startedAtMs }: ReviewRecord): Pick<Fields, 'attended' | 'actualAt'> {
  if (startedAtMs === null) return { attended: 'U', actualAt: null };
  return { attended: 'Y', actualAt: `${toLondonTime(startedAtMs).slice(0, 16)}:00` };
}

/** What OneFile's review says of the fields it wins, and where it says nothing the field is absent. */
function toWinning(
  record: ReviewRecord,
  officer: string | null,
  settings: Pick<OneFileSettings, 'rescheduleFromOneFile'>,
): Partial<Fields> {
  const fields: { -readonly [name in keyof Fields]?: Fields[name] } = toAttendance(record); // OF-54
  if (settings.rescheduleFromOneFile && record.scheduledForMs !== null) {
    fields.proposedAt = toLondonTime(record.scheduledForMs);
  }
  if (officer !== null) fields.officer = officer; // OF-55
  if (record.learnerSignedAtMs !== null) fields.learnerSignedOn = toLondonDate(record.learnerSignedAtMs); // OF-56
  return fields;
}

/** The columns of an existing review that differ from what OneFile shows; none = nothing to write. */
export function decideReviewFields(
  review: Review,
  record: ReviewRecord,
  { officer, settings }: { officer: string | null; settings: Pick<OneFileSettings, 'rescheduleFromOneFile'> },
): Partial<Fields> {
  const { proposedAt, ...rest } = toWinning(record, officer, settings);
  const changed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (review[name as keyof Review] !== value) changed[name] = value;
  }
  const isMoved =
    proposedAt !== undefined &&
    !(review.proposedAt !== null && isSameTime(review.proposedAt, record.scheduledForMs ?? 0));
  return isMoved ? { ...changed, proposedAt } : changed;
}

/** OF-53, OF-57: the row that a review unknown to PICS becomes. Its OneFile id keeps it from ever going up (OF-58). */
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
    learnerSignedOn: null,
    officer: null,
    ...toAttendance(record),
    ...toWinning(record, officer, { rescheduleFromOneFile: true }),
    oneFileId: record.id,
    smartAssessorId: null,
  };
}
