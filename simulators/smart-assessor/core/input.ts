/*
 * How the fields of a create or an update are read, on either façade. A create leaves blanks out; on an update an absent
 * field is unchanged, and a switch says what clears one. What a field cannot hold is refused, all such fields at once.
 */

import type { SwitchValues } from '../switches.ts';
import { FIELDS, type Field, fieldOf, type Kind, type PersonKind, type Row, type Value } from './fields.ts';
import { invalid, type Refusal } from './refusal.ts';
import {
  COURSE_STATUSES,
  isBlank,
  normalId,
  readDate,
  readTime,
  readWord,
  SESSION_STATUSES,
  SESSION_TYPES,
} from './values.ts';

/** Values by REST name, as they came: JSON of a body, or the texts of XML elements. */
export type Given = Readonly<Record<string, unknown>>;

export interface Manner {
  readonly switches: SwitchValues;
  /** SOAP and the control door write numbers as text and dates in several forms. */
  readonly isLenient: boolean;
}

/** What each type takes; undefined when the value does not fit. Blanks never come here. */
export function readValue(
  { type }: Pick<Field, 'type'>,
  value: unknown,
  isLenient: boolean,
): Value | undefined {
  const text = typeof value === 'string' ? value.trim() : null;
  switch (type) {
    case 'text':
      return typeof value === 'string' ? value : undefined;
    case 'id':
      return text === null ? undefined : normalId(text);
    case 'sex':
      return ['Male', 'Female'].find((known) => known.toLowerCase() === text?.toLowerCase());
    case 'date':
      if (text === null || (!isLenient && !/^\d{4}-\d{2}-\d{2}$/.test(text))) return undefined;
      return readDate(text.split(/[T ]/, 1)[0] ?? '');
    case 'time':
      return text === null ? undefined : readTime(text);
    case 'integer':
      if (Number.isSafeInteger(value)) return value as number;
      return isLenient && text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
    case 'share':
      return typeof value === 'number' && value >= 0 && value <= 1 ? value : undefined;
    case 'percent':
      return typeof value === 'number' && value >= 0 && value <= 100 ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'roles':
      return readRoles(value);
    case 'status':
      return readWord(COURSE_STATUSES, value);
    case 'sessionType':
      return readWord(SESSION_TYPES, value);
    case 'sessionStatus':
      return readWord(SESSION_STATUSES, value);
    case 'list':
      return Array.isArray(value) ? (value as Value[]) : undefined;
  }
}

const ROLES = ['assessor', 'iqa'] as const;

function readRoles(value: unknown): Value | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.every((role) => (ROLES as readonly unknown[]).includes(role))
    ? ROLES.filter((role) => value.includes(role))
    : undefined;
}

const FAULT_OF: Partial<Record<Field['type'], string>> = {
  date: 'The date is not valid.',
  time: 'The date and time are not valid.',
  integer: 'The value is not a whole number.',
};

type Faults = Record<string, string[]>;

function readField(field: Field, value: unknown, { switches, isLenient }: Manner, faults: Faults): Value {
  const read = readValue(field, value, isLenient);
  if (read === undefined) {
    faults[field.name] = [FAULT_OF[field.type] ?? 'The value is not valid.'];
    return null;
  }
  const isTooLong = field.width !== null && typeof read === 'string' && read.length > field.width;
  if (isTooLong && switches['enforce-widths'] === 'on') {
    faults[field.name] = [`The value is longer than ${field.width} characters.`];
  }
  return read;
}

const finish = (values: Record<string, Value>, faults: Faults): Row | Refusal =>
  Object.keys(faults).length === 0 ? values : invalid(faults);

export const isRefusal = (value: Row | Refusal): value is Refusal => value['kind'] === 'refused';

/** Values for a new record. `required` adds to, or replaces, what the table demands. */
export function readCreate(
  kind: PersonKind,
  given: Given,
  manner: Manner,
  isRequired: (field: Field) => boolean,
): Row | Refusal {
  const values: Record<string, Value> = {};
  const faults: Faults = {};
  for (const field of FIELDS[kind]) {
    if (field.create === 'no') continue;
    const value = given[field.name];
    if (!isBlank(value)) values[field.name] = readField(field, value, manner, faults);
    else if (isRequired(field)) faults[field.name] = ['The field is required.'];
  }
  return finish(values, faults);
}

/** Whether a blank clears a field, changes nothing, and which blank does so. */
function clears(value: unknown, form: SwitchValues['clear-form']): boolean {
  if (form === 'never') return false;
  return form === 'null-clears' ? value === null : typeof value === 'string';
}

/** What an update changes. */
export function readPatch(kind: PersonKind, given: Given, manner: Manner): Row | Refusal {
  const values: Record<string, Value> = {};
  const faults: Faults = {};
  for (const field of FIELDS[kind]) {
    const value = given[field.name];
    if (!field.patch || value === undefined) continue;
    if (!isBlank(value)) values[field.name] = readField(field, value, manner, faults);
    else if (clears(value, manner.switches['clear-form'])) {
      if (field.create === 'required' && field.name !== 'misId') {
        faults[field.name] = ['The field cannot be emptied.'];
      } else values[field.name] = null;
    }
  }
  return finish(values, faults);
}

/** A record of the control door by its REST names, with unchecked rules but known names and types. */
export function readDoorRecord(kind: Kind, given: Given): Row | string {
  const values: Record<string, Value> = {};
  for (const [name, value] of Object.entries(given)) {
    const field = fieldOf(kind, name);
    if (field === undefined) return `${kind} has no property ${name}`;
    if (isBlank(value)) {
      values[name] = null;
      continue;
    }
    const read = readValue(field, value, true);
    if (read === undefined) return `${kind}.${name} is not a valid ${field.type}`;
    values[name] = read;
  }
  return values;
}
