import type pg from 'pg';
import type { Ledger } from '../domain/ledger.ts';
import { createStorePool } from '../store/database.ts';
import { createLedger } from '../store/ledger.ts';
import { openWorker, type Worker } from '../store/worker.ts';
import type { RoleContext } from './role.ts';

export type Store = { readonly pool: pg.Pool; readonly ledger: Ledger };

export function openStore({ config, log }: RoleContext, stack: AsyncDisposableStack): Store {
  const pool = createStorePool({
    databaseUrl: config.store.url.reveal(),
    maxConnections: config.store.poolSize,
    onIdleError: (error) => log.warn('a connection to the sync database broke', { error }),
  });
  stack.defer(() => pool.end());
  return { pool, ledger: createLedger(pool) };
}

/** This process's number in the ledger. When `lost` aborts, nothing may be sent any more. */
export async function openLedgerWorker(
  { config, log }: RoleContext,
  stack: AsyncDisposableStack,
): Promise<Worker> {
  const worker = await openWorker({ databaseUrl: config.store.url.reveal() });
  stack.defer(() => worker.close().catch(() => undefined));
  log.info('joined the ledger', { worker: worker.worker });
  return worker;
}
