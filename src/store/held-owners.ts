import type { VendorName } from '../core/vendor-name.ts';
import { type Db, runStatement } from './statement.ts';

/** Lanes of officers and organisations with something that waits, in their order. */
export async function readHeldOwners(db: Db, vendor: VendorName): Promise<readonly string[]> {
  const text = `
select distinct ident from sync.held
where vendor = $1 and closed_at is null and (ident like 'officer:%' or ident like 'organisation:%')
order by ident`;
  const rows = await runStatement<{ ident: string }>(db, { name: 'read-held-owners', text }, [vendor]);
  return rows.map(({ ident }) => ident);
}
