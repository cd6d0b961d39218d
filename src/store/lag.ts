import type { VendorName } from '../domain/vendor-name.ts';
import { type Db, runStatement } from './database.ts';

/*
 * What is remembered of lag from one look to the next, for all processes: how far consumer groups ever were, since when
 * each line of the report has its status, and how long changes took lately.
 */

/** The largest offset that a group has committed in each partition, by `topic/partition`. */
export async function readFurthest(db: Db, group: string): Promise<ReadonlyMap<string, bigint>> {
  const text = `select topic || '/' || part as key, furthest::text as furthest from sync.queue_place
where group_name = $1`;
  const statement = { name: 'read-furthest', text };
  const rows = await runStatement<{ key: string; furthest: string }>(db, statement, [group]);
  return new Map(rows.map(({ key, furthest }) => [key, BigInt(furthest)]));
}

/** Keeps offsets in the place of what was known, also smaller ones: a topic that was made again begins at 0. */
export async function keepFurthest(
  db: Db,
  group: string,
  places: ReadonlyMap<string, bigint>,
): Promise<void> {
  const text = `
insert into sync.queue_place (group_name, topic, part, furthest)
select $1, topic, part, furthest from unnest($2::text[], $3::integer[], $4::bigint[]) as p(topic, part, furthest)
order by topic, part
on conflict (group_name, topic, part) do update set furthest = excluded.furthest`;
  const keys = [...places.keys()].map((key) => ({
    topic: key.slice(0, key.lastIndexOf('/')),
    partition: Number(key.slice(key.lastIndexOf('/') + 1)),
  }));
  await runStatement(db, { name: 'keep-furthest', text }, [
    group,
    keys.map(({ topic }) => topic),
    keys.map(({ partition }) => partition),
    [...places.values()].map(String),
  ]);
}

/** The status of one line of the report, and since when it has it, by the clock of the sync database. */
export type KeptStatus = { readonly what: string; readonly status: string; readonly sinceMs: number };

export function readLagStatus(db: Db): Promise<KeptStatus[]> {
  const text = `select what, status, floor(extract(epoch from since) * 1000)::float8 as "sinceMs"
from sync.lag_status`;
  return runStatement<KeptStatus>(db, { name: 'read-lag-status', text }, []);
}

/** Notes what every line says now: a status that has changed begins now, and lines that are gone are forgotten. */
export async function keepLagStatus(
  db: Db,
  lines: readonly Pick<KeptStatus, 'what' | 'status'>[],
): Promise<void> {
  const text = `
with now_said as (select * from unnest($1::text[], $2::text[]) as n(what, status)),
gone as (delete from sync.lag_status s where not exists (select from now_said n where n.what = s.what))
insert into sync.lag_status as s (what, status) select what, status from now_said order by what
on conflict (what) do update set status = excluded.status, since = now() where s.status <> excluded.status`;
  await runStatement(db, { name: 'keep-lag-status', text }, [
    lines.map(({ what }) => what),
    lines.map(({ status }) => status),
  ]);
}

/** What took how long, of one vendor in one direction. */
type Took = {
  readonly vendor: VendorName;
  readonly way: 'out' | 'in';
  readonly count: number;
  readonly late: number;
  readonly mostMs: number;
};

/** Adds to the present minute, by the clock of the sync database, and forgets what is older than a day. */
export async function addFreshness(db: Db, took: readonly Took[]): Promise<void> {
  const text = `
with old as (delete from sync.freshness where minute < now() - interval '1 day')
insert into sync.freshness as f (minute, vendor, way, count, late, most_ms)
select date_trunc('minute', now()), t.vendor, t.way, t.count, t.late, t."mostMs"
from json_to_recordset($1::json) as t(vendor text, way text, count integer, late integer, "mostMs" float8)
order by t.vendor, t.way
on conflict (minute, vendor, way) do update set count = f.count + excluded.count, late = f.late + excluded.late,
  most_ms = greatest(f.most_ms, excluded.most_ms)`;
  await runStatement(db, { name: 'add-freshness', text }, [JSON.stringify(took)]);
}

/** What took how long in the present minute and the four before it. */
export function readFreshness(db: Db): Promise<Took[]> {
  const text = `
select vendor, way, sum(count)::float8 as count, sum(late)::float8 as late, max(most_ms)::float8 as "mostMs"
from sync.freshness where minute >= date_trunc('minute', now()) - interval '4 minutes' group by vendor, way`;
  return runStatement<Took>(db, { name: 'read-freshness', text }, []);
}

/** The last timed read at a vendor. `result`: `page`, or the kind of failure. */
type VendorRead = {
  readonly vendor: VendorName;
  /** Since it was answered, by the clock of the sync database. */
  readonly ageMs: number;
  readonly tookMs: number;
  readonly result: string;
};

export async function keepVendorRead(
  db: Db,
  { vendor, tookMs, result }: Omit<VendorRead, 'ageMs'>,
): Promise<void> {
  const text = `
insert into sync.vendor_canary (vendor, took_ms, result) values ($1, $2, $3)
on conflict (vendor) do update set asked_at = now(), took_ms = excluded.took_ms, result = excluded.result`;
  await runStatement(db, { name: 'keep-vendor-read', text }, [vendor, Math.round(tookMs), result]);
}

export function readVendorReads(db: Db): Promise<VendorRead[]> {
  const text = `
select vendor, (extract(epoch from now() - asked_at) * 1000)::float8 as "ageMs", took_ms::float8 as "tookMs", result
from sync.vendor_canary`;
  return runStatement<VendorRead>(db, { name: 'read-vendor-reads', text }, []);
}
