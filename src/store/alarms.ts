import type { Alarm, AlarmChoice, OpenAlarm } from '../domain/alarm.ts';
import { type Db, runStatement } from './database.ts';

const columns = `id::text as id, kind, about, code, place, count::float8 as count,
  floor(extract(epoch from since) * 1000)::float8 as "sinceMs",
  floor(extract(epoch from last_at) * 1000)::float8 as "lastAtMs"`;

/** Opens an alarm, or counts it once more where it is open already. */
export async function raiseAlarm(db: Db, { kind, about, code, place }: Alarm): Promise<void> {
  const text = `
insert into sync.alarm as a (kind, about, code, place) values ($1, $2, $3, $4)
on conflict (kind, about, code) where acknowledged_at is null
do update set count = a.count + 1, last_at = now(), place = excluded.place`;
  await runStatement(db, { name: 'raise-alarm', text }, [kind, about, code, place]);
}

/** Alarms that no person has acknowledged, oldest first. */
export function listOpenAlarms(db: Db): Promise<OpenAlarm[]> {
  const text = `select ${columns} from sync.alarm where acknowledged_at is null order by id`;
  return runStatement<OpenAlarm>(db, { name: 'list-open-alarms', text }, []);
}

/** Closes open alarms for a person. Returns those that it closed, oldest first. */
export async function acknowledgeAlarms(
  db: Db,
  choice: AlarmChoice,
  { by }: { readonly by: string },
): Promise<OpenAlarm[]> {
  const text = `
with closed as (
  update sync.alarm set acknowledged_at = now(), acknowledged_by = $2
  where acknowledged_at is null and ($1::bigint[] is null or id = any ($1::bigint[]))
  returning *
)
select ${columns} from closed order by closed.id`;
  const ids = choice === 'all' ? null : choice.ids;
  return await runStatement<OpenAlarm>(db, { name: 'acknowledge-alarms', text }, [ids, by]);
}
