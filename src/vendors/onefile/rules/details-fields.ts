import type { JsonObject } from '../../../domain/json.ts';
import type { Learner } from '../../../domain/learner.ts';
import type { Owner } from '../../../domain/owner.ts';
import type { LearnerFields, OfficerFields, OrganisationFields } from '../../../domain/rows.ts';
import {
  type DetailField,
  isSameCode,
  isSameEmail,
  isSamePhone,
  isSameWords,
  toCode,
} from '../../common/details.ts';
import { toDate, toSex, toText, toUln } from '../../common/values.ts';
import type { LearnerDetail, OfficerDetail, OrganisationDetail } from './settings.ts';

/** A UK postcode as the last piece of a text: on a line of its own or after a comma. Empty pieces may follow. */
const lastPostcode = /(?:^|[\r\n,])\s*([a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2})[\s,]*$/i;

const lineCount = 4;

/**
 * Splits OneFile's one text into address and postcode. The text is divided by line ends or commas; its last
 * piece is the postcode if it has the form of one.
 */
export function splitAddress(text: string | null): {
  readonly address: string | null;
  readonly postcode: string | null;
} {
  const match = lastPostcode.exec(text ?? '');
  if (match === null)
    return { address: toPieces(text ?? '').length === 0 ? null : toText(text), postcode: null };
  // A postcode that is repeated is taken once and is not a line of the address.
  const { address } = splitAddress((text ?? '').slice(0, match.index));
  return { address, postcode: toText(match[1]) };
}

/**
 * The address lines and the postcode of PICS as OneFile could show them. A postcode without the form of one
 * is dropped.
 */
export function toAddress(
  lines: readonly (string | null)[],
  postcode: string | null,
): ReturnType<typeof splitAddress> {
  const ofLines = splitAddress(joinLines(lines));
  return { address: ofLines.address, postcode: splitAddress(postcode).postcode ?? ofLines.postcode };
}

/** Compares the sequence of pieces, because the two sides break lines differently. */
export function isSameAddress(a: string, b: string): boolean {
  return toPieces(a).join('\n') === toPieces(b).join('\n');
}

/**
 * Four lines for PICS. Further pieces are joined into the last line. If PICS refuses that as too long, the
 * item is held for a person.
 */
export function toFourLines(address: string): readonly (string | null)[] {
  const pieces = toPieces(address);
  const first = pieces.slice(0, lineCount - 1);
  const rest = toText(pieces.slice(lineCount - 1).join(', '));
  return [...first, rest, ...Array<null>(lineCount).fill(null)].slice(0, lineCount);
}

function joinLines(lines: readonly (string | null)[]): string | null {
  const filled = lines.map(toText).filter((line) => line !== null);
  return toText(filled.join('\n'));
}

function toPieces(text: string): string[] {
  return text
    .split(/[\r\n,]/)
    .map(toText)
    .filter((piece) => piece !== null);
}

type Field = DetailField<LearnerDetail, Learner, Partial<LearnerFields>>;

const show = (name: string) => (record: JsonObject) => toText(record[name]);

/** the fields that the details mode of learners covers. */
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
    ofPics: ({ uln }) => toUln(uln), // a ULN that fails its check is never sent
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

type Officer = Extract<Owner, { readonly kind: 'officer' }>;
type Organisation = Extract<Owner, { readonly kind: 'organisation' }>;

/** the fields that the details mode of officers covers. */
export const officerDetailFields: readonly DetailField<OfficerDetail, Officer, Partial<OfficerFields>>[] = [
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
];

/**
 * the fields that the details mode of organisations covers. OneFile has no postcode field: the
 * postcode is the end of the address.
 */
export const organisationDetailFields: readonly DetailField<
  OrganisationDetail,
  Organisation,
  Partial<OrganisationFields>
>[] = [
  {
    ...{ name: 'name', group: 'name', shown: show('name'), isSame: isSameWords },
    ofPics: ({ name }) => name,
    toSet: (name) => ({ name }),
  },
  {
    ...{ name: 'address', group: 'address', isSame: isSameAddress },
    shown: (record) => splitAddress(toText(record['address'])).address,
    ofPics: ({ address, postcode }) => toAddress(address, postcode).address,
    toSet: (address) => ({ address: toFourLines(address) }),
  },
  {
    ...{ name: 'postcode', group: 'postcode', isSame: isSameCode },
    shown: (record) => splitAddress(toText(record['address'])).postcode,
    ofPics: ({ address, postcode }) => toAddress(address, postcode).postcode,
    toSet: (postcode) => ({ postcode: postcode.toUpperCase() }),
  },
  {
    ...{ name: 'telephone', group: 'phone', shown: show('telephone'), isSame: isSamePhone },
    ofPics: ({ phone }) => phone,
    toSet: (phone) => ({ phone }),
  },
  {
    ...{ name: 'email', group: 'email', shown: show('email'), isSame: isSameEmail },
    ofPics: ({ email }) => email,
    toSet: (email) => ({ email }),
  },
  {
    ...{ name: 'web', group: 'website', shown: show('web'), isSame: isSameWords },
    ofPics: ({ website }) => website,
    toSet: (website) => ({ website }),
  },
];
