import type { Due, Postponed } from '../domain/ledger.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { type Db, runStatement } from './database.ts';

/**
 * Leaves a record of a learner alone for so long, counted from now. Asked again it waits longer, never shorter.
 *
 * A look that waits for a transaction of PICS comes ever more rarely: after as long again as it has waited so
 * far, but at least once an hour.
 */
export async function postpone(db: Db, { vendor, ident, subject, forMs, txId }: Postponed): Promise<void> {
  const text = `
insert into sync.postponed as p (vendor, ident, subject, until, tx_id)
values ($1, $2, $3, now() + $4::float8 * interval '1 millisecond', $5)
on conflict (ident, vendor, subject) do update set until = greatest(p.until, excluded.until,
  case when p.tx_id is not null then now() + least(now() - p.since, interval '1 hour') end)`;
  await runStatement(db, { name: 'postpone', text }, [vendor, ident, subject, forMs, txId ?? null]);
}

/**
 * Longest due first. A transaction that was waited for longer than a day is waited for no more: PICS was restored
 * to a time before it.
 */
export function readDue(db: Db, vendor: VendorName, limit: number): Promise<Due[]> {
  const text = `
select ident, max(until)::text as until, coalesce(
  json_agg(tx_id) filter (where tx_id is not null and since > now() - interval '1 day'), '[]') as "txIds"
from sync.postponed where vendor = $1 and until <= now()
group by ident order by min(until), ident limit $2`;
  return runStatement<Due>(db, { name: 'read-due', text }, [vendor, limit]);
}

/**
 * Deletes the entries that were due when `readDue` ran; the learner has been looked at since then.
 *
 * An entry that became due during that look was still skipped by it, so it stays for the next look.
 */
export async function forgetDue(db: Db, vendor: VendorName, { ident, until }: Due): Promise<void> {
  const text = 'delete from sync.postponed where vendor = $1 and ident = $2 and until <= $3::timestamptz';
  await runStatement(db, { name: 'forget-due', text }, [vendor, ident, until]);
}
