import type { Stream } from './stream.ts';
import { firstNames, outwardCodes, surnames } from './words.ts';

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
export function emailOf({ first, last }: PersonName, suffix: string, domain: string): string {
  return `${toAscii(first).slice(0, 24)}.${toAscii(last).slice(0, 24)}.${suffix.toLowerCase()}@${domain}`;
}

/** Check digit of a unique learner number from its first nine digits, or null where the rules allow none. */
function ulnCheckDigit(nine: string): number | null {
  const remainder = weightedSum(nine, 10) % 11;
  return remainder === 0 ? null : 10 - remainder;
}

export function isUln(uln: string): boolean {
  return /^[1-9]\d{9}$/.test(uln) && ulnCheckDigit(uln.slice(0, 9)) === Number(uln[9]);
}

export function drawUln(stream: Stream): string {
  for (;;) {
    const nine = `${stream.int(1, 9)}${stream.digits(8)}`;
    const check = ulnCheckDigit(nine);
    if (check !== null) return `${nine}${check}`;
  }
}

/** Ninth digit of an employer reference (EDRS), or null where the first eight cannot be used. */
function edrsCheckDigit(eight: string): number | null {
  const check = 11 - (weightedSum(eight, 9) % 11);
  if (check === 10) return null;
  return check === 11 ? 0 : check;
}

export function isEdrs(edrs: string): boolean {
  return /^[1-9]\d{8}$/.test(edrs) && edrsCheckDigit(edrs.slice(0, 8)) === Number(edrs[8]);
}

export function drawEdrs(stream: Stream): string {
  for (;;) {
    const eight = `${stream.int(1, 9)}${stream.digits(7)}`;
    const check = edrsCheckDigit(eight);
    if (check !== null) return `${eight}${check}`;
  }
}

const niFirst = 'ABCEGHJKLMNOPRSTWXYZ';
const niSecond = 'ABCEGHJKLMNPRSTWXYZ';
const niRefused = ['BG', 'GB', 'KN', 'NK', 'NT', 'TN', 'ZZ'];

export function drawNiNumber(stream: Stream): string {
  for (;;) {
    const pair = `${drawLetter(stream, niFirst)}${drawLetter(stream, niSecond)}`;
    if (!niRefused.includes(pair)) return `${pair}${stream.digits(6)}${drawLetter(stream, 'ABCD')}`;
  }
}

const inwardLetters = 'ABDEFGHJLNPQRSTUWXYZ';

export function drawPostcode(stream: Stream): string {
  const inward = `${stream.int(0, 9)}${drawLetter(stream, inwardLetters)}${drawLetter(stream, inwardLetters)}`;
  return `${stream.pick(outwardCodes)} ${inward}`;
}

/** Phones come from the ranges reserved for drama, and so repeat. */
export function drawMobile(stream: Stream): string {
  return `07700 900${stream.digits(3)}`;
}

export function drawPhone(stream: Stream): string {
  return `01632 960${stream.digits(3)}`;
}

export function drawUuid(stream: Stream): string {
  const hex = Array.from({ length: 4 }, () =>
    Math.floor(stream.next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
  const variant = '89ab'[stream.int(0, 3)] ?? '8';
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function drawLetter(stream: Stream, letters: string): string {
  return letters[stream.int(0, letters.length - 1)] ?? 'A';
}

function weightedSum(digits: string, firstWeight: number): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) sum += Number(digits[i]) * (firstWeight - i);
  return sum;
}
