import type { VendorName } from '../domain/vendor-name.ts';
import { type Db, runStatement } from './database.ts';
import { type Lease, leaseIsMine } from './polling.ts';

export type CursorKey = { readonly vendor: VendorName; readonly centre: string; readonly resource: string };

export type Cursor = { readonly value: string; readonly recordedAtMs: number };

/** Returns how far a resource was read, or null if it was never read. */
export async function readCursor(db: Db, { vendor, centre, resource }: CursorKey): Promise<Cursor | null> {
  const text = `
select value, (extract(epoch from recorded_at) * 1000)::float8 as "recordedAtMs" from sync.cursor
where vendor = $1 and centre = $2 and resource = $3`;
  const values = [vendor, centre, resource];
  const [row] = await runStatement<Cursor>(db, { name: 'read-cursor', text }, values);
  return row ?? null;
}

/** Moves the cursor. Returns false, and writes nothing, if the caller no longer holds the lease. */
export async function recordCursor(
  db: Db,
  { vendor, centre, resource }: CursorKey,
  next: { readonly value: string; readonly lease: Lease },
): Promise<boolean> {
  const text = `
with ${leaseIsMine}
insert into sync.cursor as c (vendor, centre, resource, value, epoch)
select $3, $4, $5, $6, mine.epoch from mine
on conflict (vendor, centre, resource) do update
set value = excluded.value, epoch = excluded.epoch, recorded_at = now()
returning 1`;
  const values = [next.lease.name, next.lease.epoch, vendor, centre, resource, next.value];
  return (await runStatement(db, { name: 'record-cursor', text }, values)).length > 0;
}
