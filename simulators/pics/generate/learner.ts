import { addDays } from './dates.ts';
import type { Vendor } from './inputs.ts';
import type { EpidataRow, LearnerRows, PctrndetRow, ReviewRow, TraineeRow, TrqualRow } from './rows.ts';
import { createStream, type Stream } from './stream.ts';
import type { World } from './world.ts';

/** One learner of the set: its place in it, where it is linked, and all its rows. */
export interface Learner {
  /** Counts from 1; the cases come first. */
  number: number;
  ident: string;
  vendor: Vendor;
  rows: LearnerRows;
}

export const caseCount = 30;

/** The cases are 10001 to 10030, all others 20001 upwards. */
export function identOf(number: number): string {
  return String(number <= caseCount ? 10_000 + number : 20_000 + number - caseCount);
}

export function isAtOneFile(vendor: Vendor): boolean {
  return vendor === 'onefile' || vendor === 'both';
}

export function isAtSmartAssessor(vendor: Vendor): boolean {
  return vendor === 'smartassessor' || vendor === 'both';
}

/** A learner's time on the programme, relative to the date that stands for today. */
export interface Episode {
  state: 'in-learning' | 'break' | 'ended';
  start: string;
  expected: string;
  end: string | null;
}

/** 70 % in learning, 8 % on a break, 14 % ended within the last year, 8 % longer ago. */
export function drawEpisode(stream: Stream, asOf: string): Episode {
  const share = stream.next();
  const lengthDays = stream.int(150, 600);
  if (share < 0.78) {
    const start = addDays(asOf, -stream.int(1, lengthDays + 20)); // a few are overdue
    return {
      state: share < 0.7 ? 'in-learning' : 'break',
      start,
      expected: addDays(start, lengthDays),
      end: null,
    };
  }
  const endedDaysAgo = share < 0.92 ? stream.int(1, 364) : stream.int(366, 1500);
  const end = addDays(asOf, -endedDaysAgo);
  const start = addDays(end, -stream.int(60, lengthDays));
  return { state: 'ended', start, expected: addDays(start, lengthDays), end };
}

/** The cases: half-way through a programme of 400 days. */
export function plainEpisode(asOf: string): Episode {
  return { state: 'in-learning', start: addDays(asOf, -200), expected: addDays(asOf, 200), end: null };
}

export function createEpidata(seed: number, ident: string, episode: Episode): EpidataRow {
  const stream = createStream(seed, 'epidata', ident);
  const hasEnded = episode.end !== null;
  return {
    ident,
    tr_expect: episode.expected,
    off_train: null,
    ini_ref: null,
    qualplan: stream.pick(['PLAN01', 'PLAN02', null]),
    risk: stream.pick(['1', '2', '3', null, '']),
    endtype: hasEnded ? stream.pick(['1', '2', '3']) : null,
    compstat: hasEnded ? stream.pick(['2', '3']) : '1',
    outcome: hasEnded ? stream.pick(['1', '3', '8']) : null,
    wdreason: null,
  };
}

/** Gives the rows in which a case differs from a plain learner. */
type Case = (plain: Learner, world: World) => Partial<LearnerRows>;

export type Cases = Readonly<Record<string, Case>>;

export function withTrainee({ rows }: Learner, fields: Partial<TraineeRow>): Pick<LearnerRows, 'trainee'> {
  return { trainee: rows.trainee.map((row) => ({ ...row, ...fields })) };
}

export function withDetails({ rows }: Learner, fields: Partial<PctrndetRow>): Pick<LearnerRows, 'pctrndet'> {
  return { pctrndet: rows.pctrndet.map((row) => ({ ...row, ...fields })) };
}

/** One set of fields per delivery qualification, in order. */
export function withQualifications(
  { rows }: Learner,
  fields: readonly Partial<TrqualRow>[],
): Pick<LearnerRows, 'trqual'> {
  return { trqual: rows.trqual.map((row, index) => ({ ...row, ...fields[index] })) };
}

export function withReviews({ rows }: Learner, more: readonly ReviewRow[]): Pick<LearnerRows, 'itp_revu'> {
  return { itp_revu: [...rows.itp_revu, ...more] };
}
