import type { Learner } from './learner.ts';
import type { LearnerRows, PctrndetRow, ReviewRow, TraineeRow, TrqualRow } from './rows.ts';
import type { World } from './world.ts';

/** Gives the rows in which a case differs from a plain learner. */
export type Case = (plain: Learner, world: World) => Partial<LearnerRows>;

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
