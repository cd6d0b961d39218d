import { addDays, countDays, toTimestamp } from './dates.ts';
import type { Episode } from './episode.ts';
import { drawOfficerNumber } from './officers.ts';
import { firstStandard, lastCommonQualification, standardCount, toReference } from './qualifications.ts';
import type { TrqualRow, TrunitRow } from './rows.ts';
import { createStream, type Stream } from './stream.ts';
import type { World } from './world.ts';

export interface DeliveryParts {
  ident: string;
  episode: Episode;
  mainOfficer: string;
  officerCount: number;
  /** Linked learners show the vendor's percentage: 100 in total. */
  hasPercentElements: boolean;
}

/** The Delivery Plan: 1 to 4 qualifications, mean 2.4; half of the learners follow a standard. */
export function createDelivery(world: World, parts: DeliveryParts): TrqualRow[] {
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
  parts: DeliveryParts,
  { vqref, index }: { vqref: string; index: number },
): TrqualRow {
  const { seed, asOf } = world.inputs;
  const { ident, episode } = parts;
  const stream = createStream(seed, 'trqual', ident, index);
  const qstart = addDays(episode.start, stream.int(0, 14));
  const isComplete = episode.end !== null && stream.isBelow(0.75);
  const qend = isComplete ? episode.end : null;
  const share = toProgress(stream, { from: qstart, to: episode.expected, asOf, isComplete });
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
    chg_on: toTimestamp(addDays(asOf, -stream.int(1, 90)), stream.int(480, 1080)),
  };
}

/** 40 % have no number. Certificates follow a finished qualification. */
function drawRegistration(
  stream: Stream,
  { qstart, qend, asOf }: { qstart: string; qend: string | null; asOf: string },
): Pick<TrqualRow, 'regno' | 'regdate' | 'certappl' | 'certrecd'> {
  const isRegistered = !stream.isBelow(0.4);
  const regno = drawRegistrationNumber(stream);
  const regdate = toPast(addDays(qstart, stream.int(5, 45)), asOf);
  const certappl = qend === null ? null : toPast(addDays(qend, stream.int(1, 20)), asOf);
  const certrecd = certappl === null ? null : toPast(addDays(certappl, stream.int(7, 40)), asOf);
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

function toProgress(
  stream: Stream,
  { from, to, asOf, isComplete }: { from: string; to: string; asOf: string; isComplete: boolean },
): number {
  const pace = 0.6 + stream.next() * 0.5;
  if (isComplete) return 1;
  const share = (countDays(from, asOf) / Math.max(1, countDays(from, to))) * pace;
  return Math.min(0.99, Math.max(0, share));
}

/** Dates of things done do not lie in the future. */
function toPast(date: string, asOf: string): string | null {
  return date <= asOf ? date : null;
}
