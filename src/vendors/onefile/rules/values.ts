import { toInstantMs, toLondonTime } from '../../../domain/london.ts';
/** Trimmed and in composed form; blank is null (G-1, A-15). */
export function toText(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim().normalize('NFC');
  return text === '' ? null : text;
}

/** Registration numbers and the like: case counts. Null equals null. */
export function isSameText(a: string | null, b: string | null): boolean {
  return toText(a) === toText(b);
}

/** A qualification reference as it is compared: upper case, without blanks and slashes. */
export function toReferenceKey(reference: string | null): string | null {
  const key = (reference ?? '').replace(/[\s/]/g, '').toUpperCase();
  return key === '' ? null : key;
}

/** PICS keeps 50 characters of a registration number; a longer one would fail the whole row. */
export function toRegistrationNumber(value: string | null): string | null {
  return toText(toText(value)?.slice(0, 50));
}

/** PICS stores two forms, M or 1 and F or 2; anything else is not told. */
export function toSex(sex: string | null): 'M' | 'F' | null {
  const text = toText(sex)?.toUpperCase();
  if (text === 'M' || text === '1') return 'M';
  return text === 'F' || text === '2' ? 'F' : null;
}

const weights = [10, 9, 8, 7, 6, 5, 4, 3, 2] as const;

/** ten digits whose last one is right. 9999999999 stands for "not known" and fails like a wrong one. */
export function isUln(value: string): boolean {
  if (!/^[1-9]\d{9}$/.test(value)) return false;
  const rest = weights.reduce((sum, weight, place) => sum + weight * Number(value[place]), 0) % 11;
  return 10 - rest === Number(value[9]); // without a rest no digit fits: such numbers are not given out
}

/** The number if it may be sent and compared, else null. */
export function toUln(value: string | null): string | null {
  const text = value?.trim() ?? '';
  return isUln(text) ? text : null;
}

/** A wall time that does not exist is the same as the one an hour later that it stands for. */
export function isSameTime(londonTime: string, instantMs: number): boolean {
  const sameSecond =
    Math.floor((toInstantMs(londonTime) ?? Number.NaN) / 1000) === Math.floor(instantMs / 1000);
  return sameSecond || toLondonTime(instantMs) === londonTime;
}
