import type { Shadow } from '../core/observation.ts';
import type { ShadowScope } from './shadow.ts';
import { type Db, runStatement } from './statement.ts';

/** What one complete reading showed of an entity, in the order of the vendor ids, page by page. */
export function readSeenShadows(
  db: Db,
  { vendor, centre, entity, passId }: ShadowScope & { readonly passId: string },
  page: { readonly afterVendorId: string | null; readonly limit: number },
): Promise<Shadow[]> {
  const text = `
select vendor, centre, entity, vendor_id as "vendorId", learner_vendor_id as "learnerVendorId", record,
  observed_at_ms::float8 as "observedAtMs"
from sync.shadow
where entity = $3 and centre = $2 and vendor = $1 and seen_pass = $4::bigint and vendor_id > $5
order by vendor_id limit $6`;
  const values = [vendor, centre, entity, passId, page.afterVendorId ?? '', page.limit];
  return runStatement<Shadow>(db, { name: 'read-seen-shadows', text }, values);
}

/** Of these vendor ids, those that the reading showed. */
export async function readSeenIds(
  db: Db,
  { vendor, centre, entity, passId }: ShadowScope & { readonly passId: string },
  vendorIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const text = `
select vendor_id as "vendorId" from sync.shadow
where vendor_id = any ($5::text[]) and entity = $3 and centre = $2 and vendor = $1 and seen_pass = $4::bigint`;
  const values = [vendor, centre, entity, passId, vendorIds];
  const rows = await runStatement<{ vendorId: string }>(db, { name: 'read-seen-ids', text }, values);
  return new Set(rows.map(({ vendorId }) => vendorId));
}
