/*
 * The Delivery Plan of a learner and the reviews. A plan has one to four qualifications; how far each has come
 * follows from the time since its start. Reviews come at a regular distance from the start to the end of the
 * programme; past ones are mostly attended, future ones blank.
 */

import { addDays, countDays, timestampAt } from './dates.ts';
import { drawUuid } from './identifiers.ts';
import type { Episode } from './learner.ts';
import { drawOfficerNumber } from './owners.ts';
import type { ReviewRow, TrqualRow, TrunitRow } from './rows.ts';
import { createStream, type Stream } from './stream.ts';
import { firstStandard, lastCommonQualification, standardCount, toReference, type World } from './world.ts';

interface DeliveryOutline {
  ident: string;
  episode: Episode;
  mainOfficer: string;
  officerCount: number;
  /** Linked learners show the vendor's percentage: 100 in total. */
  hasPercentElements: boolean;
}

/** The Delivery Plan: 1 to 4 qualifications, mean 2.4; half of the learners follow a standard. */
export function createDelivery(world: World, parts: DeliveryOutline): TrqualRow[] {
  const stream = createStream(world.inputs.seed, 'trqual', parts.ident);
  const share = stream.next();
  const count = share < 0.2 ? 1 : share < 0.55 ? 2 : share < 0.85 ? 3 : 4;
  const references = drawQualificationNumbers(stream, count).map((q) => world.qualification(q).vqref);
  return references.map((vqref, index) => createTrqual(world, parts, { vqref, index }));
}

function drawQualificationNumbers(stream: Stream, count: number): number[] {
  const isStandard = stream.isBelow(0.5);
  const standard = firstStandard + 4 * stream.int(0, standardCount - 1);
  const first = stream.int(1, lastCommonQualification);
  const numbers = isStandard ? [standard] : [first];
  if (isStandard && count > 2) numbers.push(standard + 3); // the end-point assessment
  for (let step = 1; numbers.length < count; step += 1) {
    numbers.push(1 + ((first - 1 + step * 7) % lastCommonQualification)); // 38 and 7 share no factor: no repeats
  }
  return numbers;
}

/** One delivery qualification, as far as the time since its start suggests. */
export function createTrqual(
  world: World,
  parts: DeliveryOutline,
  { vqref, index }: { vqref: string; index: number },
): TrqualRow {
  const { seed, asOf } = world.inputs;
  const { ident, episode } = parts;
  const stream = createStream(seed, 'trqual', ident, index);
  const qstart = addDays(episode.start, stream.int(0, 14));
  const isComplete = episode.end !== null && stream.isBelow(0.75);
  const qend = isComplete ? episode.end : null;
  const share = progressShare(stream, { from: qstart, to: episode.expected, asOf, isComplete });
  const total = parts.hasPercentElements ? 100 : stream.int(8, 60);
  return {
    ident,
    vqref,
    seq: 1,
    type: index === 0 ? 'MA' : stream.pick(['TC', 'SA', 'OP', 'NF']),
    qstart,
    qexpect: episode.expected,
    qend,
    officer: stream.isBelow(0.8)
      ? parts.mainOfficer
      : world.officer(drawOfficerNumber(stream, parts.officerCount)).code,
    ...drawRegistration(stream, { qstart, qend, asOf }),
    tot_elem: total,
    done_elem: Math.floor(total * share),
    chg_on: timestampAt(addDays(asOf, -stream.int(1, 90)), stream.int(480, 1080)),
  };
}

/** 40 % have no number. Certificates follow a finished qualification. */
function drawRegistration(
  stream: Stream,
  { qstart, qend, asOf }: { qstart: string; qend: string | null; asOf: string },
): Pick<TrqualRow, 'regno' | 'regdate' | 'certappl' | 'certrecd'> {
  const isRegistered = !stream.isBelow(0.4);
  const regno = drawRegistrationNumber(stream);
  const regdate = unlessFuture(addDays(qstart, stream.int(5, 45)), asOf);
  const certappl = qend === null ? null : unlessFuture(addDays(qend, stream.int(1, 20)), asOf);
  const certrecd = certappl === null ? null : unlessFuture(addDays(certappl, stream.int(7, 40)), asOf);
  const hasCertificate = stream.isBelow(0.7);
  return {
    regno: isRegistered ? regno : null,
    regdate: isRegistered ? regdate : null,
    certappl: isRegistered ? certappl : null,
    certrecd: isRegistered && hasCertificate ? certrecd : null,
  };
}

export function drawRegistrationNumber(stream: Stream): string {
  const letters = stream.pick(['AB', 'CG', 'PE', 'HX', 'NC', 'QA']);
  return stream.isBelow(0.5) ? `${letters}${stream.digits(8)}` : `${stream.int(1, 9)}${stream.digits(6)}`;
}

/** 3 % of the qualifications have 3 to 8 units. */
export function createUnits(seed: number, trqual: TrqualRow): TrunitRow[] {
  const stream = createStream(seed, 'trunit', trqual.ident, trqual.vqref, trqual.seq);
  return stream.isBelow(0.03) ? createUnitRows(stream, trqual, stream.int(3, 8)) : [];
}

export function createUnitRows(stream: Stream, trqual: TrqualRow, count: number): TrunitRow[] {
  const { ident, vqref, seq, qstart, qexpect } = trqual;
  const prefix = toReference(vqref).slice(-4);
  return Array.from({ length: count }, (_, index) => ({
    ident,
    vqref,
    seq,
    unitref: `U/${prefix}/${String(index + 1).padStart(2, '0')}`,
    utitle: `Unit ${index + 1} of ${vqref}`,
    ustart: qstart,
    udue: qexpect,
    udone: null,
    ustatus: stream.pick(['I', 'I', 'C']),
    mandatory: stream.isBelow(0.6) ? 'Y' : 'N',
  }));
}

function progressShare(
  stream: Stream,
  { from, to, asOf, isComplete }: { from: string; to: string; asOf: string; isComplete: boolean },
): number {
  const pace = 0.6 + stream.next() * 0.5;
  if (isComplete) return 1;
  const share = (countDays(from, asOf) / Math.max(1, countDays(from, to))) * pace;
  return Math.min(0.99, Math.max(0, share));
}

/** Dates of things done do not lie in the future. */
function unlessFuture(date: string, asOf: string): string | null {
  return date <= asOf ? date : null;
}

const maxReviews = 14;

interface ReviewOutline {
  ident: string;
  episode: Episode;
  mainOfficer: string;
  officerCount: number;
}

/** One review every 28 to 84 days from the start to the end of the programme, at most 14. */
export function createReviews(world: World, parts: ReviewOutline): ReviewRow[] {
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
  { ident, mainOfficer, officerCount }: ReviewOutline,
  { index, date }: { index: number; date: string },
): ReviewRow {
  const { seed, asOf } = world.inputs;
  const stream = createStream(seed, 'itp_revu', ident, index);
  const minute = 15 * stream.int(28, 80);
  const other = world.officer(drawOfficerNumber(stream, officerCount)).code;
  const review = createReview(stream, {
    ident,
    type: stream.isBelow(0.8) ? 'N' : stream.pick(['C', 'M', 'A', 'S']),
    proposed: timestampAt(date, minute),
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
    actual: timestampAt(date, minute + lateMinutes),
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
