import { addDays, countDays, toTimestamp } from './dates.ts';
import type { Episode } from './episode.ts';
import { drawUuid } from './identifiers.ts';
import { drawOfficerNumber } from './officers.ts';
import type { ReviewRow } from './rows.ts';
import { createStream, type Stream } from './stream.ts';
import type { World } from './world.ts';

export const maxReviews = 14;

export interface ReviewParts {
  ident: string;
  episode: Episode;
  mainOfficer: string;
  officerCount: number;
}

/** One review every 28 to 84 days from the start to the end of the programme, at most 14. */
export function createReviews(world: World, parts: ReviewParts): ReviewRow[] {
  const stream = createStream(world.inputs.seed, 'itp_revu', parts.ident);
  const { start, expected, end } = parts.episode;
  const everyDays = stream.int(28, 84);
  const count = Math.min(maxReviews, Math.floor(countDays(start, end ?? expected) / everyDays));
  return Array.from({ length: count }, (_, index) =>
    createDrawnReview(world, parts, { index, date: addDays(start, everyDays * (index + 1)) }),
  );
}

/** On the quarter hour, 07:00 to 20:00. Past ones are mostly attended, future ones blank. */
function createDrawnReview(
  world: World,
  { ident, mainOfficer, officerCount }: ReviewParts,
  { index, date }: { index: number; date: string },
): ReviewRow {
  const { seed, asOf } = world.inputs;
  const stream = createStream(seed, 'itp_revu', ident, index);
  const minute = 15 * stream.int(28, 80);
  const other = world.officer(drawOfficerNumber(stream, officerCount)).code;
  const review = createReview(stream, {
    ident,
    type: stream.isBelow(0.8) ? 'N' : stream.pick(['C', 'M', 'A', 'S']),
    proposed: toTimestamp(date, minute),
    initials: stream.isBelow(0.85) ? mainOfficer : other,
  });
  const share = stream.next();
  const lateMinutes = stream.int(0, 12);
  const signed = addDays(date, stream.int(0, 7));
  const isSigned = stream.isBelow(0.7);
  if (date >= asOf) return review;
  if (share < 0.05) return { ...review, attended: 'N' };
  if (share < 0.08) return { ...review, attended: 'U' };
  return {
    ...review,
    attended: 'Y',
    actual: toTimestamp(date, minute + lateMinutes),
    tr_signed: isSigned && signed <= asOf ? signed : null,
    off_signed: stream.isBelow(0.6) ? date : null,
    emp_signed: stream.isBelow(0.3) ? date : null,
  };
}

/** A planned review, nothing else known of it. */
export function createReview(
  stream: Stream,
  fields: { ident: string } & Partial<Omit<ReviewRow, 'id' | 'ident'>>,
): ReviewRow {
  return {
    id: drawUuid(stream),
    type: 'N',
    proposed: null,
    actual: null,
    attended: null,
    initials: null,
    tr_signed: null,
    mentor: null,
    off_signed: null,
    emp_signed: null,
    onefile_id: null,
    sa_event_id: null,
    notes: null,
    user_def_1: null,
    chg_on: null,
    ...fields,
  };
}
