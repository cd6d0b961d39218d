import type { Review } from '../../../domain/learner.ts';
import { toLondonDate, toLondonTime } from '../../../domain/london.ts';
import type { ReviewRecord } from './records.ts';
import type { OneFileCentre, OneFileSettings } from './settings.ts';
import { isSameTime } from './values.ts';

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

/** Whose review it is: a learner of OneFile may be linked to another learner of PICS, whose reviews are other rows. */
export type ReviewOf = { readonly centre: string; readonly ident: string };

/**
 * The PICS id of a review that came from OneFile: always the same for the same OneFile review of the same learner.
 *
 * So a decision that is taken twice asks for the same row. A hash of four lanes, written as a version 8 UUID.
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

/** The OneFile review that a row was made from, told by the row's own id; null = the row is a user's. */
export function findOrigin(reviewId: string, of: ReviewOf, vendorIds: readonly string[]): string | null {
  if (reviewId[14] !== '8') return null; // not of version 8: spares the hashing
  return vendorIds.find((vendorId) => toReviewId(of, vendorId) === reviewId) ?? null;
}

/** MurmurHash3 over UTF-16 code units, with the seed folded into both multipliers so that the lanes are independent. */
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
