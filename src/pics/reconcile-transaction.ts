import type { Pool, PoolClient } from 'pg';
import type { TransactionResult, WithReconcileTransaction } from '../core/reconcile.ts';
import { recordApplied } from './applied.ts';
import { applyRows } from './apply-rows.ts';
import type { Origins } from './origin.ts';
import type { PresentColumns } from './present-columns.ts';
import { toSqlState } from './queryable.ts';
import { readRows } from './read-rows.ts';
import { applyAnswers } from './request.ts';

export type ReconcileTransactionOptions = {
  /** A pool of the reconciler's own: its sessions carry the origin mark and are never lent to anybody else. */
  readonly pool: Pool;
  readonly columns: PresentColumns;
  readonly origins: Origins;
};

/** Brackets one transaction of the reconciler: marked as ours, timed by the database's clock. */
export function createWithReconcileTransaction(
  options: ReconcileTransactionOptions,
): WithReconcileTransaction {
  const { pool, columns, origins } = options;
  return <R>(run: Parameters<WithReconcileTransaction>[0]) =>
    columns.with(async (mapping) => {
      const connection = await pool.connect();
      // A session that ends between two statements says so by an event; the next statement fails and tells us.
      connection.on('error', ignore);
      let fault: unknown;
      try {
        const isMarked = await origins.mark(connection);
        // Without a time of its own a marked transaction is stamped 1 January 2000.
        await connection.query(
          isMarked ? "begin; select pg_replication_origin_xact_setup('0/1', now())" : 'begin',
        );
        const { commit, value } = await run({
          readRows: (query) => readRows(connection, mapping, query),
          applyActions: (actions) => applyRows(connection, mapping, actions),
          applyAnswers: (answers) => applyAnswers(connection, answers),
          recordApplied: (applied) => recordApplied(connection, applied),
        });
        await connection.query(commit ? 'commit' : 'rollback');
        return { kind: 'ended', value: value as R } satisfies TransactionResult<R>;
      } catch (caught) {
        fault = caught;
        const failed = classify(caught);
        if (failed === null) throw caught;
        await rollback(connection);
        fault = undefined;
        return failed;
      } finally {
        connection.off('error', ignore);
        // A connection that failed unexpectedly is closed, not lent again: its transaction may be open.
        connection.release(fault !== undefined);
      }
    }) as Promise<TransactionResult<R>>;
}

function ignore(): void {}

async function rollback(connection: PoolClient): Promise<void> {
  await connection.query('rollback');
}

const collisions: ReadonlySet<string> = new Set(['40001', '40P01', '55P03']);
/** Data exception, integrity violation, exception raised by a trigger, check of a view: the row's fault, not ours. */
const refusals = /^(22|23|44|P0)/;

function classify(fault: unknown): TransactionResult<never> | null {
  const code = toSqlState(fault);
  if (code === null) return null;
  if (collisions.has(code)) return { kind: 'collided', code };
  return refusals.test(code) ? { kind: 'refused', code } : null;
}
