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
