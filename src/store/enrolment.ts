import type { Enrolment } from '../core/enrolment.ts';
import type { LaneKey } from '../core/ledger.ts';
import { type Db, runStatement } from './statement.ts';

/**
 * Keeps an accepted enrol command for the engine, in the place of an older open one of the learner.
 *
 * The same request again changes nothing: its milestones stay. The lane moves on, so that a look that is under way
 * reads it too.
 */
export async function openEnrolment(
  db: Db,
  { vendor, centre, ident }: LaneKey,
  { id, plan }: Pick<Enrolment, 'id' | 'plan'>,
): Promise<void> {
  const text = `
with moved as (
  insert into sync.lane as l (vendor, ident, version) values ($1, $3, 1)
  on conflict (vendor, ident) do update set version = l.version + 1, touched_at = now()
  returning 1
),
older as (
  update sync.enrolment set state = 'superseded', ended_at = now()
  where vendor = $1 and centre = $2 and ident = $3 and state = 'open' and id <> $4
    and (select count(*) from moved) >= 0
  returning 1
)
select count(*) from older`;
  await runStatement(db, { name: 'supersede-enrolment', text }, [vendor, centre, ident, id]);
  const insert = `
insert into sync.enrolment (vendor, centre, ident, id, plan, state) values ($1, $2, $3, $4, $5::jsonb, 'open')
on conflict (id) do nothing`;
  await runStatement(db, { name: 'open-enrolment', text: insert }, [
    ...[vendor, centre, ident, id],
    JSON.stringify(plan),
  ]);
}

/** Where the enrolment of a request stands; null when none was accepted for it. */
export async function readEnrolmentState(db: Db, id: string): Promise<'open' | 'done' | 'superseded' | null> {
  const text = 'select state from sync.enrolment where id = $1';
  const [row] = await runStatement<{ state: 'open' | 'done' | 'superseded' }>(
    db,
    { name: 'read-enrolment-state', text },
    [id],
  );
  return row?.state ?? null;
}
