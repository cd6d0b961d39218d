import type { Enrolment, KeptEnrolment } from '../domain/enrolment.ts';
import type { JsonObject } from '../domain/json.ts';
import type { LaneKey } from '../domain/ledger.ts';
import { type Db, type DeleteSteps, deleteInSteps, runStatement } from './database.ts';

/**
 * Stores an accepted enrol command for the engine. It supersedes an older open command of the same learner.
 *
 * The same request again changes nothing and keeps its milestones. The statement raises the lane's version,
 * so that a look in progress starts again and reads the enrolment too.
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
insert into sync.enrolment (vendor, centre, ident, id, plan, state)
select $1, $2, $3, $4, $5::jsonb, 'open' from (select count(*) as n from older) o where o.n >= 0
on conflict (id) do nothing`;
  const values = [vendor, centre, ident, id, JSON.stringify(plan)];
  for (let run = 1; ; run += 1) {
    try {
      await runStatement(db, { name: 'open-enrolment', text }, values);
      return;
    } catch (error) {
      // Two commands for one learner ran at the same moment: the one that waited for the lane did not see
      // the other's row.
      if (run === maxRuns || !isTaken(error)) throw error;
    }
  }
}

const maxRuns = 4;

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}

/** The enrolment of a request; null when none was accepted for it. */
export async function readEnrolment(db: Db, id: string): Promise<KeptEnrolment | null> {
  const text = 'select state, plan from sync.enrolment where id = $1';
  const [row] = await runStatement<KeptEnrolment>(db, { name: 'read-enrolment', text }, [id]);
  return row ?? null;
}

/**
 * Applies a user's correction to the open enrolment of a learner and raises the lane's version. Returns
 * false if no enrolment is open.
 */
export async function correctEnrolment(
  db: Db,
  { vendor, centre, ident }: LaneKey,
  correct: (plan: JsonObject) => JsonObject,
): Promise<boolean> {
  const read = `
select plan from sync.enrolment where vendor = $1 and centre = $2 and ident = $3 and state = 'open'`;
  const [row] = await runStatement<Pick<KeptEnrolment, 'plan'>>(
    db,
    { name: 'read-open-enrolment', text: read },
    [vendor, centre, ident],
  );
  if (row === undefined) return false;
  const write = `
with changed as (
  update sync.enrolment set plan = $4::jsonb
  where vendor = $1 and centre = $2 and ident = $3 and state = 'open'
  returning 1
)
update sync.lane set version = version + 1, touched_at = now()
where vendor = $1 and ident = $3 and (select count(*) from changed) > 0
returning 1`;
  const values = [vendor, centre, ident, JSON.stringify(correct(row.plan))];
  const moved = await runStatement(db, { name: 'correct-enrolment', text: write }, values);
  return moved.length > 0;
}

/** Deletes enrolments that ended before `date`; open ones stay. Returns the number of deleted rows. */
export function deleteEnrolmentsBefore(db: Db, date: Date, steps?: DeleteSteps): Promise<number> {
  const text = `
with old as (
  delete from sync.enrolment where id = any (array(
    select id from sync.enrolment where ended_at < $1 and state <> 'open' limit $2))
  returning 1
)
select count(*)::integer as count from old`;
  return deleteInSteps(db, { name: 'delete-enrolments', text }, date, steps);
}
