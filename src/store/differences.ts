import type {
  AuditPlace,
  Difference,
  DifferenceCount,
  DifferenceFilter,
  SeenDifference,
} from '../domain/difference.ts';
import type { LaneKey } from '../domain/ledger.ts';
import type { CentreScope } from '../domain/ports.ts';
import { type Db, runStatement } from './database.ts';

/*
 * Differences between PICS and a vendor, as the standing audit has found them, and how far it is. One statement each, so
 * that what is known of a learner is what one audit has found, whatever is killed.
 */

const columns = `d.vendor, d.centre, d.ident, d.subject, d.field, d.in_pics as "inPics", d.at_vendor as "atVendor", d.rule,
  floor(extract(epoch from d.since) * 1000)::float8 as "sinceMs",
  floor(extract(epoch from d.last_seen) * 1000)::float8 as "lastSeenMs", d.sightings`;

/**
 * Puts what an audit has found of a learner in the place of what was known. What is found again is counted once more,
 * unless a rule allows it now and none did before, or the other way round: then it is a new difference. Answers all there
 * are, by subject and field.
 */
export function recordDifferences(
  db: Db,
  { vendor, centre, ident }: LaneKey,
  { seen, laneVersion }: { readonly seen: readonly SeenDifference[]; readonly laneVersion: number },
): Promise<Difference[]> {
  const text = `
with seen as materialized (
  select distinct on (x.subject, x.field) x.*
  from json_to_recordset($4::json) as x(subject text, field text, "inPics" text, "atVendor" text, rule text)
  order by x.subject, x.field, x.rule nulls first
),
gone as (
  delete from sync.difference d
  where d.ident = $3 and d.vendor = $1 and d.centre = $2
    and not exists (select from seen s where s.subject = d.subject and s.field = d.field)
),
kept as (
  insert into sync.difference as d (vendor, centre, ident, subject, field, in_pics, at_vendor, rule, lane_version)
  select $1, $2, $3, subject, field, "inPics", "atVendor", rule, $5 from seen order by subject, field
  on conflict (ident, vendor, centre, subject, field) do update
  set in_pics = excluded.in_pics, at_vendor = excluded.at_vendor, rule = excluded.rule, last_seen = now(),
    lane_version = excluded.lane_version,
    since = case when (d.rule is null) = (excluded.rule is null) then d.since else now() end,
    sightings = case when (d.rule is null) = (excluded.rule is null) then d.sightings + 1 else 1 end
  returning d.*
)
select ${columns} from kept d order by d.subject collate "C", d.field collate "C"`;
  const values = [vendor, centre, ident, JSON.stringify(seen), laneVersion];
  return runStatement<Difference>(db, { name: 'record-differences', text }, values);
}

/** Oldest first. A statement of its own for each choice of filters, as for held items. */
export function listDifferences(db: Db, filter: DifferenceFilter = {}): Promise<Difference[]> {
  const { vendor, ident, isAllowed, limit = 1_000 } = filter;
  const given = Object.entries({ vendor, ident }).filter(([, value]) => value !== undefined);
  const conditions = [
    'true',
    ...given.map(([name], n) => `d.${name} = $${n + 2}`),
    ...(isAllowed === undefined ? [] : [`d.rule is ${isAllowed ? 'not null' : 'null'}`]),
  ];
  const text = `
select ${columns} from sync.difference d where ${conditions.join(' and ')}
order by d.since, d.ident collate "C", d.subject collate "C", d.field collate "C" limit $1`;
  const kind = isAllowed === undefined ? 'all' : isAllowed ? 'allowed' : 'open';
  const name = ['list-differences', kind, ...given.map(([one]) => one)].join('-');
  return runStatement<Difference>(db, { name, text }, [limit, ...given.map(([, value]) => value)]);
}

/** Most frequent first. */
export function countDifferences(db: Db): Promise<DifferenceCount[]> {
  const text = `
select vendor, split_part(subject, ':', 1) as kind, field, rule, count(*)::integer as count,
  floor(extract(epoch from min(since)) * 1000)::float8 as "oldestSinceMs"
from sync.difference group by 1, 2, 3, 4 order by 5 desc, 1, 2, 3, 4`;
  return runStatement<DifferenceCount>(db, { name: 'count-differences', text }, []);
}

/**
 * Learners with differences that no rule allows who are to be looked at again: those not seen for so long, and those
 * where something was done since, since that may have ended it. Longest not seen first.
 */
export async function readDifferencesDue(
  db: Db,
  { vendor, centre }: CentreScope,
  {
    notSeenForMs,
    movedForMs,
    limit,
  }: { readonly notSeenForMs: number; readonly movedForMs: number; readonly limit: number },
): Promise<string[]> {
  const text = `
with open as (
  select ident, max(last_seen) as last_seen, max(sightings) as sightings, max(lane_version) as lane_version
  from sync.difference where vendor = $1 and centre = $2 and rule is null group by ident
)
select o.ident from open o left join sync.lane l on l.ident = o.ident and l.vendor = $1
where o.last_seen <= now() - $3::float8 * interval '1 millisecond'
  or o.sightings > 1 and l.version > o.lane_version and o.last_seen <= now() - $4::float8 * interval '1 millisecond'
order by o.last_seen, o.ident limit $5`;
  const values = [vendor, centre, notSeenForMs, movedForMs, limit];
  const rows = await runStatement<{ ident: string }>(db, { name: 'read-differences-due', text }, values);
  return rows.map(({ ident }) => ident);
}

/** Forgets the differences of learners who are not linked (any more). Answers these learners, in their order. */
export async function forgetUnlinkedDifferences(db: Db, { vendor, centre }: CentreScope): Promise<string[]> {
  const text = `
with gone as (
  delete from sync.difference d
  where d.vendor = $1 and d.centre = $2 and not exists (
    select from sync.link l where l.vendor = $1 and l.centre = $2 and l.kind = 'learner' and l.pics_id = d.ident)
  returning d.ident
)
select distinct ident from gone order by ident`;
  const rows = await runStatement<{ ident: string }>(db, { name: 'forget-unlinked-differences', text }, [
    vendor,
    centre,
  ]);
  return rows.map(({ ident }) => ident);
}

/** Null: the audit has not begun. */
export async function readAuditPlace(db: Db, { vendor, centre }: CentreScope): Promise<AuditPlace | null> {
  const text = `
select part::integer as part, began_at_ms::float8 as "beganAtMs", after_ident as "afterIdent"
from sync.audit_place where vendor = $1 and centre = $2`;
  const [row] = await runStatement<AuditPlace>(db, { name: 'read-audit-place', text }, [vendor, centre]);
  return row ?? null;
}

export async function recordAuditPlace(
  db: Db,
  { vendor, centre }: CentreScope,
  { part, beganAtMs, afterIdent }: AuditPlace,
): Promise<void> {
  const text = `
insert into sync.audit_place (vendor, centre, part, began_at_ms, after_ident) values ($1, $2, $3, $4, $5)
on conflict (vendor, centre) do update
set part = excluded.part, began_at_ms = excluded.began_at_ms, after_ident = excluded.after_ident`;
  await runStatement(db, { name: 'record-audit-place', text }, [vendor, centre, part, beganAtMs, afterIdent]);
}
