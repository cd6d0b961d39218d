import type { JsonObject } from '../../../../core/json.ts';
import type { FieldSupport } from '../aim-field.ts';
import { toText } from '../compare.ts';
import type { IsSame } from './same-value.ts';

/** One value that a details mode carries: where it stands on either side, and how the two are compared. */
export type DetailField<Group extends string, Pics, Set> = {
  /** As the calls name it. */
  readonly name: string;
  /** By what the settings choose it. */
  readonly group: Group;
  /** The value in the record we keep of OneFile. */
  readonly shown: (record: JsonObject) => string | null;
  /** The value of PICS in the form in which it is sent; null = blank or not fit to be sent. */
  readonly ofPics: (pics: Pics) => string | null;
  readonly isSame: IsSame;
  /** What OneFile's value becomes in PICS; null = it is never taken over. */
  readonly toSet: (value: string) => Set | null;
};

export type Fields = Readonly<Record<string, string>>;

type Choice<Group extends string> = {
  readonly groups: readonly Group[];
  /** Fields of the centre that OneFile was found not to keep, by `prefix.name` (O12). */
  readonly support: FieldSupport;
  readonly prefix: string;
};

/** OF-70 to OF-72, push: the chosen values of PICS that OneFile shows otherwise. A blank one clears nothing. */
export function findPushed<Group extends string, Pics, Set>(
  fields: readonly DetailField<Group, Pics, Set>[],
  { groups, support, prefix }: Choice<Group>,
  { pics, record }: { readonly pics: Pics; readonly record: JsonObject },
): Fields {
  const pushed: Record<string, string> = {};
  for (const { name, group, ofPics, shown, isSame } of fields) {
    if (!groups.includes(group) || support[`${prefix}.${name}`] === false) continue;
    const [wanted, held] = [toText(ofPics(pics)), toText(shown(record))];
    if (wanted !== null && (held === null || !isSame(wanted, held))) pushed[name] = wanted;
  }
  return pushed;
}

/**
 * OF-70 to OF-72, pull: the chosen values of OneFile that PICS holds otherwise. A blank one clears nothing.
 *
 * What the change of one value uncovers goes with it: a postcode that stood in a line of the address, for example.
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

/** O12: fields nobody knows yet whether this centre keeps them: read back once, after their first write. */
export function toVerified(names: readonly string[], support: FieldSupport, prefix: string): string[] {
  return names.filter((name) => support[`${prefix}.${name}`] === undefined);
}
