import type { OwnerKind } from '../core/owner.ts';
import type { LinkScope } from './link.ts';
import { type Db, runStatement } from './statement.ts';

/** Codes of linked officers or organisations in their order, page by page. */
export async function readLinkedOwners(
  db: Db,
  { vendor, centre, kind }: LinkScope & { readonly kind: OwnerKind },
  page: { readonly afterCode: string | null; readonly limit: number },
): Promise<readonly string[]> {
  const text = `
select pics_id as code from sync.link
where vendor = $1 and centre = $2 and kind = $3 and pics_id > $4
order by pics_id limit $5`;
  const values = [vendor, centre, kind, page.afterCode ?? '', page.limit];
  const rows = await runStatement<{ code: string }>(db, { name: 'read-linked-owners', text }, values);
  return rows.map(({ code }) => code);
}
