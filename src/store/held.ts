import type { Acted, HeldChoice, HeldCount, HeldFilter, HeldRow, Retried, RetryAct } from '../domain/held.ts';
import type { Due, Postponed } from '../domain/ledger.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { type Db, type DeleteSteps, deleteInSteps, runStatement } from './database.ts';

/*
 * What waits: held items, until a person has decided, and postponed records, until a time. A held item is closed and
 * never deleted while it is young: closed ones are the history, and say how often something was tried.
 */

const columns = `id::text as id, vendor, centre, ident, subject, code, params, request_hash as "requestHash", tries,
  floor(extract(epoch from since) * 1000)::float8 as "sinceMs",
  floor(extract(epoch from skipped_at) * 1000)::float8 as "skippedAtMs",
  floor(extract(epoch from closed_at) * 1000)::float8 as "closedAtMs", how, by, reason`;

const states: Readonly<Record<NonNullable<HeldFilter['state']>, string>> = {
  waiting: 'closed_at is null and skipped_at is null',
  skipped: 'closed_at is null and skipped_at is not null',
  closed: 'closed_at is not null',
};

/**
 * Oldest first. A statement of its own for each state and each choice of filters: a plan that must serve filters that are
 * not there finds no index, and reads the whole history.
 */
export function listHeld(db: Db, filter: HeldFilter = {}): Promise<HeldRow[]> {
  const { state = 'waiting', limit = 1_000, afterId = '0' } = filter;
  const given = (['vendor', 'ident', 'code'] as const).flatMap((name) => {
    const value = filter[name];
    return value === undefined ? [] : [{ name, value }];
  });
  const conditions = given.map(({ name }, n) => ` and ${name} = $${n + 3}`).join('');
  const text = `
select ${columns} from sync.held
where id > $1 and ${states[state]}${conditions}
order by id limit $2`;
  const values = [afterId, limit, ...given.map(({ value }) => value)];
  const name = ['list-held', state, ...given.map((one) => one.name)].join('-');
  return runStatement<HeldRow>(db, { name, text }, values);
}

/**
 * Closes held items so that they are tried once more. The caller then starts a look at their learners.
 *
 * The statement raises the versions of their lanes. Otherwise a look in progress would hold the items again
 * without a try.
 */
export function retryHeld(db: Db, choice: HeldChoice, { by, request }: RetryAct): Promise<Retried[]> {
  const text = `
with chosen as materialized (
  select id, vendor, ident from sync.held
  where closed_at is null
    and (id = any ($1::bigint[]) or vendor = $2 and skipped_at is null and (code = $3 or ident = any ($4::text[])))
),
locked as materialized (
  select l.vendor, l.ident from sync.lane l
  where (l.vendor, l.ident) in (select vendor, ident from chosen) order by l.vendor, l.ident for update
),
moved as (
  update sync.lane l set version = l.version + 1, touched_at = now() from locked k
  where l.vendor = k.vendor and l.ident = k.ident returning l.ident
),
acted as (
  update sync.held h set closed_at = now(), how = 'retried', by = $5, reason = $6, skipped_at = null
  from chosen c, (select count(*) as lanes from moved) m
  where h.id = c.id and h.closed_at is null and m.lanes >= 0
  returning h.vendor, h.ident, h.subject, h.code, h.params
)
select * from acted
union all
select vendor, ident, subject, code, params from sync.held where how = 'retried' and reason = $6`;
  const named = { ids: [], vendor: null, code: null, idents: [], ...choice };
  const values = [named.ids, named.vendor, named.code, named.idents, by, request ?? null];
  return runStatement<Retried>(db, { name: 'retry-held', text }, values);
}

/**
 * Skips an item for a user: it stays undone until its reason or its request changes. Returns null if the
 * item is no longer open.
 */
export async function skipHeld(
  db: Db,
  id: string,
  act: { readonly reason: string; readonly by: string },
): Promise<Acted | null> {
  const text = `
update sync.held set skipped_at = now(), how = 'skipped', by = $2, reason = $3
where id = $1 and closed_at is null returning vendor, ident, subject`;
  const [row] = await runStatement<Acted>(db, { name: 'skip-held', text }, [id, act.by, act.reason]);
  return row ?? null;
}

