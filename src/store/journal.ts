import type { JournalEntry } from '../domain/ledger.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { type Db, type DeleteSteps, deleteInSteps, runStatement } from './database.ts';

export type JournalLine = JournalEntry & {
  readonly vendor: VendorName;
  readonly ident: string;
  readonly atMs: number;
};

/** The history of a learner, newest first. */
export function readTimeline(db: Db, ident: string, limit: number): Promise<JournalLine[]> {
  const text = `
select vendor, ident, (extract(epoch from at) * 1000)::float8 as "atMs", kind, subject, code,
  vendor_id as "vendorId", took_ms as "tookMs"
from sync.journal where ident = $1 order by id desc limit $2`;
  return runStatement<JournalLine>(db, { name: 'read-timeline', text }, [ident, limit]);
}

/** Deletes lines older than `date`. Returns the number of deleted rows. */
export function deleteJournalBefore(db: Db, date: Date, steps?: DeleteSteps): Promise<number> {
  const text = `
with old as (
  delete from sync.journal where id = any (array(select id from sync.journal where at < $1 limit $2))
  returning 1
)
select count(*)::integer as count from old`;
  return deleteInSteps(db, { name: 'delete-journal', text }, date, steps);
}
