import type { NewLink } from '../core/link.ts';
import { type Db, runStatement } from './statement.ts';

/**
 * Links records that the vendor showed under the very id PICS has (G-2), many at once.
 *
 * Whoever is linked already, or whose id another record has, is left as it is: a look at that one says what to do.
 * PICS shows the id, so nobody has to copy it. Answers how many were made.
 */
export async function linkSeen(db: Db, links: readonly Omit<NewLink, 'replaces'>[]): Promise<number> {
  const text = `
with made as (
  insert into sync.link (vendor, centre, kind, pics_id, vendor_id, ident, how, copied_at)
  select x.vendor, x.centre, x.kind, x."picsId", x."vendorId", x.ident, x.how, now()
  from json_to_recordset($1::json) as x(
    vendor text, centre text, kind text, "picsId" text, "vendorId" text, ident text, how text)
  order by x.vendor, x.centre, x.kind, x."picsId", x."vendorId"
  on conflict do nothing
  returning vendor, kind, pics_id, vendor_id, ident, how
), told as (
  insert into sync.journal (vendor, ident, kind, subject, code, vendor_id)
  select vendor, coalesce(ident, ''), 'linked', kind || ':' || pics_id, how, vendor_id from made
  returning 1
)
select count(*)::integer as count from told`;
  let count = 0;
  for (let at = 0; at < links.length; at += rowsAtOnce) {
    const some = links.slice(at, at + rowsAtOnce);
    const [row] = await runStatement<{ count: number }>(db, { name: 'link-seen', text }, [
      JSON.stringify(some),
    ]);
    count += row?.count ?? 0;
  }
  return count;
}

const rowsAtOnce = 1_000;
