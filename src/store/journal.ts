import type { JournalEntry } from '../domain/ledger.ts';
import type { Report, ReportSource } from '../domain/rows.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { type Db, type DeleteSteps, deleteInSteps, runStatement } from './database.ts';

/*
 * What happened to each lane, in codes and without personal data. Outcomes of calls write their own lines
 * (`intents.ts`); those of the reconciler come in its reports, after its transaction has committed in PICS.
 */

export type JournalLine = JournalEntry & {
  readonly vendor: VendorName;
  readonly ident: string;
  readonly atMs: number;
};

/** The history of a learner, newest first. */
export function readTimeline(db: Db, ident: string, limit: number): Promise<JournalLine[]> {
  const text = `
select vendor, ident, (extract(epoch from at) * 1000)::float8 as "atMs", kind, subject, code,
  vendor_id as "vendorId", took_ms as "tookMs"
from sync.journal where ident = $1 order by id desc limit $2`;
  return runStatement<JournalLine>(db, { name: 'read-timeline', text }, [ident, limit]);
}

/** Deletes lines older than `date`. Returns the number of deleted rows. */
export function deleteJournalBefore(db: Db, date: Date, steps?: DeleteSteps): Promise<number> {
  const text = `
with old as (
  delete from sync.journal where id = any (array(select id from sync.journal where at < $1 limit $2))
  returning 1
)
select count(*)::integer as count from old`;
  return deleteInSteps(db, { name: 'delete-journal', text }, date, steps);
}

/**
 * Records what a transaction of the reconciler has to tell: held items, lines of the journal, notes, copied links,
 * alarms.
 *
 * One statement, so one commit: all of it or nothing. `first` writes the id of the report beside its source and yields
 * a row only if the id is a new one; every other part joins that row, so a report that is recorded again changes nothing.
 *
 * Held items are opened without the version of their lane. A look under way neither knows the new item nor releases
 * it, and items without a learner, which all share one lane, keep nothing waiting. A note that the lane has not yet does
 * raise the version: a look writes all notes of its lane, and one under way would take the new one away.
 */
export async function recordReport(
  db: Db,
  { vendor, centre, source }: ReportSource,
  // A report of an older version, which was kept in PICS until now, has no notes.
  { id, holds, lines, copied, alarms, notes = [] }: Omit<Report, 'notes'> & Partial<Pick<Report, 'notes'>>,
): Promise<void> {
  const lists = [holds, lines, copied, alarms, notes].map((list) => JSON.stringify(list));
  await runStatement(db, { name: 'record-report', text: reportText }, [source, id, vendor, centre, ...lists]);
}

const reportText = `
with first as materialized (
  insert into sync.report as r (source, id) values ($1, $2::uuid)
  on conflict (source) do update set id = excluded.id, recorded_at = now() where r.id <> excluded.id
  returning 1
),
opened as (
  insert into sync.held as h (vendor, centre, ident, subject, code, params, tries, since)
  select $3, $4, x.ident, x.subject, x.code, x.params,
    case when last.how = 'retried' then last.tries + 1 else 1 end,
    case when last.how = 'retried' then last.since else now() end
  from (
    select distinct on (y.ident, y.subject) y.*
    from first, rows from (json_to_recordset($5::json) as (ident text, subject text, code text, params jsonb))
      with ordinality as y(ident, subject, code, params, n)
    order by y.ident, y.subject, y.n desc
  ) x
  left join lateral (
    select c.how, c.tries, c.since from sync.held c
    where c.vendor = $3 and c.ident = x.ident and c.subject = x.subject and c.closed_at is not null
    order by c.closed_at desc, c.id desc limit 1
  ) last on true
  order by x.ident, x.subject
  on conflict (ident, subject, vendor) where closed_at is null do update
  set code = excluded.code, params = excluded.params, request_hash = null,
    skipped_at = null, how = null, by = null, reason = null
  where (h.code, h.params) is distinct from (excluded.code, excluded.params)
),
told as (
  insert into sync.journal (vendor, ident, kind, subject, code, vendor_id, took_ms)
  select $3, x.ident, x.kind, x.subject, x.code, x."vendorId", x."tookMs"
  from first, json_to_recordset($6::json) as x(
    ident text, kind text, subject text, code text, "vendorId" text, "tookMs" integer)
),
fresh as materialized (
  select l.vendor, l.ident, x.added
  from (
    select y.ident, jsonb_agg(distinct jsonb_build_object('code', y.code, 'subject', y.subject)) as added
    from first, json_to_recordset($9::json) as y(ident text, code text, subject text)
    group by y.ident
  ) x
  join sync.lane l on l.vendor = $3 and l.ident = x.ident
  where not coalesce(l.notes, '[]') @> x.added
  order by l.vendor, l.ident for update of l
),
noted as (
  update sync.lane l
  set version = l.version + 1, notes = coalesce(l.notes, '[]') || coalesce((
    select jsonb_agg(a) from jsonb_array_elements(f.added) a
    where not coalesce(l.notes, '[]') @> jsonb_build_array(a)), '[]')
  from fresh f where l.vendor = f.vendor and l.ident = f.ident
),
named as (
  insert into sync.journal (vendor, ident, kind, subject, code)
  select f.vendor, f.ident, 'noted', a ->> 'subject', a ->> 'code'
  from fresh f join sync.lane l on l.vendor = f.vendor and l.ident = f.ident, jsonb_array_elements(f.added) a
  where not coalesce(l.notes, '[]') @> jsonb_build_array(a)
),
raised as (
  insert into sync.alarm as a (kind, about, code, place, count)
  select x.kind, x.about, x.code, (array_agg(x.place order by x.n desc))[1], count(*)
  from first, rows from (json_to_recordset($8::json) as (kind text, about text, code text, place text))
    with ordinality as x(kind, about, code, place, n)
  group by x.kind, x.about, x.code
  order by x.kind, x.about, x.code
  on conflict (kind, about, code) where acknowledged_at is null
  do update set count = a.count + excluded.count, last_at = now(), place = excluded.place
),
shown as materialized (
  select l.vendor, l.centre, l.kind, l.pics_id
  from first, json_to_recordset($7::json) as x(vendor text, centre text, kind text, "picsId" text, "vendorId" text)
  join sync.link l on l.vendor = x.vendor and l.centre = x.centre and l.kind = x.kind
    and l.pics_id = x."picsId" and l.vendor_id = x."vendorId"
  where l.copied_at is null
  order by l.vendor, l.centre, l.kind, l.pics_id
  for update of l
)
update sync.link l set copied_at = now() from shown c
where l.vendor = c.vendor and l.centre = c.centre and l.kind = c.kind and l.pics_id = c.pics_id`;
