import { firstNames } from './first-names.ts';
import type { Stream } from './stream.ts';
import { surnames } from './surnames.ts';

export interface PersonName {
  first: string;
  last: string;
}

/** In 2 % the accents are stored as marks of their own, as some keyboards and imports leave them. */
export function drawName(stream: Stream): PersonName {
  const first = stream.pick(firstNames);
  const last = stream.pick(surnames);
  const isDecomposed = stream.isBelow(0.02);
  return isDecomposed ? { first: first.normalize('NFD'), last: last.normalize('NFD') } : { first, last };
}

const foldings: Readonly<Record<string, string>> = {
  ł: 'l',
  ø: 'o',
  ß: 'ss',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
};

/** Plain lower-case letters for e-mail addresses and codes. */
export function toAscii(name: string): string {
  return name
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/[łøßđðþæœı]/g, (letter) => foldings[letter] ?? '')
    .replaceAll(/[^a-z]/g, '');
}

export const learnerDomain = 'learner.example.org';

/** The part before the @ holds at most 64 characters. */
export function toEmail({ first, last }: PersonName, suffix: string, domain: string): string {
  return `${toAscii(first).slice(0, 24)}.${toAscii(last).slice(0, 24)}.${suffix.toLowerCase()}@${domain}`;
}
