import type { VendorName } from '../core/vendor-name.ts';
import { type Db, runStatement } from './statement.ts';

/** Begin of the full synchronisation in work, and of the last one that was completed (OF-3). */
export type Runs = { readonly open: number | null; readonly lastCompleted: number | null };

/** Of the centre that was polled last: a vendor has one at a time. */
export async function readRuns(db: Db, vendor: VendorName): Promise<Runs> {
  const text = `
select value::jsonb as state from sync.cursor where vendor = $1 and resource = 'runs'
order by recorded_at desc limit 1`;
  const [row] = await runStatement<{ state: Runs }>(db, { name: 'read-runs', text }, [vendor]);
  return row?.state ?? { open: null, lastCompleted: null };
}
