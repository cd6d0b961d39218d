import { sleep } from '../base/sleep.ts';
import { runRetention } from '../ops/retention.ts';
import { createStorePool } from '../store/database.ts';
import { deleteEnrolmentsBefore } from '../store/enrolments.ts';
import { deleteHeldBefore } from '../store/held.ts';
import { deleteIntentsBefore } from '../store/intents.ts';
import { deleteJournalBefore } from '../store/journal.ts';
import type { RoleContext } from './role.ts';

/** Keeps the sync database from growing for ever. Over a connection of its own: measuring lag does not wait for it. */
export async function runStoreRetention(
  { config, log, metrics }: RoleContext,
  signal: AbortSignal,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const store = createStorePool({ databaseUrl: config.store.url.reveal(), maxConnections: 1 });
  stack.defer(() => store.end());
  const deleted = metrics.counter({
    name: 'old_rows_deleted_total',
    help: 'Rows of the sync database that were deleted because of their age.',
    labels: ['table'],
  });
  await runRetention(
    {
      deleteBefore: {
        journal: (date, end) => deleteJournalBefore(store, date, { signal: end }),
        held: (date, end) => deleteHeldBefore(store, date, { signal: end }),
        // What was accepted is kept for as long as what was sent for it.
        intents: async (date, end) =>
          (await deleteIntentsBefore(store, date, { signal: end })) +
          (await deleteEnrolmentsBefore(store, date, { signal: end })),
      },
      onDeleted: (table, count) => deleted.add({ table }, count),
      log,
      nowMs: Date.now,
      sleep,
    },
    config.store.keepDays,
    signal,
  );
}
