import type { JsonObject } from '../../../domain/json.ts';
import type { Learner } from '../../../domain/learner.ts';
import type { Owner } from '../../../domain/owner.ts';
import type { LearnerFields, OfficerFields } from '../../../domain/rows.ts';
import {
  type DetailField,
  isSameCode,
  isSameEmail,
  isSamePhone,
  isSameWords,
  toCode,
} from '../../common/details.ts';
import { toDate, toSex, toText, toUln } from '../../common/values.ts';
import type { LearnerDetail, OfficerDetail, SmartAssessorSettings } from './settings.ts';

const show = (name: string) => (record: JsonObject) => toText(record[name]);

type Line = 'address1' | 'address2' | 'address3' | 'address4';

/** What is pulled of a learner: lines of the address one by one. */
type PulledLearner = Partial<Omit<LearnerFields, 'address'>> & Partial<Readonly<Record<Line, string>>>;

type Field = DetailField<LearnerDetail, Learner, PulledLearner>;

/** Of the four address lines that Smart Assessor has; the fifth of PICS is never sent. */
function addressLine(index: 0 | 1 | 2 | 3): Field {
  const name = `addressLine${index + 1}`;
  return {
    name,
    group: 'address',
    shown: show(name),
    isSame: isSameWords,
    ofPics: ({ address }) => address[index] ?? null,
    toSet: (line) => ({ [`address${index + 1}`]: line }),
  };
}

/** A-43, SA-50: the fields that the details mode of learners covers, by their names in the port. */
export const learnerDetailFields: readonly Field[] = [
  {
    name: 'givenNames',
    group: 'names',
    shown: show('givenNames'),
    isSame: isSameWords,
    ofPics: ({ firstName }) => firstName,
    toSet: (firstName) => ({ firstName }),
  },
  {
    name: 'familyName',
    group: 'names',
    shown: show('familyName'),
    isSame: isSameWords,
    ofPics: ({ surname }) => surname,
    toSet: (surname) => ({ surname }),
  },
  {
    name: 'dateOfBirth',
    group: 'birthDate',
    shown: show('dateOfBirth'),
    isSame: isSameWords,
    ofPics: ({ birthDate }) => toDate(birthDate),
    toSet: (birthDate) => (toDate(birthDate) === null ? null : { birthDate }),
  },
  {
    name: 'email',
    group: 'email',
    shown: show('email'),
    isSame: isSameEmail,
    ofPics: ({ email }) => email,
    toSet: (email) => ({ email }),
  },
  {
    name: 'phone',
    group: 'phones',
    shown: show('phone'),
    isSame: isSamePhone,
    ofPics: ({ phone }) => phone,
    toSet: (phone) => ({ phone }),
  },
  {
    name: 'mobile',
    group: 'phones',
    shown: show('mobile'),
    isSame: isSamePhone,
    ofPics: ({ mobile }) => mobile,
    toSet: (mobile) => ({ mobile }),
  },
  {
    name: 'niNumber',
    group: 'niNumber',
    shown: show('niNumber'),
    isSame: isSameCode,
    ofPics: ({ niNumber }) => niNumber,
    toSet: (niNumber) => ({ niNumber: toCode(niNumber) }), // PICS keeps it without blanks
  },
  {
    name: 'uln',
    group: 'uln',
    shown: show('uln'),
    isSame: isSameWords,
    ofPics: ({ uln }) => toUln(uln), // a ULN that fails its check is never sent
    toSet: () => null, // SA-51
  },
  {
    name: 'sex',
    group: 'sex',
    shown: ({ sex }) => words[String(sex)] ?? null,
    isSame: isSameWords,
    ofPics: ({ sex }) => toSex(sex),
    toSet: (sex) => ({ sex }),
  },
  addressLine(0),
  addressLine(1),
  addressLine(2),
  addressLine(3),
  {
    name: 'postcode',
    group: 'postcode',
    shown: show('postcode'),
    isSame: isSameCode,
    ofPics: ({ postcode }) => postcode,
    toSet: (postcode) => ({ postcode: postcode.toUpperCase() }),
  },
];

/** What is pulled as PICS takes it: the address as a whole, with the lines that stay. */
export function toLearnerSet(pulled: PulledLearner, learner: Learner): Partial<LearnerFields> {
  const { address1, address2, address3, address4, ...set } = pulled;
  const lines = [address1, address2, address3, address4];
  if (lines.every((line) => line === undefined)) return set;
  return { ...set, address: lines.map((line, at) => line ?? learner.address[at] ?? null) };
}

/** PICS's letters for the words of the port; anything else is no sex that is known. */
const words: Readonly<Record<string, string>> = { male: 'M', female: 'F' };

/** SA-6, SA-52: the sex takes part only by its own switch. */
export function learnerGroups({
  learnerDetailFields: chosen,
  updateGender,
}: Pick<SmartAssessorSettings, 'learnerDetailFields' | 'updateGender'>): readonly LearnerDetail[] {
  return chosen.filter((group) => group !== 'sex' || updateGender);
}

type Officer = Extract<Owner, { readonly kind: 'officer' }>;

/** A-43, SA-53: the fields that the details mode of officers covers. */
export const officerDetailFields: readonly DetailField<OfficerDetail, Officer, Partial<OfficerFields>>[] = [
  {
    name: 'firstName',
    group: 'names',
    shown: show('firstName'),
    isSame: isSameWords,
    ofPics: ({ firstName }) => firstName,
    toSet: (firstName) => ({ firstName }),
  },
  {
    name: 'lastName',
    group: 'names',
    shown: show('lastName'),
    isSame: isSameWords,
    ofPics: ({ surname }) => surname,
    toSet: (surname) => ({ surname }),
  },
  {
    name: 'email',
    group: 'email',
    shown: show('email'),
    isSame: isSameEmail,
    ofPics: ({ email }) => email,
    toSet: (email) => ({ email }),
  },
  {
    name: 'phone',
    group: 'phones',
    shown: show('phone'),
    isSame: isSamePhone,
    ofPics: ({ phone }) => phone,
    toSet: (phone) => ({ phone }),
  },
  {
    name: 'mobile',
    group: 'phones',
    shown: show('mobile'),
    isSame: isSamePhone,
    ofPics: ({ mobile }) => mobile,
    toSet: (mobile) => ({ mobile }),
  },
];
