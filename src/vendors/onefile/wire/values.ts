import { toText } from '../rules/compare.ts';
import { toLondonDate } from '../rules/london.ts';
import { toInstant } from './dates.ts';

/** A row of an answer as it came. Unknown properties are ignored; absent and null mean the same (O8). */
export type Row = Readonly<Record<string, unknown>>;

export function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(row: Row, name: string): string | null {
  const value = row[name];
  return toText(typeof value === 'number' ? String(value) : value);
}

/** Names and e-mail addresses are the same in any case. Null equals nothing. */
export function isSameName(left: string | null, right: string | null): boolean {
  return left !== null && toText(left)?.toLowerCase() === toText(right)?.toLowerCase();
}

/** An id as text. Numbers and digit strings both occur; 0 is nobody. */
export function idOf(row: Row, name: string): string | null {
  const text = textOf(row, name);
  return text !== null && /^\d{1,18}$/.test(text) && Number(text) > 0 ? text : null;
}

export function numberOf(row: Row, name: string): number | null {
  const text = textOf(row, name);
  const number = text === null ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}

export function integerOf(row: Row, name: string): number | null {
  const number = numberOf(row, name);
  return number !== null && Number.isInteger(number) && Math.abs(number) < 2 ** 31 ? number : null;
}

export function flagOf(row: Row, name: string): boolean | null {
  const value = row[name];
  if (typeof value === 'boolean') return value;
  const text = textOf(row, name)?.toLowerCase();
  if (text === 'true' || text === '1') return true;
  return text === 'false' || text === '0' ? false : null;
}

export function instantOf(row: Row, name: string): number | null {
  const text = textOf(row, name);
  return text === null ? null : toInstant(text);
}

/** By our names. Null when every date that is there can be read. */
export type Unreadable = { readonly unreadable: readonly string[] | null };

/**
 * Dates of a row by our names, and which of them are there but are none.
 *
 * Read as blank alone, such a text would take away what PICS has (OF-54), or be pushed over (D-1).
 */
export function datesOf<F extends string, T extends number | string>(
  row: Row,
  wireNames: Readonly<Record<F, string>>,
  read: (row: Row, name: string) => T | null,
): Record<F, T | null> & Unreadable {
  const fields = Object.keys(wireNames) as F[];
  const values = Object.fromEntries(fields.map((field) => [field, read(row, wireNames[field])]));
  const unreadable = fields.filter((field) => isUnreadable(row, wireNames[field]));
  const found = values as Record<F, T | null>;
  return { ...found, unreadable: unreadable.length === 0 ? null : unreadable };
}

/** Whether a date is there that is none. */
export function isUnreadable(row: Row, name: string): boolean {
  return instantOf(row, name) === null && !isBlank(row[name]);
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && toText(value) === null);
}

/** A calendar date is the date in London of the instant. */
export function dateOf(row: Row, name: string): string | null {
  const instantMs = instantOf(row, name);
  return instantMs === null ? null : toLondonDate(instantMs);
}
