import type { JsonObject } from '../../../../core/json.ts';
import type { Learner } from '../../../../core/learner.ts';
import type { LearnerFields } from '../../../../core/row-action.ts';
import { toText } from '../compare.ts';
import type { LearnerDetail } from '../settings.ts';
import { toSex } from '../sex.ts';
import { toUln } from '../uln.ts';
import type { DetailField } from './field.ts';
import { isSameCode, isSameEmail, isSamePhone, isSameWords, toCode } from './same-value.ts';

type Field = DetailField<LearnerDetail, Learner, Partial<LearnerFields>>;

const show = (name: string) => (record: JsonObject) => toText(record[name]);

/** what the details mode of learners carries. */
export const learnerDetailFields: readonly Field[] = [
  {
    ...{ name: 'firstName', group: 'names', shown: show('firstName'), isSame: isSameWords },
    ofPics: ({ firstName }) => firstName,
    toSet: (firstName) => ({ firstName }),
  },
  {
    ...{ name: 'lastName', group: 'names', shown: show('lastName'), isSame: isSameWords },
    ofPics: ({ surname }) => surname,
    toSet: (surname) => ({ surname }),
  },
  {
    ...{ name: 'birthDate', group: 'birthDate', shown: show('dob'), isSame: isSameWords },
    ofPics: ({ birthDate }) => toDate(birthDate),
    toSet: (birthDate) => (toDate(birthDate) === null ? null : { birthDate }),
  },
  {
    ...{ name: 'email', group: 'email', shown: show('email'), isSame: isSameEmail },
    ofPics: ({ email }) => email,
    toSet: (email) => ({ email }),
  },
  {
    ...{ name: 'phone', group: 'phones', shown: show('phone'), isSame: isSamePhone },
    ofPics: ({ phone }) => phone,
    toSet: (phone) => ({ phone }),
  },
  {
    ...{ name: 'mobile', group: 'phones', shown: show('mobile'), isSame: isSamePhone },
    ofPics: ({ mobile }) => mobile,
    toSet: (mobile) => ({ mobile }),
  },
  {
    ...{ name: 'niNumber', group: 'niNumber', shown: show('nino'), isSame: isSameCode },
    ofPics: ({ niNumber }) => niNumber,
    toSet: (niNumber) => ({ niNumber: toCode(niNumber) }), // PICS keeps it without blanks
  },
  {
    ...{ name: 'uln', group: 'uln', shown: show('uln'), isSame: isSameWords },
    ofPics: ({ uln }) => toUln(uln), // one that fails its check is never sent
    toSet: () => null,
  },
  {
    ...{ name: 'sex', group: 'sex', shown: show('sex'), isSame: isSameWords },
    ofPics: ({ sex }) => toSex(sex),
    toSet: (sex) => (toSex(sex) === null ? null : { sex: toSex(sex) }),
  },
  {
    ...{ name: 'ethnicity', group: 'ethnicity', shown: show('ethnicity'), isSame: isSameWords },
    ofPics: ({ ethnicity }) => ethnicity,
    toSet: (ethnicity) => ({ ethnicity }),
  },
  {
    ...{ name: 'disability', group: 'disability', shown: show('disability'), isSame: isSameWords },
    ofPics: ({ disability }) => disability,
    toSet: (disability) => ({ disability }),
  },
];

/** `infinity` and the like are no dates that OneFile could take. */
function toDate(date: string | null): string | null {
  return date !== null && /^\d{4}-\d{2}-\d{2}$/.test(date) ? date : null;
}
