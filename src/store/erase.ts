import type { VendorName } from '../domain/vendor-name.ts';
import { type Db, runStatement } from './database.ts';

/*
 * What the sync database keeps of one person. Found by the ident, and by the ids of the vendor records that are or were
 * linked to it: a record of a vendor names no ident.
 */

export type KeptRecord = {
  readonly vendor: VendorName;
  readonly centre: string;
  readonly entity: string;
  readonly vendorId: string;
};
export type KeptLink = {
  readonly vendor: VendorName;
  readonly centre: string;
  readonly kind: string;
  readonly picsId: string;
  readonly vendorId: string;
};
type KeptOfPerson = {
  readonly links: readonly KeptLink[];
  readonly records: readonly KeptRecord[];
  /** Calls that are under way or not settled: a process works on this person. */
  readonly openIntents: number;
};

export async function readKeptOfPerson(db: Db, ident: string): Promise<KeptOfPerson> {
  const links = await runStatement<KeptLink>(
    db,
    {
      name: 'read-kept-links',
      text: `
select vendor, centre, kind, pics_id as "picsId", vendor_id as "vendorId" from sync.link
where ident = $1 or kind = 'learner' and pics_id = $1`,
    },
    [ident],
  );
  // The journal knows ids of links that were taken away since.
  const text = `
with ids as (
  select vendor, vendor_id from sync.link where kind = 'learner' and pics_id = $1
  union
  select vendor, vendor_id from sync.journal
  where ident = $1 and subject = 'learner:' || $1 and vendor_id is not null
)
select s.vendor, s.centre, s.entity, s.vendor_id as "vendorId"
from ids join sync.shadow s on s.vendor = ids.vendor
  and (s.learner_vendor_id = ids.vendor_id or s.entity = 'learner' and s.vendor_id = ids.vendor_id)
where not exists (
  select from sync.link l where l.vendor = ids.vendor and l.kind = 'learner' and l.vendor_id = ids.vendor_id
    and l.pics_id <> $1)`;
  const records = await runStatement<KeptRecord>(db, { name: 'read-kept-records', text }, [ident]);
  const open = `
select count(*)::integer as count from sync.intent where ident = $1 and state in ('sending', 'unknown')`;
  const [row] = await runStatement<{ count: number }>(db, { name: 'count-kept-intents', text: open }, [
    ident,
  ]);
  return { links, records, openIntents: row?.count ?? 0 };
}

/** Rows that were deleted, by table. */
export type Erased = Readonly<Record<string, number>>;

/**
 * Deletes what is kept of a person, in one statement. The lane stays: its version keeps processes that have read it
 * from writing once more, so it is raised; it holds the ident alone.
 */
export async function erasePerson(db: Db, ident: string, records: readonly KeptRecord[]): Promise<Erased> {
  const text = `
with recursive former as (
  select $1::text as ident
  union select r.from_key from former f join sync.renaming r on r.to_key = f.ident and r.entity = 'learner'
),
moved as (update sync.lane set version = version + 1 where ident = $1 returning 1),
shadows as (
  delete from sync.shadow s using json_to_recordset($2::json) as x(vendor text, centre text, entity text, "vendorId" text)
  where s.vendor_id = x."vendorId" and s.entity = x.entity and s.centre = x.centre and s.vendor = x.vendor returning 1),
links as (delete from sync.link where ident = $1 or kind = 'learner' and pics_id = $1 returning 1),
held as (delete from sync.held where ident = $1 or params ->> 'ident' = $1 returning 1),
journal as (delete from sync.journal where ident = $1 returning 1),
intents as (delete from sync.intent where ident = $1 returning 1),
enrolments as (delete from sync.enrolment where ident = $1 returning 1),
differences as (delete from sync.difference where ident = $1 returning 1),
audits as (
  update sync.page_audit set idents = array_remove(idents, $1) where idents @> array[$1::text] returning 1),
postponed as (delete from sync.postponed where ident = $1 returning 1),
renamings as (
  delete from sync.renaming r
  where r.entity = 'learner' and (r.to_key = $1 or r.from_key in (select ident from former)) returning 1)
select (select count(*) from shadows)::integer as shadow, (select count(*) from links)::integer as link,
  (select count(*) from held)::integer as held, (select count(*) from journal)::integer as journal,
  (select count(*) from intents)::integer as intent, (select count(*) from enrolments)::integer as enrolment,
  (select count(*) from postponed)::integer as postponed, (select count(*) from renamings)::integer as renaming,
  (select count(*) from differences)::integer as difference, (select count(*) from audits)::integer as page_audit`;
  const [row] = await runStatement<Record<string, number>>(db, { name: 'erase-person', text }, [
    ident,
    JSON.stringify(records),
  ]);
  return row ?? {};
}
