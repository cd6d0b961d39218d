import type { JsonObject } from '../../../domain/json.ts';
import type { Learner } from '../../../domain/learner.ts';
import type { SentValue, Shadow } from '../../../domain/observation.ts';
import type { Owner } from '../../../domain/owner.ts';
import type { LearnerFields, OfficerFields, OrganisationFields } from '../../../domain/rows.ts';
import type { Hold } from '../../../domain/step.ts';
import type { FieldSupport } from './aims.ts';
import { decideSent, lostHold, type Part, toFieldSubject } from './records.ts';
import type { LearnerDetail, OfficerDetail, OrganisationDetail } from './settings.ts';
import { isSameText, toDate, toSex, toText, toUln } from './values.ts';

/** One field of a details mode: where its value is on each side and how the values are compared. */
type DetailField<Group extends string, Pics, Set> = {
  /** Name of the field in calls. */
  readonly name: string;
  /** The group under which the settings select it. */
  readonly group: Group;
  /** The value in our copy of the OneFile record. */
  readonly shown: (record: JsonObject) => string | null;
  /** The PICS value in the form in which it is sent; null = blank or not fit to be sent. */
  readonly ofPics: (pics: Pics) => string | null;
  readonly isSame: IsSame;
  /** The PICS fields to set for OneFile's value; null = the value is never taken over. */
  readonly toSet: (value: string) => Set | null;
};

export type Fields = Readonly<Record<string, string>>;

type Choice<Group extends string> = {
  readonly groups: readonly Group[];
  /** Whether the centre keeps a field, by `entity.name` (O12, D-16). */
  readonly support: FieldSupport;
  readonly entity: string;
  /** Of the record at OneFile. */
  readonly vendorId: string;
  readonly held: readonly { readonly subject: string }[];
};

/** What is sent, and what is not although the sides differ (D-16). */
type Pushed = { readonly fields: Fields; readonly lost: readonly Hold[]; readonly notes: Part['notes'] };

/**
 * OF-70 to OF-72, push: the selected PICS values that differ from OneFile's. A blank PICS value clears
 * nothing.
 */
export function findPushed<Group extends string, Pics, Set>(
  fields: readonly DetailField<Group, Pics, Set>[],
  { groups, support, entity, vendorId, held }: Choice<Group>,
  {
    pics,
    record,
    sent = {},
  }: { readonly pics: Pics; readonly record: JsonObject; readonly sent?: Shadow['sent'] },
): Pushed {
  const pushed: Record<string, string> = {};
  const lost: Hold[] = [];
  const notes: Part['notes'][number][] = [];
  for (const { name, group, ofPics, shown, isSame } of fields) {
    if (!groups.includes(group)) continue;
    const [wanted, there] = [toText(ofPics(pics)), toText(shown(record))];
    if (wanted === null || (there !== null && isSame(wanted, there))) continue;
    const place = { entity, vendorId, field: name, name };
    const subject = toFieldSubject(place);
    const earlier = decideSent(findSent(shown, sent), (known) => {
      const value = toText(known);
      return value !== null && isSame(wanted, value);
    });
    if (earlier === 'changed') notes.push({ code: 'VENDOR_CHANGED_IT', subject });
    else if (earlier === 'lost' && held.some((item) => item.subject === subject)) lost.push(lostHold(place));
    else if (support[`${entity}.${name}`] === false) notes.push({ code: 'D-16', subject });
    else pushed[name] = wanted;
  }
  return { fields: pushed, lost, notes };
}

/** What was sent to one field. The field may be a part of what the record keeps as one text: address and postcode. */
function findSent(
  shown: (record: JsonObject) => string | null,
  sent: NonNullable<Shadow['sent']>,
): SentValue | undefined {
  for (const [name, one] of Object.entries(sent)) {
    const value = shown({ [name]: one.value });
    if (value !== null) return { ...one, value, shown: shown({ [name]: one.shown }) };
  }
  return undefined;
}

/**
 * OF-70 to OF-72, pull: the selected OneFile values that differ from PICS. A blank OneFile value clears
 * nothing.
 *
 * The comparison runs twice, because one change can reveal another: when an address line that contained a
 * postcode is replaced, the postcode differs too. Both results are returned together.
 */
export function findPulled<Group extends string, Pics, Set extends object>(
  fields: readonly DetailField<Group, Pics, Set>[],
  groups: readonly Group[],
  { pics, record }: { readonly pics: Pics; readonly record: JsonObject },
): Set | null {
  const first = findOnce(fields, groups, { pics, record });
  if (first === null) return null;
  const uncovered = findOnce(fields, groups, { pics: { ...pics, ...first }, record });
  return uncovered === null ? first : { ...first, ...uncovered };
}

function findOnce<Group extends string, Pics, Set extends object>(
  fields: readonly DetailField<Group, Pics, Set>[],
  groups: readonly Group[],
  { pics, record }: { readonly pics: Pics; readonly record: JsonObject },
): Set | null {
  const sets: Set[] = [];
  for (const { group, ofPics, shown, isSame, toSet } of fields) {
    const value = toText(shown(record));
    if (!groups.includes(group) || value === null) continue;
    const held = toText(ofPics(pics));
    if (held !== null && isSame(held, value)) continue;
    const set = toSet(value);
    if (set !== null) sets.push(set);
  }
  return sets.length === 0 ? null : Object.assign({}, ...sets);
}

type IsSame = (a: string, b: string) => boolean;

/** names and similar texts: trimmed and in composed form; case matters. */
const isSameWords: IsSame = isSameText;

/** case does not matter in an e-mail address. */
const isSameEmail: IsSame = (a, b) => isSameText(a.toLowerCase(), b.toLowerCase());

/** spaces do not matter in a telephone number. */
const isSamePhone: IsSame = (a, b) => toTight(a) === toTight(b);

/** National Insurance numbers and postcodes: neither spaces nor case matter. */
const isSameCode: IsSame = (a, b) => toCode(a) === toCode(b);

function toCode(value: string): string {
  return toTight(value).toUpperCase();
}

function toTight(value: string): string {
  return (toText(value) ?? '').replace(/\s/g, '');
}

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
