import type { Log } from '../base/log.ts';
import type { Sleep } from '../base/sleep.ts';

/** Tables that grow and whose old rows the exchange does not need: of the sync database, and the commands in PICS. */
export type KeptTable = 'journal' | 'held' | 'intents' | 'requests' | 'audit';

type RetentionStore = {
  /**
   * Deletes older rows in small steps until none are left or the signal aborts. Returns the number of
   * deleted rows.
   */
  readonly deleteBefore: Readonly<Record<KeptTable, (date: Date, signal: AbortSignal) => Promise<number>>>;
  readonly onDeleted: (table: KeptTable, count: number) => void;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly sleep: Sleep;
};

const dayMs = 86_400_000;
const retryMs = 600_000;

/** Deletes old rows once a day until the signal aborts. 0 days keeps the rows of a table for ever. */
export async function runRetention(
  effects: RetentionStore,
  keepDays: Readonly<Record<KeptTable, number>>,
  signal: AbortSignal,
): Promise<void> {
  const { log, sleep } = effects;
  while (!signal.aborted) {
    let delayMs = dayMs;
    try {
      await deleteOld(effects, keepDays, signal);
    } catch (error) {
      delayMs = retryMs;
      log.warn('old rows could not be deleted; it is tried again later', { delayMs, error });
    }
    await sleep(delayMs, signal);
  }
}

async function deleteOld(
  { deleteBefore, onDeleted, log, nowMs }: RetentionStore,
  keepDays: Readonly<Record<KeptTable, number>>,
  signal: AbortSignal,
): Promise<void> {
  for (const table of ['journal', 'held', 'intents', 'requests', 'audit'] as const) {
    if (keepDays[table] === 0 || signal.aborted) continue;
    const count = await deleteBefore[table](new Date(nowMs() - keepDays[table] * dayMs), signal);
    if (count === 0) continue;
    onDeleted(table, count);
    log.info('old rows were deleted', { table, count });
  }
}
