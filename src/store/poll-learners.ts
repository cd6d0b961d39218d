import type { PollLearner } from '../core/poll-schedule.ts';
import type { PollScope } from './poll-page.ts';
import { type Db, runStatement } from './statement.ts';

/**
 * All linked learners with what tells how soon their records may change.
 *
 * `review` names the entity and the field, in milliseconds, that hold the planned time of a review.
 */
export async function readPollLearners(
  db: Db,
  { vendor, centre }: PollScope,
  review: { readonly entity: string; readonly atMsField: string },
): Promise<PollLearner[]> {
  const text = `
select l.pics_id as ident, l.vendor_id as "vendorId",
  (extract(epoch from lane.touched_at) * 1000)::float8 as "lastActivityAtMs", r.at_ms as "nextReviewAtMs"
from sync.link l
left join sync.lane on lane.ident = l.ident and lane.vendor = l.vendor
left join lateral (
  select (s.record ->> $4)::float8 as at_ms from sync.shadow s
  where s.learner_vendor_id = l.vendor_id and s.centre = l.centre and s.vendor = l.vendor and s.entity = $3
    and jsonb_typeof(s.record -> $4) = 'number'
  order by abs((s.record ->> $4)::float8 - extract(epoch from now()) * 1000) limit 1
) r on true
where l.vendor = $1 and l.centre = $2 and l.kind = 'learner'
order by l.pics_id`;
  const values = [vendor, centre, review.entity, review.atMsField];
  return await runStatement<PollLearner>(db, { name: 'read-poll-learners', text }, values);
}
