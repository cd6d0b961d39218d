import type { Stream } from './stream.ts';
import { outwardCodes } from './words.ts';

/** Check digit of a unique learner number from its first nine digits, or null where the rules allow none. */
export function toUlnCheckDigit(nine: string): number | null {
  const remainder = toWeightedSum(nine, 10) % 11;
  return remainder === 0 ? null : 10 - remainder;
}

export function isUln(uln: string): boolean {
  return /^[1-9]\d{9}$/.test(uln) && toUlnCheckDigit(uln.slice(0, 9)) === Number(uln[9]);
}

export function drawUln(stream: Stream): string {
  for (;;) {
    const nine = `${stream.int(1, 9)}${stream.digits(8)}`;
    const check = toUlnCheckDigit(nine);
    if (check !== null) return `${nine}${check}`;
  }
}

/** Ninth digit of an employer reference (EDRS), or null where the first eight cannot be used. */
export function toEdrsCheckDigit(eight: string): number | null {
  const check = 11 - (toWeightedSum(eight, 9) % 11);
  if (check === 10) return null;
  return check === 11 ? 0 : check;
}

export function isEdrs(edrs: string): boolean {
  return /^[1-9]\d{8}$/.test(edrs) && toEdrsCheckDigit(edrs.slice(0, 8)) === Number(edrs[8]);
}

export function drawEdrs(stream: Stream): string {
  for (;;) {
    const eight = `${stream.int(1, 9)}${stream.digits(7)}`;
    const check = toEdrsCheckDigit(eight);
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

export function drawLetter(stream: Stream, letters: string): string {
  return letters[stream.int(0, letters.length - 1)] ?? 'A';
}

function toWeightedSum(digits: string, firstWeight: number): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) sum += Number(digits[i]) * (firstWeight - i);
  return sum;
}
