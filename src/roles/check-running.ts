import { toLondonText } from '../cli/io.ts';
import type { Answer, RequestRow } from '../domain/request.ts';
import { toRefused } from '../requests/request.ts';

type Known = {
  readonly vendor: string;
  /** Begin of the full pass in work; null = none. */
  readonly openRun: number | null;
  /** Requests of the vendor that are not answered. */
  readonly rows: readonly Pick<RequestRow, 'id' | 'kind' | 'status' | 'startedAtMs' | 'requestedAtMs'>[];
  /** Commands that are a synchronisation. */
  readonly kinds: readonly string[];
};

/** Refuses a synchronisation beside another: one in work, or one that was accepted and waits for it. Null: none is. */
export function checkRunning(id: string, { vendor, openRun, rows, kinds }: Known): Answer | null {
  const other = rows.find((row) => row.id !== id && row.status === 'working' && kinds.includes(row.kind));
  const sinceMs = openRun ?? other?.startedAtMs ?? other?.requestedAtMs ?? null;
  return sinceMs === null ? null : toRefused('RUNNING', { vendor, time: toLondonText(sinceMs) });
}
