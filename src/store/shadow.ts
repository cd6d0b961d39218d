import type { Shadow } from '../core/observation.ts';
import type { VendorName } from '../core/vendor-name.ts';
import { hashRecord } from './shadow-hash.ts';
import { type Db, runStatement } from './statement.ts';

export type ShadowScope = { readonly vendor: VendorName; readonly centre: string; readonly entity: string };

/** Hashes (see `hashRecord`) of the shadows there are, by vendor id. */
export async function readShadowHashes(
  db: Db,
  { vendor, centre, entity }: ShadowScope,
  vendorIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const text = `
select vendor_id as "vendorId", hash from sync.shadow
where vendor_id = any ($4::text[]) and entity = $3 and centre = $2 and vendor = $1`;
  const rows = await runStatement<{ vendorId: string; hash: string }>(
    db,
    { name: 'read-shadow-hashes', text },
    [vendor, centre, entity, vendorIds],
  );
  return new Map(rows.map(({ vendorId, hash }) => [vendorId, hash]));
}

export function readShadows(
  db: Db,
  { vendor, centre, entity }: ShadowScope,
  vendorIds: readonly string[],
): Promise<Shadow[]> {
  const text = `
select vendor, centre, entity, vendor_id as "vendorId", learner_vendor_id as "learnerVendorId", record,
  observed_at_ms::float8 as "observedAtMs"
from sync.shadow
where vendor_id = any ($4::text[]) and entity = $3 and centre = $2 and vendor = $1`;
  return runStatement<Shadow>(db, { name: 'read-shadows', text }, [vendor, centre, entity, vendorIds]);
}

/** All shadows of an entity in the order of their vendor ids, page by page: assessors, placements, standards. */
export function readShadowPage(
  db: Db,
  { vendor, centre, entity }: ShadowScope,
  page: { readonly afterVendorId: string | null; readonly limit: number },
): Promise<Shadow[]> {
  const text = `
select vendor, centre, entity, vendor_id as "vendorId", learner_vendor_id as "learnerVendorId", record,
  observed_at_ms::float8 as "observedAtMs"
from sync.shadow
where entity = $3 and centre = $2 and vendor = $1 and vendor_id > $4
order by vendor_id limit $5`;
  const values = [vendor, centre, entity, page.afterVendorId ?? '', page.limit];
  return runStatement<Shadow>(db, { name: 'read-shadow-page', text }, values);
}

/** Keeps what the vendor showed. An observation that is older than what is known changes nothing. */
export async function recordShadows(db: Db, shadows: readonly Shadow[]): Promise<void> {
  if (shadows.length === 0) return;
  const text = `
insert into sync.shadow as s
  (vendor, centre, entity, vendor_id, learner_vendor_id, record, hash, observed_at_ms)
select distinct on (x.vendor, x.centre, x.entity, x."vendorId")
  x.vendor, x.centre, x.entity, x."vendorId", x."learnerVendorId", x.record, x.hash, x."observedAtMs"
from json_to_recordset($1::json) as x(
  vendor text, centre text, entity text, "vendorId" text, "learnerVendorId" text, record jsonb, hash text,
  "observedAtMs" bigint)
order by x.vendor, x.centre, x.entity, x."vendorId", x."observedAtMs" desc
on conflict (vendor, centre, entity, vendor_id) do update
set learner_vendor_id = excluded.learner_vendor_id, record = excluded.record, hash = excluded.hash,
  observed_at_ms = excluded.observed_at_ms
where s.observed_at_ms <= excluded.observed_at_ms`;
  const rows = shadows.map((shadow) => ({ ...shadow, hash: hashRecord(shadow.record) }));
  await runStatement(db, { name: 'record-shadows', text }, [JSON.stringify(rows)]);
}

/** Forgets records whose deletion at the vendor was published. */
export async function removeShadows(
  db: Db,
  { vendor, centre, entity }: ShadowScope,
  vendorIds: readonly string[],
): Promise<void> {
  const text = `
delete from sync.shadow
where vendor_id = any ($4::text[]) and entity = $3 and centre = $2 and vendor = $1`;
  await runStatement(db, { name: 'remove-shadows', text }, [vendor, centre, entity, vendorIds]);
}

export async function countShadows(db: Db, { vendor, centre, entity }: ShadowScope): Promise<number> {
  const text = `
select count(*)::integer as count from sync.shadow where vendor = $1 and centre = $2 and entity = $3`;
  const values = [vendor, centre, entity];
  const [row] = await runStatement<{ count: number }>(db, { name: 'count-shadows', text }, values);
  return row?.count ?? 0;
}
