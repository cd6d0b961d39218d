import type { JsonObject } from '../../domain/json.ts';
import type { Learner } from '../../domain/learner.ts';
import type { SentValue, Shadow } from '../../domain/observation.ts';
import type { LearnerFields, RowDecision } from '../../domain/rows.ts';
import type { Call, Hold } from '../../domain/step.ts';
import type { VendorName } from '../../domain/vendor-name.ts';
import { ignore, write } from './link-row.ts';
import {
  decideSent,
  joinParts,
  lacksDetails,
  lostHold,
  nothing,
  type Part,
  toCallStep,
  toFieldSubject,
  toSteps,
} from './parts.ts';
import { isSameText, toText } from './values.ts';

/** One field of a details mode: where its value is on each side and how the values are compared. */
export type DetailField<Group extends string, Pics, Set> = {
  /** Name of the field in calls. */
  readonly name: string;
  /** The group under which the settings select it. */
  readonly group: Group;
  /** The value in our copy of the vendor's record. */
  readonly shown: (record: JsonObject) => string | null;
  /** The PICS value in the form in which it is sent; null = blank or not fit to be sent. */
  readonly ofPics: (pics: Pics) => string | null;
  readonly isSame: IsSame;
  /** The PICS fields to set for the vendor's value; null = the value is never taken over. */
  readonly toSet: (value: string) => Set | null;
};

export type Fields = Readonly<Record<string, string>>;

type Choice<Group extends string> = {
  readonly vendor: VendorName;
  readonly groups: readonly Group[];
  /** Whether the centre keeps a field, by `entity.name`; absent = not known yet, so it is sent (D-16). */
  readonly support: Readonly<Record<string, boolean>>;
  readonly entity: string;
  /** Of the record at the vendor. */
  readonly vendorId: string;
  readonly held: readonly { readonly subject: string }[];
};

/** What is sent, and what is not although the sides differ (D-16). */
export type Pushed = {
  readonly fields: Fields;
  readonly lost: readonly Hold[];
  readonly notes: Part['notes'];
};

export const nothingPushed: Pushed = { fields: {}, lost: [], notes: [] };

/**
 * OF-70 to OF-72, SA-50, SA-53, push: the selected PICS values that differ from the vendor's. A blank PICS value clears
 * nothing.
 */
export function findPushed<Group extends string, Pics, Set>(
  fields: readonly DetailField<Group, Pics, Set>[],
  { vendor, groups, support, entity, vendorId, held }: Choice<Group>,
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
    else if (earlier === 'lost' && held.some((item) => item.subject === subject))
      lost.push(lostHold(place, vendor));
    else if (support[`${entity}.${name}`] === false) notes.push({ code: 'D-16', subject });
    else pushed[name] = wanted;
  }
  return { fields: pushed, lost, notes };
}

type Reading = {
  readonly read: Call;
  readonly isRead: boolean;
  /** The vendor has shown the record. After a read that did not show it, it is gone, which is already held. */
  readonly isKnown: boolean;
  /** The record is read even where nothing differs from what is known. */
  readonly isReadFirst?: boolean;
  update(fields: Fields): Call;
};

/**
 * Sends the differences in one call, after the record was read in this look and compared again (D-1). What is not sent
 * although the sides differ is held or noted (D-16).
 */
export function pushAfterReading({ fields, lost, notes }: Pushed, reading: Reading): Part {
  const { read, isRead, isKnown, isReadFirst = false } = reading;
  const beside: Part = { ...nothing, holds: lost, notes };
  const isDifferent = Object.keys(fields).length > 0;
  if (!isRead && (isDifferent || isReadFirst)) return joinParts([toSteps(toCallStep(read)), beside]);
  if (!isDifferent || !isKnown) return beside;
  return joinParts([toSteps(toCallStep(reading.update(fields))), beside]);
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
 * OF-70 to OF-72, SA-50, SA-53, pull: the selected values of the vendor that differ from PICS. A blank one clears
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

/**
 * OF-70, SA-50: writes what was pulled of a learner; null = nothing differs. D-20: what belongs into a row that PICS
 * lacks is held beside the rest.
 */
export function writeLearnerDetails(
  learner: Learner,
  set: Partial<LearnerFields> | null,
  vendor: VendorName,
): RowDecision {
  if (set === null) return ignore('equal');
  const { ident, hasDetails } = learner;
  const { email, ethnicity, disability, ...own } = set;
  const isLacking = !hasDetails && Object.keys(own).length < Object.keys(set).length;
  if (!isLacking) return write({ kind: 'update-learner', ident, set });
  const actions = Object.keys(own).length === 0 ? [] : [{ kind: 'update-learner' as const, ident, set: own }];
  return { kind: 'hold', ...lacksDetails(learner, vendor), actions };
}

type IsSame = (a: string, b: string) => boolean;

/** names and similar texts: trimmed and in composed form; case matters. */
export const isSameWords: IsSame = isSameText;

/** case does not matter in an e-mail address. */
export const isSameEmail: IsSame = (a, b) => isSameText(a.toLowerCase(), b.toLowerCase());

/** spaces do not matter in a telephone number. */
export const isSamePhone: IsSame = (a, b) => toTight(a) === toTight(b);

/** National Insurance numbers and postcodes: neither spaces nor case matter. */
export const isSameCode: IsSame = (a, b) => toCode(a) === toCode(b);

export function toCode(value: string): string {
  return toTight(value).toUpperCase();
}

function toTight(value: string): string {
  return (toText(value) ?? '').replace(/\s/g, '');
}

/**
 * D-11, D-16: what was sent, to be kept with the shadow. `seen`: the record as it was read right afterwards; without
 * it OneFile's acknowledgement is all there is.
 */
export function toSentValues(
  fields: Readonly<Record<string, string>>,
  { sentAtMs, seen, lost = [] }: { sentAtMs: number; seen?: JsonObject; lost?: readonly string[] },
): NonNullable<Shadow['sent']> {
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]): [string, SentValue] => {
      if (seen === undefined) return [field, { value, shown: value, state: 'acknowledged', sentAtMs }];
      const shown = seen[field];
      const state = lost.includes(field) ? 'lost' : 'read-back';
      return [field, { value, shown: typeof shown === 'string' ? shown : null, state, sentAtMs }];
    }),
  );
}
