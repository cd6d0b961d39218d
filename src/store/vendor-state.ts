import type { Pool } from 'pg';
import type { CatalogueRow, CatalogueScope } from '../domain/catalogue.ts';
import type { JsonObject } from '../domain/json.ts';
import type { FieldState } from '../domain/step.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { type Disabling, type Enabling, neverEnabled, type VendorState } from '../domain/vendor-state.ts';
import { type Db, runStatement } from './database.ts';

/*
 * What is kept of a vendor as a whole: whether a person has switched it on and what they confirmed, which fields its
 * centre was found to keep, and what it offers.
 */

const toMs = (column: string): string => `floor(extract(epoch from ${column}) * 1000)::float8`;

export async function readVendorState(db: Db, vendor: VendorName): Promise<VendorState> {
  const text = `
select is_enabled as "isEnabled", confirmed, ${toMs('first_enabled_at')} as "firstEnabledAtMs",
  ${toMs('sync_due_at')} as "syncDueAtMs", ${toMs('cautious_since')} as "cautiousSinceMs",
  ${toMs('changed_at')} as "changedAtMs", changed_by as "changedBy"
from sync.vendor_state where vendor = $1`;
  const [row] = await runStatement<VendorState>(db, { name: 'read-vendor-state', text }, [vendor]);
  return row ?? neverEnabled;
}

/**
 * No command with a later place has switched: `s` is the stored row, `excluded` what the command brings. Ids compare by
 * their characters, whatever the language of the database.
 */
const isLast = `(excluded.asked_at_ms is null or s.asked_at_ms is null
  or (excluded.asked_at_ms, excluded.asked_id collate "C") >= (s.asked_at_ms, s.asked_id collate "C"))`;

/**
 * Lets a vendor work, from now on and after every restart, until it is disabled. Changes nothing if a command with a
 * later place has switched it meanwhile.
 */
export async function enableVendor(
  db: Db,
  { vendor, confirmed = {}, by, isSyncDue = true, asked = null }: Enabling,
): Promise<'enabled' | 'superseded'> {
  const text = `
insert into sync.vendor_state as s
  (vendor, is_enabled, confirmed, first_enabled_at, sync_due_at, changed_by, asked_at_ms, asked_id)
values ($1, true, $2, now(), case when $3::boolean then now() end, $4, $5, $6)
on conflict (vendor) do update set is_enabled = true, confirmed = excluded.confirmed,
  first_enabled_at = coalesce(s.first_enabled_at, now()),
  sync_due_at = coalesce(excluded.sync_due_at, s.sync_due_at), changed_at = now(), changed_by = $4,
  asked_at_ms = coalesce(excluded.asked_at_ms, s.asked_at_ms), asked_id = coalesce(excluded.asked_id, s.asked_id)
where ${isLast}
returning 1`;
  const values = [
    vendor,
    JSON.stringify(confirmed),
    isSyncDue,
    by,
    asked === null ? null : Math.floor(asked.atMs),
    asked?.id ?? null,
  ];
  const rows = await runStatement(db, { name: 'enable-vendor', text }, values);
  return rows.length > 0 ? 'enabled' : 'superseded';
}

/**
 * Disables a vendor. What the user confirmed is kept, so that the next enabling can show what has changed.
 *
 * A command keeps its place even if the vendor was not enabled: an enabling that was asked for before it and still
 * checks must not win. Given again after a crash, a command that has disabled answers that once more.
 *
 * `before` must be read before the row changes: after that, in one statement, it would be locked no more.
 */
export async function disableVendor(
  db: Db,
  { vendor, by, asked = null }: Disabling,
): Promise<'disabled' | 'was-disabled' | 'superseded'> {
  const text = `
with before as materialized (
  select is_enabled or asked_id = $4 and changed_by = $2 as is_switched from sync.vendor_state where vendor = $1 for update
),
act as (
  insert into sync.vendor_state as s (vendor, is_enabled, changed_by, asked_at_ms, asked_id)
  select $1, false, $2, $3, $4 from (select count(*) as rows from before) b where $3::bigint is not null or b.rows > 0
  on conflict (vendor) do update set is_enabled = false,
    changed_at = case when s.is_enabled then now() else s.changed_at end,
    changed_by = case when s.is_enabled then $2 else s.changed_by end,
    asked_at_ms = coalesce(excluded.asked_at_ms, s.asked_at_ms), asked_id = coalesce(excluded.asked_id, s.asked_id)
  where ${isLast}
  returning 1
)
select exists (select from act) as "hasActed", coalesce((select is_switched from before), false) as "isSwitched"`;
  const values = [vendor, by, asked === null ? null : Math.floor(asked.atMs), asked?.id ?? null];
  type Row = { readonly hasActed: boolean; readonly isSwitched: boolean };
  const [row] = await runStatement<Row>(db, { name: 'disable-vendor', text }, values);
  if (row?.isSwitched !== true) return 'was-disabled';
  return row.hasActed ? 'disabled' : 'superseded';
}

