import type { JsonObject } from '../domain/json.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { type Enabling, neverEnabled, type VendorState } from '../domain/vendor-state.ts';
import { type Db, runStatement } from './database.ts';

const toMs = (column: string): string => `floor(extract(epoch from ${column}) * 1000)::float8`;

export async function readVendorState(db: Db, vendor: VendorName): Promise<VendorState> {
  const text = `
select is_enabled as "isEnabled", confirmed, ${toMs('first_enabled_at')} as "firstEnabledAtMs",
  ${toMs('sync_due_at')} as "syncDueAtMs", ${toMs('changed_at')} as "changedAtMs", changed_by as "changedBy"
from sync.vendor_state where vendor = $1`;
  const [row] = await runStatement<VendorState>(db, { name: 'read-vendor-state', text }, [vendor]);
  return row ?? neverEnabled;
}

/** Lets a vendor work, from now on and after every restart, until it is disabled. */
export async function enableVendor(
  db: Db,
  { vendor, confirmed = {}, by, isSyncDue = true }: Enabling,
): Promise<void> {
  const text = `
insert into sync.vendor_state as s (vendor, is_enabled, confirmed, first_enabled_at, sync_due_at, changed_by)
values ($1, true, $2, now(), case when $3::boolean then now() end, $4)
on conflict (vendor) do update set is_enabled = true, confirmed = excluded.confirmed,
  first_enabled_at = coalesce(s.first_enabled_at, now()),
  sync_due_at = coalesce(excluded.sync_due_at, s.sync_due_at), changed_at = now(), changed_by = $4`;
  const values = [vendor, JSON.stringify(confirmed), isSyncDue, by];
  await runStatement(db, { name: 'enable-vendor', text }, values);
}

/**
 * Disables a vendor. What the user confirmed is kept, so that the next enabling can show what has changed.
 */
export async function disableVendor(db: Db, vendor: VendorName, by: string): Promise<void> {
  const text = `
update sync.vendor_state set is_enabled = false, changed_at = now(), changed_by = $2 where vendor = $1`;
  await runStatement(db, { name: 'disable-vendor', text }, [vendor, by]);
}

/** Requests a full synchronisation, which runs as soon as a process can run it. */
export async function requestSync(db: Db, vendor: VendorName): Promise<void> {
  const text = `update sync.vendor_state set sync_due_at = now() where vendor = $1`;
  await runStatement(db, { name: 'request-sync', text }, [vendor]);
}

/** Records that the synchronisation requested at `dueAtMs` is done. A later request stays due. */
export async function clearSyncDue(db: Db, vendor: VendorName, dueAtMs: number): Promise<void> {
  const text = `
update sync.vendor_state set sync_due_at = null
where vendor = $1 and ${toMs('sync_due_at')} <= $2::float8`;
  await runStatement(db, { name: 'clear-sync-due', text }, [vendor, dueAtMs]);
}

/** Adds a note to what was confirmed; a null value removes it. */
export async function noteConfirmed(db: Db, vendor: VendorName, change: JsonObject): Promise<void> {
  const text = `
update sync.vendor_state set confirmed = jsonb_strip_nulls(confirmed || $2::jsonb) where vendor = $1`;
  await runStatement(db, { name: 'note-confirmed', text }, [vendor, JSON.stringify(change)]);
}
