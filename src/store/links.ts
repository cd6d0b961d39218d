import type { ConflictingLink, Link, LinkScope, NewLink, SharedRecord } from '../domain/link.ts';
import type { OwnerKind } from '../domain/owner.ts';
import { type Db, runStatement } from './database.ts';

const columns = `vendor, centre, kind, pics_id as "picsId", vendor_id as "vendorId", ident, how,
  (extract(epoch from copied_at) * 1000)::float8 as "copiedAtMs"`;

/**
 * Links of these vendor records, those made first in front: an assessor may have several officers (D-8). Records
 * without a link are not in the result.
 */
export function readLinksByVendorIds(
  db: Db,
  { vendor, centre, kind }: LinkScope,
  vendorIds: readonly string[],
): Promise<Link[]> {
  const text = `
select ${columns} from sync.link
where vendor = $1 and centre = $2 and kind = $3 and vendor_id = any ($4::text[])
order by made_at, pics_id`;
  return runStatement<Link>(db, { name: 'read-links-by-vendor-ids', text }, [
    vendor,
    centre,
    kind,
    vendorIds,
  ]);
}

/** Links of these PICS records. Records without a link are not in the result. */
export function readLinks(
  db: Db,
  { vendor, centre, kind }: LinkScope,
  picsIds: readonly string[],
): Promise<Link[]> {
  const text = `
select ${columns} from sync.link
where vendor = $1 and centre = $2 and kind = $3 and pics_id = any ($4::text[])`;
  return runStatement<Link>(db, { name: 'read-links', text }, [vendor, centre, kind, picsIds]);
}

/** One page of linked learners, in ident order. */
export async function readLinkedLearners(
  db: Db,
  { vendor, centre }: Omit<LinkScope, 'kind'>,
  page: { readonly afterIdent: string | null; readonly limit: number },
): Promise<{ readonly ident: string; readonly vendorId: string }[]> {
  const text = `
select pics_id as ident, vendor_id as "vendorId" from sync.link
where vendor = $1 and centre = $2 and kind = 'learner' and pics_id > $3
order by pics_id limit $4`;
  const values = [vendor, centre, page.afterIdent ?? '', page.limit];
  return await runStatement(db, { name: 'read-linked-learners', text }, values);
}

export async function countLinks(db: Db, { vendor, centre, kind }: LinkScope): Promise<number> {
  const text = `
select count(*)::integer as count from sync.link where vendor = $1 and centre = $2 and kind = $3`;
  const [row] = await runStatement<{ count: number }>(db, { name: 'count-links', text }, [
    vendor,
    centre,
    kind,
  ]);
  return row?.count ?? 0;
}

/**
 * Makes links outside of an outcome. Returns the links that were not made because either side has another
 * link (G-2).
 *
 * Two unique keys enforce that each PICS record and each vendor record has at most one link; only an assessor may have
 * several officers (D-8). `on conflict do nothing` skips a link that breaks one of them, and `findRival` then finds the
 * link in its way.
 */
export async function recordLinks(db: Db, links: readonly NewLink[]): Promise<ConflictingLink[]> {
  const text = `
insert into sync.link (vendor, centre, kind, pics_id, vendor_id, ident, how)
select x.vendor, x.centre, x.kind, x."picsId", x."vendorId", x.ident, x.how
from json_to_recordset($1::json) as x(
  vendor text, centre text, kind text, "picsId" text, "vendorId" text, ident text, how text)
order by x.vendor, x.centre, x.kind, x."picsId", x."vendorId"
on conflict do nothing`;
  await runStatement(db, { name: 'record-links', text }, [JSON.stringify(links)]);
  const refused: ConflictingLink[] = [];
  for (const link of links) {
    const rival = await findRival(db, link);
    if (rival.kind === 'rival') refused.push({ ...link, takenBy: rival.picsId });
  }
  return refused;
}

/**
 * Finds the link that prevents a new one. `same`: the same link exists, so there is no conflict. `rival`:
 * the vendor id belongs to another PICS record, or, if `picsId` is null, this PICS record has another
 * vendor id.
 */
export async function findRival(
  db: Db,
  link: NewLink,
): Promise<{ readonly kind: 'same' } | { readonly kind: 'rival'; readonly picsId: string | null }> {
  const text = `
select pics_id as "picsId" from sync.link
where vendor = $1 and centre = $2 and kind = $3 and vendor_id = $4`;
  const values = [link.vendor, link.centre, link.kind, link.vendorId];
  const rows = await runStatement<{ picsId: string }>(db, { name: 'find-rival-link', text }, values);
  if (rows.some(({ picsId }) => picsId === link.picsId)) return { kind: 'same' };
  return { kind: 'rival', picsId: link.kind === 'officer' ? null : (rows[0]?.picsId ?? null) };
}

/**
 * Links many records that the vendor returned under the same id that PICS has (G-2).
 *
 * It skips a PICS record that is already linked, and a vendor id that another record has; a look at that
 * record decides. PICS already shows the id, so the links count as copied. Returns the number of links
 * made.
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

/** One page of the codes of linked officers or organisations, in code order. */
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

/** D-8: vendor records that several officers or organisations are linked to, each with their codes, first linked first. */
export async function readSharedOwners(
  db: Db,
  { vendor, centre, kind }: LinkScope & { readonly kind: OwnerKind },
): Promise<readonly SharedRecord[]> {
  const text = `
select vendor_id as "vendorId", array_agg(pics_id order by made_at, pics_id) as codes from sync.link
where vendor = $1 and centre = $2 and kind = $3
group by vendor_id having count(*) > 1 order by vendor_id`;
  return await runStatement(db, { name: 'read-shared-owners', text }, [vendor, centre, kind]);
}
