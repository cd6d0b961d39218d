import type { PlanFault } from '../../../../core/enrolment.ts';
import type { Learner } from '../../../../core/learner.ts';
import type { Link } from '../../../../core/link.ts';
import { toText } from '../compare.ts';
import { toUln } from '../uln.ts';
import type { LearnerCandidate } from './facts.ts';
import { compareText, toWho } from './names.ts';

/**
 * OF-11: learners of OneFile that may be the same person; null when there is none.
 *
 * A learner that carries our own Ident as MIS value counts whatever else it shows: it was made for this record. Links to
 * other Idents are named too, since a person may have several episodes.
 */
export function findDuplicates(
  learner: Learner,
  candidates: readonly LearnerCandidate[],
  links: readonly Link[],
): PlanFault | null {
  const found = candidates.filter((one) => toText(one.misId) === learner.ident || isSamePerson(learner, one));
  const ids = [...new Set(found.map(({ id }) => id))].sort(byNumber);
  if (ids.length === 0) return null;
  const owners = ids.map((id) => findOwner(id, learner, links));
  const shown = ids.map((id, index) => (owners[index] === null ? id : `${id} (${owners[index]})`));
  const idents = owners.filter((ident) => ident !== null);
  const params = { ...toWho(learner), ids: shown.join(', '), idents: idents.join(', ') };
  return { code: 'POSSIBLE_DUPLICATE', params };
}

/** The ULN decides where both sides have one; else the NI number, else names and birth date. */
export function isSamePerson(learner: Learner, other: LearnerCandidate): boolean {
  const [uln, otherUln] = [toUln(learner.uln), toUln(other.uln)];
  if (uln !== null && otherUln !== null) return uln === otherUln;
  const [ni, otherNi] = [toNiKey(learner.niNumber), toNiKey(other.niNumber)];
  if (ni !== null && ni === otherNi) return true;
  const isSameBirthDate = learner.birthDate !== null && learner.birthDate === other.birthDate;
  return (
    isSameBirthDate &&
    isSameName(learner.firstName, other.firstName) &&
    isSameName(learner.surname, other.lastName)
  );
}

function isSameName(a: string | null, b: string | null): boolean {
  const [left, right] = [toText(a), toText(b)];
  return left !== null && left.toLowerCase() === right?.toLowerCase();
}

function toNiKey(value: string | null): string | null {
  const key = (value ?? '').replace(/\s/g, '').toUpperCase();
  return key === '' ? null : key;
}

function findOwner(vendorId: string, { ident }: Learner, links: readonly Link[]): string | null {
  const link = links.find(
    (one) => one.kind === 'learner' && one.vendorId === vendorId && one.picsId !== ident,
  );
  return link?.picsId ?? null;
}

function byNumber(a: string, b: string): number {
  return Number(a) - Number(b) || compareText(a, b);
}