/** Requests a full synchronisation, which runs as soon as a process can run it. */
export async function requestSync(db: Db, vendor: VendorName): Promise<void> {
  const text = `update sync.vendor_state set sync_due_at = now() where vendor = $1`;
  await runStatement(db, { name: 'request-sync', text }, [vendor]);
}

/**
 * Records that the synchronisation requested at `dueAtMs` is done. A later request stays due. It has seen everything that the
 * vendor has, so creates need not be looked up first any more.
 */
export async function clearSyncDue(db: Db, vendor: VendorName, dueAtMs: number): Promise<void> {
  const text = `
update sync.vendor_state set sync_due_at = null, cautious_since = null
where vendor = $1 and ${toMs('sync_due_at')} <= $2::float8`;
  await runStatement(db, { name: 'clear-sync-due', text }, [vendor, dueAtMs]);
}

/** Adds a note to what was confirmed; a null value removes it. */
export async function noteConfirmed(db: Db, vendor: VendorName, change: JsonObject): Promise<void> {
  const text = `
update sync.vendor_state set confirmed = jsonb_strip_nulls(confirmed || $2::jsonb) where vendor = $1`;
  await runStatement(db, { name: 'note-confirmed', text }, [vendor, JSON.stringify(change)]);
}

type CentreOf = { readonly vendor: VendorName; readonly centre: string };

/** What is known of the fields of a centre (D-16), by field. */
export function readFields(db: Db, { vendor, centre }: CentreOf): Promise<FieldState[]> {
  const text = `
select field, is_kept as "isKept", cardinality(lost) as "lostCount" from sync.field_support
where vendor = $1 and centre = $2 order by field collate "C"`;
  return runStatement<FieldState>(db, { name: 'read-fields', text }, [vendor, centre]);
}

/** Forgets what is known of a field. The next record that has a value tries it again. */
export async function forgetField(db: Db, { vendor, centre }: CentreOf, field: string): Promise<boolean> {
  const text = `
delete from sync.field_support where vendor = $1 and centre = $2 and field = $3 returning field`;
  const rows = await runStatement(db, { name: 'forget-field', text }, [vendor, centre, field]);
  return rows.length > 0;
}

/** Puts a new catalogue in the place of the old one at once: no reader sees half of it. */
export async function replaceCatalogue(
  pool: Pool,
  { vendor, centre }: CatalogueScope,
  rows: readonly CatalogueRow[],
): Promise<void> {
  const client = await pool.connect();
  let fault: Error | undefined;
  try {
    await client.query('begin');
    // Without this lock, two concurrent refreshes would each delete the rows they see and both insert.
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `catalogue ${vendor} ${centre}`,
    ]);
    await client.query('delete from sync.catalogue where vendor = $1 and centre = $2', [vendor, centre]);
    await client.query(
      `
insert into sync.catalogue (vendor, centre, code, vendor_id, entity, title)
select $1, $2, x.code, x."vendorId", x.entity, x.title
from json_to_recordset($3::json) as x(code text, "vendorId" text, entity text, title text)
on conflict do nothing`,
      [vendor, centre, JSON.stringify(rows)],
    );
    await client.query('commit');
  } catch (error) {
    fault = error instanceof Error ? error : new Error(String(error));
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    // A failed connection is closed, because the state of its transaction is unknown.
    client.release(fault);
  }
}

export function readCatalogue(db: Db, { vendor, centre }: CatalogueScope): Promise<CatalogueRow[]> {
  const text = `
select code, vendor_id as "vendorId", title, entity from sync.catalogue
where vendor = $1 and centre = $2 order by entity, code, vendor_id`;
  return runStatement<CatalogueRow>(db, { name: 'read-catalogue', text }, [vendor, centre]);
}
