import type { Learner } from '../../../../core/learner.ts';
import { toText } from '../compare.ts';
import type { OneFileSettings } from '../settings.ts';
import { toSex } from '../sex.ts';
import { toUln } from '../uln.ts';
import type { CreateLearner, FindLearner } from './calls.ts';

/** Whom and what of OneFile the learner is given, and the PICS codes behind them. */
export type Ids = Pick<
  CreateLearner,
  'defaultAssessorId' | 'placementId' | 'classroomId' | 'officerCode' | 'organisationCode'
>;

/** What OneFile demands of every learner. */
export type Mandatory = Pick<FindLearner, 'ident' | 'firstName' | 'lastName' | 'email'>;

/** Null when PICS has lost one of them since the enrolment was accepted. */
export function toMandatory({ ident, ...learner }: Learner): Mandatory | null {
  const [firstName, lastName] = [toText(learner.firstName), toText(learner.surname)];
  const email = toText(learner.email);
  if (firstName === null || lastName === null || email === null) return null;
  return { ident, firstName, lastName, email };
}

/** OF-13: the fields of a new learner, read afresh; blanks and a ULN that is none are left out. */
export function toCreateLearner(
  learner: Learner,
  known: { readonly mandatory: Mandatory; readonly ids: Ids },
  settings: Pick<OneFileSettings, 'sendMisValue' | 'matchBy'>,
): CreateLearner {
  const usesMisValue = settings.sendMisValue || settings.matchBy === 'misValue';
  const optional = {
    misId: usesMisValue ? learner.ident : null,
    phone: toText(learner.phone),
    mobile: toText(learner.mobile),
    birthDate: toText(learner.birthDate),
    uln: toUln(learner.uln),
    niNumber: toText(learner.niNumber),
    startOn: toText(learner.startOn),
    expectedEndOn: toText(learner.expectedEndOn),
    ethnicity: toText(learner.ethnicity),
    sex: toSex(learner.sex),
    disability: toText(learner.disability),
  };
  return { ...known.mandatory, ...known.ids, ...withoutBlanks(optional) };
}

function withoutBlanks<T extends Readonly<Record<string, string | null>>>(
  fields: T,
): { readonly [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as {
    readonly [K in keyof T]?: string;
  };
}
