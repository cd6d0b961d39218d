import type { Problem } from '../port.ts';
import type { Row } from './contract.ts';
import { readDate, readTime } from './dates.ts';
import { type IdForm, idOf } from './ids.ts';
import type { Words } from './words.ts';

/*
 * One value of the wire in our form. Absent, null, empty text and spaces are blank. A value that cannot be read is a
 * problem of its field: the field is null and the record stays (Q12).
 */

/** How a field is read. `words`: an enumeration; what it does not have is kept as `{ other }`. */
export type FieldKind =
  | { readonly is: 'text' | 'date' | 'time' | 'flag' | 'percent' | 'share' | 'whole' | 'minutes' }
  | { readonly is: 'id'; readonly form: IdForm }
  | { readonly is: 'words'; readonly words: Words<string> }
  /** Of an enumeration that is closed: another word is blank. */
  | { readonly is: 'only'; readonly words: Words<string> };

export const text = { is: 'text' } as const;
export const date = { is: 'date' } as const;
export const time = { is: 'time' } as const;
export const flag = { is: 'flag' } as const;
export const percent = { is: 'percent' } as const;
export const share = { is: 'share' } as const;
export const whole = { is: 'whole' } as const;
export const minutes = { is: 'minutes' } as const;
export const id = { is: 'id', form: 'text' } as const;
export const employerId = { is: 'id', form: 'digits' } as const;

type Bad = { readonly bad: Problem['code'] };
type ReadValue = { readonly value: unknown; readonly problem: Problem['code'] | null };

export function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at a path such as `homeAddress`, `line1`. */
export function valueAt(row: Row, path: readonly string[]): unknown {
  let value: unknown = row;
  for (const name of path) value = isRow(value) ? value[name] : undefined;
  return value;
}

/** Text that is in our form already, as nearly all is: printable ASCII without a space at either end. */
const isClean = /^[!-~](?:[ -~]*[!-~])?$/;

/** Trimmed, composed, with line feeds alone; nothing is cut. Null = blank. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return null;
  if (isClean.test(value)) return value;
  const clean = value.replaceAll('\0', '').replace(/\r\n?/g, '\n').normalize('NFC').toWellFormed().trim();
  return clean === '' ? null : clean;
}

export function readValue(kind: FieldKind, raw: unknown): ReadValue {
  const shown = readNotBlank(kind, raw);
  const isBad = isRow(shown) && 'bad' in shown;
  return isBad ? { value: null, problem: shown['bad'] as Problem['code'] } : { value: shown, problem: null };
}

type Shown = string | number | boolean | { readonly other: string } | Bad | null;

function readNotBlank(kind: FieldKind, raw: unknown): Shown {
  if (typeof raw === 'object' && raw !== null) return { bad: 'bad-record' };
  const given = textOf(raw);
  if (given === null) return null;
  switch (kind.is) {
    case 'text':
      return given;
    case 'date':
      return orBad(readDate(given), 'bad-date');
    case 'time':
      return orBad(readTime(given), 'bad-date');
    case 'flag':
      return flagOf(given);
    case 'id':
      return orBad(idOf(given, kind.form), 'bad-id');
    case 'percent':
      return numberOf(given.replace(/\s*%$/, ''), 100);
    case 'share':
      return numberOf(given, 1);
    case 'whole':
      return /^\d{1,9}$/.test(given) ? Number(given) : { bad: 'bad-number' };
    case 'minutes':
      return minutesOf(given);
    case 'words':
      return kind.words.oursOf(given) ?? { other: given };
    case 'only':
      return kind.words.oursOf(given);
  }
}

function orBad(read: string | null | 'bad', code: Problem['code']): string | null | Bad {
  return read === 'bad' ? { bad: code } : read;
}

function flagOf(given: string): boolean | Bad {
  if (/^(true|yes|y|1)$/i.test(given)) return true;
  return /^(false|no|n|0)$/i.test(given) ? false : { bad: 'unknown-value' };
}

function numberOf(given: string, most: number): number | Bad {
  const number = /^\d{1,12}(\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
  return number >= 0 && number <= most ? number : { bad: 'bad-number' };
}

/** `90`, `1:30` and `01:30:00` alike. */
function minutesOf(given: string): number | Bad {
  if (/^\d{1,6}$/.test(given)) return Number(given);
  const clock = /^(\d{1,3}):([0-5]\d)(?::[0-5]\d)?$/.exec(given);
  return clock === null ? { bad: 'bad-number' } : Number(clock[1]) * 60 + Number(clock[2]);
}
