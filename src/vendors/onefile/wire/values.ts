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

/** A calendar date is the date in London of the instant. */
export function dateOf(row: Row, name: string): string | null {
  const instantMs = instantOf(row, name);
  return instantMs === null ? null : toLondonDate(instantMs);
}
