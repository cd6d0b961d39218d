import { toText, toUln } from './values.ts';

/*
 * D-13: whether a learner of PICS and a learner of a vendor can be one person.
 *
 * A wrong id is another person's portfolio, and where ids are consecutive one wrong digit is enough. What both sides show is weighed: ULN
 * and NI number are certain, names with the birth date are strong, a name alone and the MIS value are weak. A
 * difference is a contradiction unless something stronger, or as strong, agrees; a different ULN or NI number always
 * is. So a changed surname does not matter beside the same ULN, nor the MIS value of an earlier ident beside the same
 * names and birth date.
 */

/** What identifies a person, as far as one side shows it. */
export type PersonFacts = {
  readonly uln: string | null;
  readonly niNumber: string | null;
  readonly firstName: string | null;
  readonly surname: string | null;
  readonly birthDate: string | null;
  /** In PICS the ident, which vendors have as MIS value. */
  readonly misValue: string | null;
};

/** A learner as PICS shows it. */
type PicsPerson = Omit<PersonFacts, 'misValue'> & { readonly ident: string };

type Field = 'ULN' | 'NI number' | 'birth date' | 'name' | 'MIS value';
type Evidence = { readonly field: Field; readonly agrees: boolean; readonly weight: number };

const certain = 3;
const strong = 2;
const weak = 1;

/** The names of what contradicts, without values; empty = the two can be one person. */
export function findContradictions(mine: PersonFacts, theirs: PersonFacts): readonly Field[] {
  const evidence = weigh(mine, theirs);
  const against = evidence.filter(({ agrees }) => !agrees);
  const weightOf = (of: readonly Evidence[]): number => Math.max(0, ...of.map(({ weight }) => weight));
  const isOutweighed = weightOf(evidence.filter(({ agrees }) => agrees)) >= weightOf(against);
  const isOne = against.length === 0 || (isOutweighed && weightOf(against) < certain);
  return isOne ? [] : against.map(({ field }) => field);
}

function weigh(mine: PersonFacts, theirs: PersonFacts): readonly Evidence[] {
  const evidence: Evidence[] = [];
  const compare = (field: Field, weight: number, a: string | null, b: string | null): void => {
    if (a !== null && b !== null) evidence.push({ field, agrees: a === b, weight });
  };
  compare('ULN', certain, toUln(mine.uln), toUln(theirs.uln));
  compare('NI number', certain, toNiKey(mine.niNumber), toNiKey(theirs.niNumber));
  const [name, otherName] = [toNameKey(mine), toNameKey(theirs)];
  const [born, otherBorn] = [toText(mine.birthDate), toText(theirs.birthDate)];
  if (born !== null && otherBorn !== null && born !== otherBorn) {
    compare('birth date', strong, born, otherBorn);
    compare('name', weak, name, otherName);
  } else {
    const isBoth = born !== null && otherBorn !== null && name === otherName;
    compare('name', isBoth ? strong : weak, name, otherName);
  }
  compare('MIS value', weak, toMisKey(mine.misValue), toMisKey(theirs.misValue));
  return evidence;
}

export function picsFacts({ ident, uln, niNumber, firstName, surname, birthDate }: PicsPerson): PersonFacts {
  return { uln, niNumber, firstName, surname, birthDate, misValue: ident };
}

export function toNiKey(value: string | null): string | null {
  const key = (value ?? '').replace(/\s/g, '').toUpperCase();
  return key === '' ? null : key;
}

/** D-20: the users of vendors type MIS values by hand, so their case says nothing. */
export function toMisKey(value: string | null): string | null {
  return toText(value)?.toUpperCase() ?? null;
}

/** First and last name without case, accents, hyphens and apostrophes; of several first names the first. */
function toNameKey({ firstName, surname }: Pick<PersonFacts, 'firstName' | 'surname'>): string | null {
  const [first, last] = [toPlain(firstName), toPlain(surname)];
  return first === null || last === null ? null : `${first.split(' ')[0]} ${last.replaceAll(' ', '')}`;
}

function toPlain(name: string | null): string | null {
  const plain = (name ?? '').normalize('NFD').replace(/\p{M}|['’]/gu, '');
  return toText(plain.replace(/[\s\p{P}]+/gu, ' ').toLowerCase());
}