/** What waits for a person, by reason, most frequent first. */
export function countHeldByReason(db: Db): Promise<HeldCount[]> {
  const text = `
select vendor, code, count(*)::integer as count, floor(extract(epoch from min(since)) * 1000)::float8 as "oldestSinceMs"
from sync.held where closed_at is null and skipped_at is null
group by vendor, code order by 3 desc, 1, 2`;
  return runStatement<HeldCount>(db, { name: 'count-held', text }, []);
}

/**
 * Learners with an open item that names this officer or organisation. Whatever its reason, it may depend on
 * that record.
 */
export async function readIdentsHeldFor(
  db: Db,
  vendor: VendorName,
  param: { readonly name: 'officer' | 'place'; readonly value: string },
): Promise<string[]> {
  const text = `
select distinct ident from sync.held
where vendor = $1 and closed_at is null and params ->> '${param.name}' = $2 and strpos(ident, ':') = 0
order by ident`;
  const values = [vendor, param.value];
  const name = `read-held-for-${param.name}`;
  const rows = await runStatement<{ ident: string }>(db, { name, text }, values);
  return rows.map(({ ident }) => ident);
}

/** Lanes of learners, officers and organisations with an item that waits for a user, in lane order. */
export async function readHeldLanes(db: Db, vendor: VendorName): Promise<string[]> {
  const text = `
select distinct ident from sync.held
where vendor = $1 and closed_at is null and skipped_at is null and ident <> ''
order by ident`;
  const rows = await runStatement<{ ident: string }>(db, { name: 'read-held-lanes', text }, [vendor]);
  return rows.map(({ ident }) => ident);
}

/**
 * Deletes items that were closed before `date`. Open items stay, including skipped ones. Returns the number
 * of deleted rows.
 */
export function deleteHeldBefore(db: Db, date: Date, steps?: DeleteSteps): Promise<number> {
  const text = `
with old as (
  delete from sync.held where id = any (array(
    select id from sync.held where closed_at is not null and closed_at < $1 limit $2))
  returning 1
)
select count(*)::integer as count from old`;
  return deleteInSteps(db, { name: 'delete-held', text }, date, steps);
}

/**
 * Leaves a record of a learner alone for so long, counted from now. Asked again it waits longer, never shorter.
 *
 * A look that waits for a transaction of PICS comes ever more rarely: after as long again as it has waited so
 * far, but at least once an hour.
 */
export async function postpone(db: Db, { vendor, ident, subject, forMs, txId }: Postponed): Promise<void> {
  const text = `
insert into sync.postponed as p (vendor, ident, subject, until, tx_id)
values ($1, $2, $3, now() + $4::float8 * interval '1 millisecond', $5)
on conflict (ident, vendor, subject) do update set until = greatest(p.until, excluded.until,
  case when p.tx_id is not null then now() + least(now() - p.since, interval '1 hour') end)`;
  await runStatement(db, { name: 'postpone', text }, [vendor, ident, subject, forMs, txId ?? null]);
}

/**
 * Longest due first. A transaction that was waited for longer than a day is waited for no more: PICS was restored
 * to a time before it.
 */
export function readDue(db: Db, vendor: VendorName, limit: number): Promise<Due[]> {
  const text = `
select ident, max(until)::text as until, coalesce(
  json_agg(tx_id) filter (where tx_id is not null and since > now() - interval '1 day'), '[]') as "txIds"
from sync.postponed where vendor = $1 and until <= now()
group by ident order by min(until), ident limit $2`;
  return runStatement<Due>(db, { name: 'read-due', text }, [vendor, limit]);
}

/**
 * Deletes the entries that were due when `readDue` ran; the learner has been looked at since then.
 *
 * An entry that became due during that look was still skipped by it, so it stays for the next look.
 */
export async function forgetDue(db: Db, vendor: VendorName, { ident, until }: Due): Promise<void> {
  const text = 'delete from sync.postponed where vendor = $1 and ident = $2 and until <= $3::timestamptz';
  await runStatement(db, { name: 'forget-due', text }, [vendor, ident, until]);
}
