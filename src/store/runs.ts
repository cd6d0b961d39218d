import type {
  Foreseen,
  Run,
  RunAsked,
  RunChange,
  RunItem,
  RunItemFilter,
  RunItemState,
  RunState,
} from '../domain/run.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { type Db, runStatement } from './database.ts';

/*
 * Runs and their items. A change of state names the states it may come from, so that two processes, or a person and a
 * process, never both move a run: the later one finds it elsewhere and reads it again.
 */

const columns = `r.id::float8 as id, r.vendor, r.centre, r.wanted as "order", r.state, r.asked_by as "askedBy",
  r.approved_by as "approvedBy", r.plan, r.code, r.params,
  floor(extract(epoch from r.asked_at) * 1000)::float8 as "askedAtMs",
  floor(extract(epoch from r.started_at) * 1000)::float8 as "startedAtMs",
  floor(extract(epoch from r.ended_at) * 1000)::float8 as "endedAtMs",
  (select json_build_object('items', count(*), 'done', count(*) filter (where i.state = 'done'),
      'failed', count(*) filter (where i.state = 'failed'), 'calls', r.calls)
    from sync.run_item i where i.run = r.id) as progress`;

/** Asks for a run; asked for by the same command again, it is the same run. */
export async function askForRun(
  db: Db,
  { vendor, centre, request, order, by, isApproved = false }: RunAsked,
): Promise<Run> {
  const text = `
with made as (
  insert into sync.run (vendor, centre, request, wanted, state, asked_by) values ($1, $2, $3, $4, $6, $5)
  on conflict (request) do nothing returning *
)
select ${columns} from (select * from made union all select * from sync.run where request = $3) r limit 1`;
  const state: RunState = isApproved ? 'approved' : 'asked';
  const values = [vendor, centre, request, JSON.stringify(order), by, state];
  const [run] = await runStatement<Run>(db, { name: 'ask-for-run', text }, values);
  if (run === undefined) throw new Error('a run that was asked for is not there');
  return run;
}

export async function readRun(db: Db, id: number): Promise<Run | null> {
  const text = `select ${columns} from sync.run r where r.id = $1`;
  const [run] = await runStatement<Run>(db, { name: 'read-run', text }, [id]);
  return run ?? null;
}

/** Where a run is. Its items are not counted, so it costs the same however many there are. */
export async function readRunState(db: Db, id: number): Promise<RunState | null> {
  const text = 'select state from sync.run where id = $1';
  const [run] = await runStatement<{ state: RunState }>(db, { name: 'read-run-state', text }, [id]);
  return run?.state ?? null;
}

/** Newest first, of one vendor or of all. */
export function listRuns(db: Db, vendor: VendorName | null, limit: number): Promise<Run[]> {
  const text = `
select ${columns} from sync.run r where $1::text is null or r.vendor = $1 order by r.id desc limit $2`;
  return runStatement<Run>(db, { name: 'list-runs', text }, [vendor, limit]);
}

/** The run of a vendor that is to be worked on: the one in work, else the one that waits longest. */
export async function readNextRun(db: Db, vendor: VendorName): Promise<Run | null> {
  const text = `
select ${columns} from sync.run r
where r.vendor = $1 and r.state not in ('done', 'stopped', 'failed') and r.state in ('running', 'approved', 'asked')
order by r.state <> 'running', r.id limit 1`;
  const [run] = await runStatement<Run>(db, { name: 'read-next-run', text }, [vendor]);
  return run ?? null;
}

/** Null: it is not there, or in none of the states that it may come from. */
export async function moveRun(
  db: Db,
  id: number,
  { from, to }: { readonly from: readonly RunState[]; readonly to: RunState },
  { approvedBy, plan, code = null, params = {} }: RunChange,
): Promise<Run | null> {
  const text = `
with moved as (
  update sync.run set state = $3, code = $4, params = $5,
    approved_by = coalesce($6, approved_by),
    plan = case when $7 then $8::jsonb else plan end,
    started_at = case when $3 = 'running' then coalesce(started_at, now()) else started_at end,
    ended_at = case when $3 in ('done', 'stopped', 'failed') then now() end
  where id = $1 and state = any ($2::text[]) returning *
)
select ${columns} from moved r`;
  const hasPlan = plan !== undefined;
  const values = [id, from, to, code, JSON.stringify(params), approvedBy ?? null, hasPlan];
  const planned = plan === undefined || plan === null ? null : JSON.stringify(plan);
  const [run] = await runStatement<Run>(db, { name: 'move-run', text }, [...values, planned]);
  return run ?? null;
}

/** Forgets what was planned, before it is planned once more. */
export async function clearRunItems(db: Db, run: number): Promise<void> {
  await runStatement(db, { name: 'clear-run-items', text: 'delete from sync.run_item where run = $1' }, [
    run,
  ]);
}

