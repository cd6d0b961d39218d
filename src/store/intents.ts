import type { IntentRecord, IntentRecorded } from '../domain/ledger.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { type Db, type DeleteSteps, deleteInSteps, runStatement } from './database.ts';
import { aliveWorkers } from './worker.ts';

type Row = { n: number; version: string; id: string };

/**
 * Records the intents of vendor writes, each in its own lane, in one statement and one commit.
 *
 * `input` checks each intent against the open intents of its lane. `claimed` raises the lane's version
 * where it equals the one that the engine read; the row lock makes concurrent batches wait. Only intents
 * whose lane was claimed are inserted (`begun`) or sent again (`continued`).
 *
 * The result is `conflict` if the lane has another version, if another intent of the lane is being sent, or
 * if the intent to continue is closed or belongs to another worker that is still alive.
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

// Lanes are locked in the order of their names, so that two batches cannot deadlock. A statement does not
// see its own writes in the tables, so everything after the comparison joins `claimed`. Look-ups are
// subqueries with a limit, and joins use one column: the planner knows nothing about the contents of the
// list, and this leaves it only index look-ups and hash joins. A send is stamped with `clock_timestamp()`:
// `now()` is the start of the transaction, which may have waited for a lane.
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
    (id, vendor, centre, ident, step, effect, subject, natural_key, state, worker, request_hash, started_at)
  select w.id, w.vendor, w.centre, w.ident, w.step, w.effect, w.subject, w."naturalKey", 'sending', w.worker,
    w."requestHash", clock_timestamp()
  from won w where w."intentId" is null
),
continued as (
  update sync.intent t
  set state = 'sending', attempt = t.attempt + 1, worker = w.worker, request_hash = w."requestHash",
    code = null, started_at = clock_timestamp(), ended_at = null
  from won w where w."intentId" is not null and t.id = w.id
)
select w.n, w.version + 1 as version, w.id from won w`,
};

/** The lane of an open intent; null if it is closed. */
export async function findLaneOf(db: Db, intentId: string): Promise<string | null> {
  const text = `
select ident from sync.intent where id = $1 and state in ('planned', 'sending', 'unknown')`;
  const [row] = await runStatement<{ ident: string }>(db, { name: 'find-lane', text }, [intentId]);
  return row?.ident ?? null;
}

export type OpenIntents = {
  readonly planned: number;
  readonly sending: number;
  readonly unknown: number;
  /** Null if none is open. */
  readonly oldestAtMs: number | null;
};

/** Counts the intents whose outcome is not recorded yet. */
export async function countOpenIntents(db: Db, vendor: VendorName): Promise<OpenIntents> {
  const text = `
select count(*) filter (where state = 'planned')::integer as planned,
  count(*) filter (where state = 'sending')::integer as sending,
  count(*) filter (where state = 'unknown')::integer as unknown,
  (extract(epoch from min(started_at)) * 1000)::float8 as "oldestAtMs"
from sync.intent where vendor = $1 and state in ('planned', 'sending', 'unknown')`;
  const [row] = await runStatement<OpenIntents>(db, { name: 'count-open-intents', text }, [vendor]);
  return row ?? { planned: 0, sending: 0, unknown: 0, oldestAtMs: null };
}

/**
 * Learners with an open intent. Each of them needs a look after a start, because no event may ever come for
 * them.
 *
 * An accepted enrolment counts as open too: its command may have been answered when the vendor was disabled
 * before the work was done.
 */
export async function readUnsettledIdents(
  db: Db,
  vendor: VendorName,
  page: { readonly afterIdent: string | null; readonly limit: number },
): Promise<string[]> {
  const text = `
select ident from sync.intent
where vendor = $1 and state in ('planned', 'sending', 'unknown') and ident > $2
union
select ident from sync.enrolment where vendor = $1 and state = 'open' and ident > $2
order by ident limit $3`;
  const values = [vendor, page.afterIdent ?? '', page.limit];
  const rows = await runStatement<{ ident: string }>(db, { name: 'read-unsettled-idents', text }, values);
  return rows.map(({ ident }) => ident);
}

/** Deletes settled intents that started before `date`; open ones stay. Returns the number of deleted rows. */
export function deleteIntentsBefore(db: Db, date: Date, steps?: DeleteSteps): Promise<number> {
  const text = `
with old as (
  delete from sync.intent where id = any (array(
    select id from sync.intent where started_at < $1 and state in ('done', 'rejected', 'held') limit $2))
  returning 1
)
select count(*)::integer as count from old`;
  return deleteInSteps(db, { name: 'delete-intents', text }, date, steps);
}
