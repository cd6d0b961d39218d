import type { Learner } from '../../../../domain/learner.ts';
import type { Person } from '../../../../domain/people.ts';
import { toNiKey } from '../../../common/person.ts';
import { isSameName, toUln } from '../../../common/values.ts';

/**
 * SA-10, smart-assessor-api 10.1: other records of PICS that seem to be the same person: by the ULN; where one of the two
 * has none, by the NI number, else by names and birth date.
 */
export function findTwins(learner: Learner, persons: readonly Person[]): readonly Person[] {
  return persons.filter((one) => one.ident !== learner.ident && isSamePerson(learner, one));
}

function isSamePerson(learner: Learner, other: Person): boolean {
  const [uln, otherUln] = [toUln(learner.uln), toUln(other.uln)];
  if (uln !== null && otherUln !== null) return uln === otherUln;
  const ni = toNiKey(learner.niNumber);
  if (ni !== null && ni === toNiKey(other.niNumber)) return true;
  return (
    learner.birthDate !== null &&
    learner.birthDate === other.birthDate &&
    isSameName(learner.firstName, other.firstName) &&
    isSameName(learner.surname, other.surname)
  );
}
