import type { ShadowScope } from './shadow.ts';
import { type Db, runStatement } from './statement.ts';

export type Unseen = { readonly vendorId: string; readonly learnerVendorId: string | null };

type Row = Unseen & { readonly isUnseen: boolean; readonly known: number };

/**
 * Records that the last two complete passes did not show although they were known before the first of them began.
 *
 * Only records of learners who were linked through both passes count: others were not asked for. Nothing while there
 * are no two complete passes. Whether so many deletions are to be believed is for the caller to decide: `known` is what
 * there is to compare with.
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
    and (s.learner_vendor_id is null or exists (
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
