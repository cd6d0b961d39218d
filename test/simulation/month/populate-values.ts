import type { createRandom } from '../../support/random.ts';

type Random = ReturnType<typeof createRandom>;

export const dayMs = 86_400_000;

/** References as PICS writes them, with the standard that OneFile has for each. The last is not offered there. */
export const references = ['603/1122/3', '600/9999/1', '196AS', '0123', '555OP', '601/4444/X'] as const;
export const offered = references.slice(0, 5);
export const officerCodes = Array.from({ length: 14 }, (_, index) => `OFF${String(index).padStart(2, '0')}`);
export const organisationCodes = ['ORG1', 'ORG2', 'ORG3', 'ORG4'];

export function toCode(reference: string): string {
  return reference.replace(/[\s/]/g, '').toUpperCase();
}

export function toLocalTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16)}:00`;
}

export function aDate(random: Random, nowMs: number): string {
  return new Date(nowMs - random.below(200) * dayMs).toISOString().slice(0, 10);
}

/** No two learners were born on one day: whoever has the names and the date is the same person. */
export function toBirthDate(ident: string): string {
  return new Date(Date.UTC(1990, 0, 1) + Number(ident) * dayMs).toISOString().slice(0, 10);
}
