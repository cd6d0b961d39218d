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
const statement = {
  name: 'record-intents',
  text: `
with input as materialized (
  select * from json_to_recordset($1::json) as i(
    n integer, vendor text, centre text, ident text, version bigint, step text, effect text, subject text,
    "naturalKey" text, "requestHash" text, worker integer, "intentId" bigint)
),
${aliveWorkers},
claimed as (
  insert into sync.lane as l (vendor, ident, version)
  select i.vendor, i.ident, i.version + 1 from input i
  where (i.version = 0 or exists (
      select from sync.lane k where k.vendor = i.vendor and k.ident = i.ident))
    and not exists (
      select from sync.intent t
      where t.vendor = i.vendor and t.ident = i.ident and t.state in ('planned', 'sending', 'unknown')
        and t.state = 'sending' and t.id is distinct from i."intentId")
    and (i."intentId" is null or exists (
      select from sync.intent t
      where t.id = i."intentId" and t.vendor = i.vendor and t.ident = i.ident
        and (t.state in ('planned', 'unknown') or t.state = 'sending'
          and (t.worker = i.worker or not exists (select from alive a where a.worker = t.worker)))))
  order by i.vendor, i.ident
  on conflict (vendor, ident) do update set version = excluded.version, touched_at = now()
    where l.version = excluded.version - 1
  returning l.vendor, l.ident, l.version
),
begun as (
  insert into sync.intent
    (vendor, centre, ident, step, effect, subject, natural_key, state, worker, request_hash)
  select i.vendor, i.centre, i.ident, i.step, i.effect, i.subject, i."naturalKey", 'sending', i.worker,
    i."requestHash"
  from input i join claimed c on c.vendor = i.vendor and c.ident = i.ident
  where i."intentId" is null
  returning vendor, ident, id
),
continued as (
  update sync.intent t
  set state = 'sending', attempt = t.attempt + 1, worker = i.worker, request_hash = i."requestHash",
    code = null, started_at = now(), ended_at = null
  from input i join claimed c on c.vendor = i.vendor and c.ident = i.ident
  where t.id = i."intentId"
  returning t.vendor, t.ident, t.id
)
select i.n, c.version, r.id
from input i
join claimed c on c.vendor = i.vendor and c.ident = i.ident
join (select * from begun union all select * from continued) r on r.vendor = i.vendor and r.ident = i.ident`,
};
