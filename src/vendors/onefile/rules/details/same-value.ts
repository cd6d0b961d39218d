import { isSameText, toText } from '../compare.ts';

export type IsSame = (a: string, b: string) => boolean;

/** names and the like: trimmed, composed form, case counts. */
export const isSameWords: IsSame = isSameText;

/** case says nothing in an e-mail address. */
export const isSameEmail: IsSame = (a, b) => isSameText(a.toLowerCase(), b.toLowerCase());

/** people group the digits of a telephone number as they like. */
export const isSamePhone: IsSame = (a, b) => toTight(a) === toTight(b);

/** National Insurance numbers, postcodes: written with blanks or without, in either case. */
export const isSameCode: IsSame = (a, b) => toCode(a) === toCode(b);

export function toCode(value: string): string {
  return toTight(value).toUpperCase();
}

function toTight(value: string): string {
  return (toText(value) ?? '').replace(/\s/g, '');
}
