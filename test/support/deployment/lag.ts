import { expect } from 'vitest';
import { eventually } from '../eventually.ts';
import type { RoleProcess } from './deployment.ts';

const deadlineMs = 30_000;

/** A line of the report of lag. */
export type LagLine = {
  readonly what: string;
  readonly count: number | null;
  readonly ageMs: number | null;
  readonly status: string;
  readonly sinceMs: number | null;
  readonly advice: string;
};

type Report = { readonly atMs: number; readonly rows: readonly LagLine[] };
type Seen = LagLine & {
  /** When it was measured, by the clock of this machine. */
  readonly atMs: number;
};

/** The line as ops serves it; one that begins with these words. */
async function readLine({ httpUrl }: RoleProcess, what: string): Promise<Seen | null> {
  const { atMs, rows } = (await (await fetch(`${httpUrl}/status.json`)).json()) as Report;
  const row = rows.find((one) => one.what === what) ?? rows.find((one) => one.what.startsWith(what));
  return row === undefined ? null : { ...row, atMs };
}

/** Waits until the line is so. */
export function untilLine(ops: RoleProcess, what: string, wanted: Partial<LagLine>): Promise<Seen> {
  return eventually(async () => {
    const row = await readLine(ops, what);
    expect(row).toMatchObject(wanted);
    return row as Seen;
  }, deadlineMs);
}

/** At most 1 s or 2 % from the truth. */
export function expectAge({ ageMs, atMs }: Seen, oldestAtMs: number): void {
  const trueMs = atMs - oldestAtMs;
  expect(Math.abs((ageMs ?? Number.NaN) - trueMs)).toBeLessThanOrEqual(Math.max(1_000, trueMs * 0.02));
}
