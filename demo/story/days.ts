import { toLondonDate } from '../../src/vendors/onefile/rules/london.ts';

const dayMs = 86_400_000;

/** A wall time in London some days from now, as PICS keeps it: `2026-01-15 10:00`. */
export function inDays(days: number, time: string): string {
  return `${toLondonDate(Date.now() + days * dayMs)} ${time}`;
}