export async function addRunItems(
  db: Db,
  run: number,
  items: readonly { readonly ident: string; readonly planned: Foreseen }[],
): Promise<void> {
  const text = `
insert into sync.run_item (run, ident, state, planned)
select $1, x.ident, 'planned', x.planned from json_to_recordset($2::json) as x(ident text, planned jsonb)
on conflict (run, ident) do update set planned = excluded.planned`;
  await runStatement(db, { name: 'add-run-items', text }, [run, JSON.stringify(items)]);
}

/** In the order of their idents; lanes of officers and organisations, which learners wait for, come first. */
export function listRunItems(
  db: Db,
  run: number,
  { state, onlyWithLines = false }: RunItemFilter,
  { afterIdent, limit }: { readonly afterIdent: string | null; readonly limit: number },
): Promise<RunItem[]> {
  const order = `(position(':' in ident) = 0)`;
  const text = `
select ident, state, planned, code, calls, happened from sync.run_item
where run = $1 and ($2::text is null or state = $2)
  and (not $3 or jsonb_array_length(planned -> 'lines') > 0 or jsonb_array_length(happened) > 0 or state = 'failed')
  and ($4::text is null or (${order}, ident) > (position(':' in $4) = 0, $4))
order by ${order}, ident limit $5`;
  const values = [run, state ?? null, onlyWithLines, afterIdent, limit];
  return runStatement<RunItem>(db, { name: 'list-run-items', text }, values);
}

/** What a look has come to. Done twice it is the same. */
export async function endRunItem(
  db: Db,
  run: number,
  { ident, state, code, calls }: Pick<RunItem, 'ident' | 'code' | 'calls'> & { readonly state: RunItemState },
): Promise<void> {
  const text = `
with ended as (
  update sync.run_item set state = $3, code = $4, calls = calls + $5 where run = $1 and ident = $2 returning 1
)
update sync.run set calls = calls + $5 where id = $1 and exists (select from ended)`;
  await runStatement(db, { name: 'end-run-item', text }, [run, ident, state, code, calls]);
}

/** What is still planned counts as done. */
export async function endRunItems(db: Db, run: number): Promise<void> {
  const text = `update sync.run_item set state = 'done' where run = $1 and state = 'planned'`;
  await runStatement(db, { name: 'end-run-items', text }, [run]);
}

/** Counts calls that the plan itself has made. */
export async function addRunCalls(db: Db, run: number, calls: number): Promise<void> {
  const text = 'update sync.run set calls = calls + $2 where id = $1';
  await runStatement(db, { name: 'add-run-calls', text }, [run, calls]);
}

/**
 * Writes into each item what has happened to its record since the run began: what was sent, linked and taken over, and what
 * is held now.
 *
 * What was sent stands in the ledger with its effect, what was taken over in the journal, a link at its own row; the link of
 * what was created, and what then comes down from it, are part of the create. All are
 * found by their time, which indexes of blocks serve, so that the cost is that of what happened meanwhile, however long the
 * history is. It is asked for again and again until all has come, so an item that shows the same already is not written.
 */
export async function recordHappened(db: Db, run: number): Promise<void> {
  const text = `
with this as (select id, vendor, started_at from sync.run where id = $1 and started_at is not null),
made as materialized (
  select l.vendor_id from this join sync.link l on l.made_at >= this.started_at and l.vendor = this.vendor
  where l.how = 'created'
),
line as (
  select i.ident, i.effect as does, i.subject, i.step as code
  from this join sync.intent i on i.started_at >= this.started_at and i.vendor = this.vendor
  where i.effect <> 'read' and i.state = 'done'
  union
  select j.ident, 'pull', j.subject, null
  from this join sync.journal j on j.at >= this.started_at and j.vendor = this.vendor
  where j.kind = 'applied' and j.subject is not null and not exists (
    select from made m where m.vendor_id = j.vendor_id
  )
  union
  select coalesce(l.ident, l.kind || ':' || l.pics_id), 'link', l.kind || ':' || l.pics_id, null
  from this join sync.link l on l.made_at >= this.started_at and l.vendor = this.vendor
  where l.how <> 'created'
  union
  select h.ident, 'held', h.subject, h.code
  from this join sync.held h on h.vendor = this.vendor
  where h.closed_at is null and h.skipped_at is null
),
happened as (
  select ident, jsonb_agg(jsonb_build_object('does', does, 'subject', subject, 'code', code)
    order by does, subject) as lines
  from line group by ident
)
update sync.run_item i set happened = coalesce(h.lines, '[]')
from sync.run_item o left join happened h on h.ident = o.ident
where o.run = $1 and i.run = o.run and i.ident = o.ident and i.happened is distinct from coalesce(h.lines, '[]')`;
  await runStatement(db, { name: 'record-happened', text }, [run]);
}

/** Deletes runs that ended before a date, with their items. Returns the number of runs. */
export async function deleteRunsBefore(db: Db, date: Date): Promise<number> {
  const text = `
with old as (delete from sync.run where ended_at < $1 returning 1) select count(*)::integer as count from old`;
  const [row] = await runStatement<{ count: number }>(db, { name: 'delete-runs', text }, [date]);
  return row?.count ?? 0;
}
