import type { IntentRecord, IntentRecorded } from '../core/ledger.ts';
import { type Db, runStatement } from './statement.ts';
import { aliveWorkers } from './worker-lock.ts';

type Row = { n: number; version: string; id: string };

/**
 * Announces vendor writes, each in a lane of its own: one statement, one commit for all.
 *
 * Refused as `conflict`: the lane moved on; another intent of it is being sent; the intent to be continued is closed or
 * still in the hands of another worker that is alive.
 */
export async function recordIntents(db: Db, intents: readonly IntentRecord[]): Promise<IntentRecorded[]> {
  const recorded: IntentRecorded[] = intents.map(() => ({ kind: 'conflict' }));
  const rows = await runStatement<Row>(db, statement, [
    JSON.stringify(intents.map((intent, n) => ({ n, ...intent }))),
  ]);
  for (const { n, id, version } of rows)
    recorded[n] = { kind: 'recorded', intentId: id, version: Number(version) };
  return recorded;
}

// Lanes are locked in the order of their names, so that two batches cannot wait for each other.
// Rows of this statement's own writes are not visible in it: what follows the compare joins `claimed`, never the table.
// Look-ups are subqueries with a limit, and joins have one column: the planner, which knows nothing of what is in the
// list, is left no worse choice than an index look-up here and a hash there.
const statement = {
  name: 'record-intents',
  text: `
with ${aliveWorkers},
input as materialized (
  select i.*, i.vendor || ' ' || i.ident as lane,
    (i.version = 0
      or (select true from sync.lane k where k.vendor = i.vendor and k.ident = i.ident limit 1))
    and (
      select true from sync.intent t
      where t.vendor = i.vendor and t.ident = i.ident and t.state in ('planned', 'sending', 'unknown')
        and t.state = 'sending' and t.id is distinct from i."intentId" limit 1
    ) is null
    and (i."intentId" is null or (
      select true from sync.intent t
      where t.id = i."intentId" and t.vendor = i.vendor and t.ident = i.ident
        and (t.state in ('planned', 'unknown') or t.state = 'sending'
          and (t.worker = i.worker or not exists (select from alive a where a.worker = t.worker))) limit 1)
    ) as "isAllowed"
  from json_to_recordset($1::json) as i(
    n integer, vendor text, centre text, ident text, version bigint, step text, effect text, subject text,
    "naturalKey" text, "requestHash" text, worker integer, "intentId" bigint)
),
claimed as (
  insert into sync.lane as l (vendor, ident, version)
  select i.vendor, i.ident, i.version + 1 from input i
  where i."isAllowed"
  order by i.vendor, i.ident
  on conflict (vendor, ident) do update set version = excluded.version, touched_at = now()
    where l.version = excluded.version - 1
  returning l.vendor || ' ' || l.ident as lane
),
won as materialized (
  select i.*, coalesce(i."intentId", nextval('sync.intent_id_seq')) as id
  from input i join claimed c on c.lane = i.lane
),
begun as (
  insert into sync.intent
    (id, vendor, centre, ident, step, effect, subject, natural_key, state, worker, request_hash)
  select w.id, w.vendor, w.centre, w.ident, w.step, w.effect, w.subject, w."naturalKey", 'sending', w.worker,
    w."requestHash"
  from won w where w."intentId" is null
),
continued as (
  update sync.intent t
  set state = 'sending', attempt = t.attempt + 1, worker = w.worker, request_hash = w."requestHash",
    code = null, started_at = now(), ended_at = null
  from won w where w."intentId" is not null and t.id = w.id
)
select w.n, w.version + 1 as version, w.id from won w`,
};
