import { isReadableDate } from '../../domain/london.ts';

/** The text trimmed and in composed form (NFC); null when blank (G-1, A-15). */
export function toText(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim().normalize('NFC');
  return text === '' ? null : text;
}

/** Compares registration numbers and similar texts. Case matters. Null equals null. */
export function isSameText(a: string | null, b: string | null): boolean {
  return toText(a) === toText(b);
}

export const apostrophes = /['`´‘’ʼ′]/g;

export function withSingleBlanks(name: string): string {
  return name.replace(/\s+/g, ' ');
}

/** A name as it is compared: keyboards, imports and word processors write apostrophes, dashes and blanks differently. */
function toNameKey(name: string | null): string | null {
  const text = toText(name);
  if (text === null) return null;
  return withSingleBlanks(text)
    .replace(apostrophes, "'")
    .replace(/[‐‑‒–—−]/g, '-')
    .toLowerCase();
}

/** Compares names, e-mail addresses or MIS values (D-20) without case. Null equals nothing. */
export function isSameName(left: string | null, right: string | null): boolean {
  const key = toNameKey(left);
  return key !== null && key === toNameKey(right);
}

/**
 * The form in which qualification references are compared: upper case, without blanks and slashes.
 */
export function toReferenceKey(reference: string | null): string | null {
  const key = (reference ?? '').replace(/[\s/]/g, '').toUpperCase();
  return key === '' ? null : key;
}

/** D-17: the date if it can be sent and compared; null when it is blank or unreadable. */
export function toDate(value: string | null): string | null {
  const text = toText(value);
  return text !== null && isReadableDate(text) ? text : null;
}

/** D-17: a value that is there and is no date: `infinity`, a year before Christ, a year of five digits. */
export function isUnreadable(value: string | null): boolean {
  return toText(value) !== null && toDate(value) === null;
}

/** PICS stores M or 1 and F or 2. Any other value is left out. */
export function toSex(sex: string | null): 'M' | 'F' | null {
  const text = toText(sex)?.toUpperCase();
  if (text === 'M' || text === '1') return 'M';
  return text === 'F' || text === '2' ? 'F' : null;
}

const weights = [10, 9, 8, 7, 6, 5, 4, 3, 2] as const;

/**
 * ten digits, the last of which is a check digit. 9999999999 means "not known" and fails like a wrong
 * number.
 */
export function isUln(value: string): boolean {
  if (!/^[1-9]\d{9}$/.test(value)) return false;
  const rest = weights.reduce((sum, weight, place) => sum + weight * Number(value[place]), 0) % 11;
  return 10 - rest === Number(value[9]); // with a remainder of 0 no digit fits: such numbers are not issued
}

/** The number if it may be sent and compared, else null. */
export function toUln(value: string | null): string | null {
  const text = value?.trim() ?? '';
  return isUln(text) ? text : null;
}
