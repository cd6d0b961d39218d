import { toText } from './compare.ts';

/** PICS stores two forms, M or 1 and F or 2; anything else is not told. */
export function toSex(sex: string | null): 'M' | 'F' | null {
  const text = toText(sex)?.toUpperCase();
  if (text === 'M' || text === '1') return 'M';
  return text === 'F' || text === '2' ? 'F' : null;
}
