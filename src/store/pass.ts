import type { ShadowScope } from './shadow.ts';
import { type Db, runStatement } from './statement.ts';

/** Begins a reading of everything the vendor has of an entity. `startedAtMs` by the clock that stamps observations. */
export async function beginPass(
  db: Db,
  { vendor, centre, entity }: ShadowScope,
  startedAtMs: number,
): Promise<string> {
  const text = `
insert into sync.pass (vendor, centre, entity, started_at_ms) values ($1, $2, $3, $4) returning id::text as id`;
  const values = [vendor, centre, entity, Math.floor(startedAtMs)];
  const [row] = await runStatement<{ id: string }>(db, { name: 'begin-pass', text }, values);
  if (row === undefined) throw new Error('the new pass has no number');
  return row.id;
}

/** Remembers that the pass showed these records. To be called after their shadows are recorded. */
export async function recordSeen(
  db: Db,
  { vendor, centre, entity }: ShadowScope,
  seen: { readonly passId: string; readonly vendorIds: readonly string[] },
): Promise<void> {
  if (seen.vendorIds.length === 0) return;
  const text = `
update sync.shadow s set seen_pass = $4::bigint
from (
  select vendor_id from sync.shadow
  where vendor_id = any ($5::text[]) and entity = $3 and centre = $2 and vendor = $1
  order by vendor_id for update
) x
where s.vendor_id = x.vendor_id and s.entity = $3 and s.centre = $2 and s.vendor = $1`;
  const values = [vendor, centre, entity, seen.passId, seen.vendorIds];
  await runStatement(db, { name: 'record-seen', text }, values);
}

/** Declares the pass complete: every page was read. A pass that broke off is never completed and proves nothing. */
export async function completePass(db: Db, passId: string): Promise<void> {
  const text = `update sync.pass set completed_at = now() where id = $1`;
  await runStatement(db, { name: 'complete-pass', text }, [passId]);
}

export type Unseen = { readonly vendorId: string; readonly learnerVendorId: string | null };

/**
 * Records that the last two complete passes did not show, although they were known before the first of them began.
 *
 * `null` while there are no two complete passes: nothing may be concluded. Whether so many deletions are to be believed
 * is for the caller to decide; `known` is what there is to compare with.
 */
export async function readUnseen(
  db: Db,
  { vendor, centre, entity }: ShadowScope,
): Promise<{ readonly unseen: readonly Unseen[]; readonly known: number } | null> {
  const text = `
with last as (
  select id, started_at_ms from sync.pass
  where vendor = $1 and centre = $2 and entity = $3 and completed_at is not null
  order by id desc limit 2
),
first as (
  select min(id) as id, min(started_at_ms) as started_at_ms from last having count(*) = 2
)
select s.vendor_id as "vendorId", s.learner_vendor_id as "learnerVendorId",
  s.vendor_id is not null and coalesce(s.seen_pass, 0) < first.id
    and s.observed_at_ms < first.started_at_ms as "isUnseen",
  count(s.vendor_id) over ()::integer as known
from first left join sync.shadow s on s.vendor = $1 and s.centre = $2 and s.entity = $3
order by "isUnseen" desc, s.vendor_id`;
  const rows = await runStatement<Unseen & { isUnseen: boolean; known: number }>(
    db,
    { name: 'read-unseen', text },
    [vendor, centre, entity],
  );
  const [first] = rows;
  if (first === undefined) return null;
  const unseen = rows.filter(({ isUnseen }) => isUnseen);
  return {
    unseen: unseen.map(({ vendorId, learnerVendorId }) => ({ vendorId, learnerVendorId })),
    known: first.known,
  };
}
