import type { Deployment } from '../../support/deployment/deployment.ts';
import type { SimulatedCall } from '../../support/deployment/simulator-control.ts';
import { sleepUntil } from '../with-deployment.ts';

/** Where counting begins: a place in OneFile's history of calls, and a transaction of PICS. */
export type Mark = { readonly call: number; readonly transaction: string };

/** What happened since a mark, at OneFile and in PICS. */
export type Counted = {
  readonly calls: readonly SimulatedCall[];
  /** Calls that changed OneFile. */
  readonly writes: readonly SimulatedCall[];
  /** Rows of PICS that were written. */
  readonly rows: number;
};

/** Tables that a rule may write. */
const writable = ['trainee', 'pctrndet', 'officer', 'placemnt', 'trqual', 'itp_revu'];

export async function setMark({ oneFile, pics }: Deployment): Promise<Mark> {
  const { rows } = await pics.query<{ id: string }>('select txid_current() as id');
  return { call: await oneFile.mark(), transaction: rows[0]?.id ?? '0' };
}

export async function countSince({ oneFile, pics }: Deployment, mark: Mark): Promise<Counted> {
  const calls = await oneFile.calls(mark.call);
  const counts = writable.map(
    (table) => `(select count(*) from pics.${table} where xmin::text::bigint > $1::bigint)`,
  );
  const { rows } = await pics.query<{ count: number }>(`select (${counts.join(' + ')})::integer as count`, [
    mark.transaction,
  ]);
  return { calls, writes: calls.filter(isWrite), rows: rows[0]?.count ?? 0 };
}

function isWrite({ method, path, status }: SimulatedCall): boolean {
  const asks = path === 'Authentication' || path.includes('/Search');
  return method !== 'GET' && !asks && status < 300;
}

/** A session of Postgres reports what it has scanned when it rests, ten seconds after its last statement at most. */
const statisticsRestMs = 11_000;

/**
 * Scans of a table that every reading of a learner scans and that is not written here.
 *
 * Says how often PICS was asked for a learner, without asking the program that is measured.
 */
export async function countLearnerReads({ pics }: Deployment): Promise<number> {
  await sleepUntil(performance.now() + statisticsRestMs);
  const { rows } = await pics.query<{ scans: number }>(
    `select (seq_scan + coalesce(idx_scan, 0))::integer as scans from pg_stat_user_tables
      where schemaname = 'pics' and relname = 'trplace'`,
  );
  return rows[0]?.scans ?? 0;
}
