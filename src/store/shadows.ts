import { mostSkewMs, type Shadow } from '../domain/observation.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { type Db, runStatement } from './database.ts';

/**
 * `mergeShadow` in SQL, for the `set` of an upsert of `sync.shadow as s`: the values sent earlier, each marked as moved
 * where the newer record shows something else.
 */
export const movedSent = `(
    select jsonb_object_agg(e.key, case
      when (excluded.record ->> e.key) is not distinct from (e.value ->> 'shown') then e.value
      else e.value || jsonb_build_object('shown', excluded.record -> e.key, 'state', 'moved') end)
    from jsonb_each(s.sent) e)`;

type ShadowScope = { readonly vendor: VendorName; readonly centre: string; readonly entity: string };

/**
 * Hashes (see `hashRecord`) of the existing shadows, by vendor id.
 *
 * A record that the last complete pass did not show has none: when a reading shows it again, it is taken like a new one,
 * and so it is no longer on the way to being deleted.
 */
export async function readShadowHashes(
  db: Db,
  { vendor, centre, entity }: ShadowScope,
  vendorIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const text = `
with last as (
  select id, started_at_ms from sync.pass
  where vendor = $1 and centre = $2 and entity = $3 and completed_at is not null
  order by id desc limit 1
)
select s.vendor_id as "vendorId", s.hash from sync.shadow s left join last on true
where s.vendor_id = any ($4::text[]) and s.entity = $3 and s.centre = $2 and s.vendor = $1
  and (last.id is null or coalesce(s.seen_pass, 0) >= last.id or s.observed_at_ms >= last.started_at_ms)`;
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

const nowMsSql = 'floor(extract(epoch from now()) * 1000)::bigint';

/** Whether a stamp lies in the future by this database's clock. */
function isAheadSql(stamp: string): string {
  return `${stamp} > ${nowMsSql} + ${mostSkewMs}`;
}

/** G-11: a stamp from the future counts as made now, so that what is observed next is not older. */
export function observedAtSql(stamp: string): string {
  return `case when ${isAheadSql(stamp)} then ${nowMsSql} else ${stamp} end`;
}

/** G-4: an older observation never replaces a newer one. One that is kept from the future is replaced by any. */
export const replacesSql = `(s.observed_at_ms <= excluded.observed_at_ms or ${isAheadSql('s.observed_at_ms')})`;

type Unseen = { readonly vendorId: string; readonly learnerVendorId: string | null };

type Row = Unseen & { readonly isUnseen: boolean; readonly known: number };

/**
 * Records that were known before the last two complete passes and that neither pass returned.
 *
 * Only records of learners who were linked during both passes count, because the passes did not request
 * others. The list of learners itself is read whole, so one who was never linked is forgotten like any other. The result is empty until there are two complete passes. The caller decides whether so many
 * deletions are plausible; `known` is the number of records to compare with.
 */
export async function readUnseen(
  db: Db,
  { vendor, centre, entity }: ShadowScope,
): Promise<{ readonly unseen: readonly Unseen[]; readonly known: number }> {
  const rows = await runStatement<Row>(db, statement, [vendor, centre, entity]);
  const unseen = rows.filter(({ isUnseen }) => isUnseen);
  return {
    unseen: unseen.map(({ vendorId, learnerVendorId }) => ({ vendorId, learnerVendorId })),
    known: rows[0]?.known ?? 0,
  };
}

const statement = {
  name: 'read-unseen',
  text: `
with last as (
  select id, started_at_ms, started_at from sync.pass
  where vendor = $1 and centre = $2 and entity = $3 and completed_at is not null
  order by id desc limit 2
),
first as (
  select min(id) as id, min(started_at_ms) as started_at_ms, min(started_at) as started_at, count(*) as passes
  from last
),
known as (
  select s.vendor_id, s.learner_vendor_id, coalesce(
    first.passes = 2 and coalesce(s.seen_pass, 0) < first.id and s.observed_at_ms < first.started_at_ms
    and (s.learner_vendor_id is null or s.entity = 'learner' or exists (
      select from sync.link l
      where l.vendor = s.vendor and l.centre = s.centre and l.kind = 'learner'
        and l.vendor_id = s.learner_vendor_id and l.made_at < first.started_at)), false) as is_unseen
  from sync.shadow s, first
  where s.vendor = $1 and s.centre = $2 and s.entity = $3
),
counted as (select count(*)::integer as known from known)
select counted.known, coalesce(k.is_unseen, false) as "isUnseen", k.vendor_id as "vendorId",
  k.learner_vendor_id as "learnerVendorId"
from counted left join known k on k.is_unseen
order by k.vendor_id`,
};

/** The last complete pass over an entity; null before the first one. */
export async function readLastPass(db: Db, { vendor, centre, entity }: ShadowScope): Promise<string | null> {
  const text = `
select max(id)::text as id from sync.pass
where vendor = $1 and centre = $2 and entity = $3 and completed_at is not null`;
  const [row] = await runStatement<{ id: string | null }>(db, { name: 'read-last-pass', text }, [
    vendor,
    centre,
    entity,
  ]);
  return row?.id ?? null;
}

/**
 * One page of the records of an entity that a pass returned, in vendor-id order. What a later pass has returned too counts:
 * one that is under way has put its own number in place of the earlier one.
 */
export function readSeenShadows(
  db: Db,
  { vendor, centre, entity, passId }: ShadowScope & { readonly passId: string },
  page: { readonly afterVendorId: string | null; readonly limit: number },
): Promise<Shadow[]> {
  const text = `
select vendor, centre, entity, vendor_id as "vendorId", learner_vendor_id as "learnerVendorId", record,
  observed_at_ms::float8 as "observedAtMs"
from sync.shadow
where entity = $3 and centre = $2 and vendor = $1 and seen_pass >= $4::bigint and vendor_id > $5
order by vendor_id limit $6`;
  const values = [vendor, centre, entity, passId, page.afterVendorId ?? '', page.limit];
  return runStatement<Shadow>(db, { name: 'read-seen-shadows', text }, values);
}

/** The vendor ids, of those given, that the pass returned. */
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
