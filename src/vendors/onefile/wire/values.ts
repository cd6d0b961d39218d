import { isReadableDate, noDates, toLondonDate } from '../../../domain/london.ts';
import { toText } from '../../common/values.ts';
import { splitAddress } from '../rules/details-fields.ts';

/** A row of an answer as received. Unknown properties are ignored; absent and null mean the same (O8). */
export type Row = Readonly<Record<string, unknown>>;

export function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(row: Row, name: string): string | null {
  const value = row[name];
  return toText(typeof value === 'number' ? String(value) : value);
}

/** An id as text. OneFile sends numbers and digit strings; 0 means no record. */
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

/** Unreadable dates by our field names; null when all dates present can be read. */
type Unreadable = { readonly unreadable: readonly string[] | null };

/**
 * The dates of a row by our field names, and which of them hold a text that is not a date.
 *
 * If such a text were read as blank, it would clear the value in PICS (OF-54) or be overwritten by a push
 * (D-1).
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

/** Whether the field has a value that is not a date. */
export function isUnreadable(row: Row, name: string): boolean {
  return instantOf(row, name) === null && !isBlank(row[name]);
}

function isBlank(value: unknown): boolean {
  if (typeof value !== 'string') return value === undefined || value === null;
  return toText(value) === null || isNoDate(value);
}

/** Whether the date as it is written, or the date in London that it stands for, is one of `noDates`. */
function isNoDate(text: string): boolean {
  const instantMs = parseInstant(text);
  if (instantMs === null) return false;
  return noDates.has(text.trim().slice(0, 10)) || noDates.has(toLondonDate(instantMs));
}

/** A calendar date: the date in London at the instant. */
export function dateOf(row: Row, name: string): string | null {
  const instantMs = instantOf(row, name);
  return instantMs === null ? null : toLondonDate(instantMs);
}

const wireDate = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{0,7}))?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i;

/** The instant of a date as OneFile writes it; null when it is not a date, or one that stands for none (D-17). */
export function toInstant(text: string): number | null {
  const instantMs = parseInstant(text);
  return instantMs !== null && isReadableDate(toLondonDate(instantMs)) ? instantMs : null;
}

/** Accepts up to seven digits of a second, and `Z`, an offset or no zone, which means UTC. Any year. */
function parseInstant(text: string): number | null {
  const match = wireDate.exec(text.trim());
  if (match === null) return null;
  const [, date, time = '00:00', second = '00', fraction = '', zone = 'Z'] = match;
  const milliseconds = `${fraction}000`.slice(0, 3);
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const instantMs = Date.parse(`${date}T${time}:${second}.${milliseconds}${offset}`);
  return Number.isNaN(instantMs) || !isOnCalendar(date ?? '') ? null : instantMs;
}

/** `Date.parse` reads 30 February as 2 March. */
function isOnCalendar(date: string): boolean {
  const midnightMs = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(midnightMs) && new Date(midnightMs).toISOString().startsWith(date);
}

/**
 * An instant as it is sent: UTC with milliseconds. Offsets caused trouble for other clients. Null when it is
 * not one that may be sent (D-17).
 */
export function toWireInstant(instantMs: number): string | null {
  const instant = new Date(instantMs);
  if (Number.isNaN(instant.getTime())) return null;
  const text = instant.toISOString();
  return isReadableDate(text.slice(0, 10)) ? text : null;
}

/** A calendar date as it is sent: midnight UTC. Null for `infinity` and all else that is none (D-17). */
export function toWireDate(date: string): string | null {
  return isReadableDate(date) ? `${date}T00:00:00.000Z` : null;
}

/**
 * Joins address lines and postcode into OneFile's one address text, which has no postcode field. A part that
 * is not given keeps its present value.
 */
export function joinAddress(
  { address, postcode }: { readonly address?: string; readonly postcode?: string },
  present: string | null,
): string {
  const known = splitAddress(present);
  const lines = (address ?? known.address ?? '').split(/\r?\n/).map((line) => line.trim());
  return [...lines, postcode ?? known.postcode ?? ''].filter((line) => line !== '').join('\r\n');
}

/**
 * Removes from a text what PostgreSQL refuses in text and JSON: NUL and half characters (lone surrogates).
 *
 * One such character in one record would otherwise make every write of its batch fail, again and again.
 */
export function toKeepable(text: string): string {
  const isKept = text.isWellFormed() && !text.includes('\0');
  return isKept ? text : text.replaceAll('\0', '').toWellFormed();
}
