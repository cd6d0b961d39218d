import { hashRecord } from '../domain/digest.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Observation } from '../domain/observation.ts';
import type { PollLearner } from '../domain/schedule.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { type Db, runStatement } from './database.ts';
import {
  movedSent,
  observedAtSql,
  readShadowHashes,
  readShadows,
  readUnseen,
  replacesSql,
} from './shadows.ts';

/** `epoch` grows each time the lease changes its holder. A write with an older epoch is refused. */
type Lease = { readonly name: string; readonly epoch: number };

/**
 * A common table expression for statements that only the holder may run ($1 name, $2 epoch). It locks the
 * lease row, so the lease cannot change its holder before the statement commits.
 */
const leaseIsMine = `
mine as materialized (
  select epoch from sync.lease where name = $1 and epoch = $2 and expires_at > clock_timestamp() for share
)`;

/**
 * Takes the lease if it is free or has expired by the clock of the database. Returns null if another
 * process holds it.
 */
async function acquireLease(
  db: Db,
  wanted: { readonly name: string; readonly holder: string; readonly ttlMs: number },
): Promise<Lease | null> {
  const text = `
insert into sync.lease as l (name, holder, epoch, expires_at)
values ($1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond')
on conflict (name) do update
set holder = excluded.holder, epoch = l.epoch + 1, expires_at = excluded.expires_at
where l.expires_at <= clock_timestamp()
returning name, epoch::float8 as epoch`;
  const values = [wanted.name, wanted.holder, wanted.ttlMs];
  const [lease] = await runStatement<Lease>(db, { name: 'acquire-lease', text }, values);
  return lease ?? null;
}

/**
 * Extends the lease. Returns false if it has expired or changed its holder; then the work under it must
 * stop.
 */
async function renewLease(db: Db, lease: Lease, ttlMs: number): Promise<boolean> {
  const text = `
update sync.lease set expires_at = clock_timestamp() + $3 * interval '1 millisecond'
where name = $1 and epoch = $2 and expires_at > clock_timestamp() returning 1`;
  return (await runStatement(db, { name: 'renew-lease', text }, [lease.name, lease.epoch, ttlMs])).length > 0;
}

/** Releases the lease, so that the next holder need not wait until it expires. */
async function releaseLease(db: Db, lease: Lease): Promise<void> {
  const text = `update sync.lease set expires_at = clock_timestamp() where name = $1 and epoch = $2`;
  await runStatement(db, { name: 'release-lease', text }, [lease.name, lease.epoch]);
}

type PollStoreOptions = PollScope & {
  /** The host and process that poll, for display. */
  readonly holder: string;
  readonly leaseMs: number;
  /** The clock for the times of observations. */
  readonly nowMs?: () => number;
};

type WriteResult = 'recorded' | 'fenced';

/**
 * Creates the poller's access to the sync database, for one vendor connection.
 *
 * Only one process polls a connection: it holds a lease, and every write carries the lease's epoch.
 * `runFenced` puts the write and the check of the lease into one statement, so a process that has lost its
 * lease writes nothing and gets `fenced`.
 *
 * A pass is one complete reading of an entity. It gets a number when it begins, each page marks its records
 * as seen by that number, and `readMissing` returns the records that two passes in a row did not see.
 * Progress and runs are kept as JSON in `sync.cursor`, so that another process can continue.
 */
export function createPollStore(db: Db, options: PollStoreOptions) {
  const { vendor, centre, holder, leaseMs, nowMs = Date.now } = options;
  const scope = { vendor, centre };
  const name = toLeaseName(scope);
  return {
    acquireLease: () => acquireLease(db, { name, holder, ttlMs: leaseMs }),
    renewLease: ({ epoch }: { readonly epoch: number }) => renewLease(db, { name, epoch }, leaseMs),
    releaseLease: ({ epoch }: { readonly epoch: number }) => releaseLease(db, { name, epoch }),
    readHashes: (entity: string, vendorIds: readonly string[]) =>
      readShadowHashes(db, { ...scope, entity }, vendorIds),
    recordPage: <P extends { readonly passId: string }>(page: {
      readonly epoch: number;
      readonly observations: readonly Observation[];
      readonly progress: { readonly resource: string; readonly value: P } | null;
    }): Promise<WriteResult> => recordPollPage(db, scope, page),
    /** As recorded with the last page. The caller defines its type. */
    readProgress: <P>(resource: string): Promise<P | null> => readState(db, scope, `pass ${resource}`),
    beginPass: (entity: string, epoch: number): Promise<string> =>
      beginFencedPass(db, { ...scope, entity }, { epoch, startedAtMs: nowMs() }),
    completePass: (passId: string, epoch: number): Promise<WriteResult> =>
      runFenced(db, scope, epoch, {
        name: 'complete-pass-fenced',
        text: `update sync.pass set completed_at = now() where id = $3 and (select count(*) from mine) = 1
returning 1`,
        values: [passId],
      }),
    readMissing: async (entity: string) => {
      const { unseen, known } = await readUnseen(db, { ...scope, entity });
      return { missing: unseen.map((one) => ({ centre, ...one })), totalCount: known };
    },
    forgetShadows: (entity: string, vendorIds: readonly string[], epoch: number): Promise<WriteResult> =>
      runFenced(db, scope, epoch, {
        name: 'forget-shadows-fenced',
        text: `delete from sync.shadow
where vendor_id = any ($3::text[]) and entity = $4 and centre = $5 and vendor = $6
  and (select count(*) from mine) = 1 returning 1`,
        values: [vendorIds, entity, centre, vendor],
      }),
    keepUnasked: (
      entity: string,
      learnerVendorIds: readonly string[],
      { passId, epoch }: { readonly passId: string; readonly epoch: number },
    ): Promise<WriteResult> =>
      runFenced(db, scope, epoch, {
        name: 'keep-unasked-fenced',
        text: `update sync.shadow set seen_pass = $3::bigint
where learner_vendor_id = any ($4::text[]) and entity = $5 and centre = $6 and vendor = $7
  and (select count(*) from mine) = 1 returning 1`,
        values: [passId, learnerVendorIds, entity, centre, vendor],
      }),
    readObservations: async (entity: string, vendorIds: readonly string[]): Promise<Observation[]> => {
      const shadows = await readShadows(db, { ...scope, entity }, vendorIds);
      return shadows.map((shadow) => ({ ...shadow, cause: 'poll', deleted: false }));
    },
    readRuns: async (): Promise<KeptRuns> => (await readState<KeptRuns>(db, scope, 'runs')) ?? noRuns,
    recordRun: (run: number, state: RunState, epoch: number): Promise<WriteResult> =>
      mergeState(db, scope, epoch, {
        resource: 'runs',
        initial: noRuns,
        change:
          state.kind === 'begun'
            ? { open: run, scope: state.scope }
            : { open: null, lastCompleted: run, unread: state.unread ?? {} },
      }),
  };
}

type Scope = 'daily' | 'all';
type Unread = Readonly<Record<string, number>>;
type RunState =
  | { readonly kind: 'begun'; readonly scope: Scope }
  | { readonly kind: 'completed'; readonly unread?: Unread };
/** `scope`: the scope of the run that started last. */
type KeptRuns = {
  readonly open: number | null;
  readonly lastCompleted: number | null;
  readonly scope?: Scope;
  readonly unread?: Unread;
};
const noRuns: KeptRuns = { open: null, lastCompleted: null };

async function readState<T>(db: Db, { vendor, centre }: PollScope, resource: string): Promise<T | null> {
  const text = `
select value::jsonb as state from sync.cursor where vendor = $1 and centre = $2 and resource = $3`;
  const values = [vendor, centre, resource];
  const [row] = await runStatement<{ state: T }>(db, { name: 'read-poll-state', text }, values);
  return row?.state ?? null;
}

type FencedStatement = {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
};

/** Runs a statement that does nothing unless the epoch is that of the current lease. */
async function runFenced(
  db: Db,
  scope: PollScope,
  epoch: number,
  { name, text, values }: FencedStatement,
): Promise<WriteResult> {
  const whole = `with ${leaseIsMine}, act as (${text}) select count(*)::integer as held from mine`;
  const [row] = await runStatement<{ held: number }>(db, { name, text: whole }, [
    toLeaseName(scope),
    epoch,
    ...values,
  ]);
  return row?.held === 1 ? 'recorded' : 'fenced';
}

function mergeState(
  db: Db,
  scope: PollScope,
  epoch: number,
  state: { readonly resource: string; readonly initial: JsonObject; readonly change: JsonObject },
): Promise<WriteResult> {
  const { vendor, centre } = scope;
  return runFenced(db, scope, epoch, {
    name: 'merge-poll-state',
    text: `insert into sync.cursor as c (vendor, centre, resource, value, epoch)
select $3, $4, $5, ($6::jsonb || $7::jsonb)::text, mine.epoch from mine
on conflict (vendor, centre, resource) do update
set value = (c.value::jsonb || $7::jsonb)::text, epoch = excluded.epoch, recorded_at = now()
returning 1`,
    values: [vendor, centre, state.resource, JSON.stringify(state.initial), JSON.stringify(state.change)],
  });
}

async function beginFencedPass(
  db: Db,
  { vendor, centre, entity }: PollScope & { readonly entity: string },
  { epoch, startedAtMs }: { readonly epoch: number; readonly startedAtMs: number },
): Promise<string> {
  const text = `
with ${leaseIsMine}
insert into sync.pass (vendor, centre, entity, started_at_ms)
select $3, $4, $5, $6 from mine returning id::text as id`;
  const values = [toLeaseName({ vendor, centre }), epoch, vendor, centre, entity, Math.floor(startedAtMs)];
  const [row] = await runStatement<{ id: string }>(db, { name: 'begin-pass', text }, values);
  // Without the lease this number is never used: the next write with this epoch is refused.
  return row?.id ?? '0';
}

type PollScope = { readonly vendor: VendorName; readonly centre: string };

function toLeaseName({ vendor, centre }: PollScope): string {
  return `poll ${vendor} ${centre}`;
}

type PollPageRecord = {
  readonly epoch: number;
  readonly observations: readonly Observation[];
  readonly progress: { readonly resource: string; readonly value: { readonly passId: string } } | null;
};

/**
 * Records one page of a poll in one statement: its records as shadows and, in a full pass, that the pass
 * saw them and how far it has come.
 *
 * The result is `fenced`, and nothing is written, if the epoch is not that of the current lease.
 */
async function recordPollPage(
  db: Db,
  { vendor, centre }: PollScope,
  { epoch, observations, progress }: PollPageRecord,
): Promise<'recorded' | 'fenced'> {
  const shadows = observations.flatMap(({ record, vendorId, entity, learnerVendorId, observedAtMs }) =>
    record === null
      ? []
      : [{ vendorId, entity, learnerVendorId, observedAtMs, record, hash: hashRecord(record) }],
  );
  const [row] = await runStatement<{ held: number }>(db, statement, [
    toLeaseName({ vendor, centre }),
    epoch,
    ...[vendor, centre, JSON.stringify(shadows), progress?.value.passId ?? null],
    ...(progress === null ? [null, null] : [`pass ${progress.resource}`, JSON.stringify(progress.value)]),
  ]);
  return row?.held === 1 ? 'recorded' : 'fenced';
}

// A shadow that is newer than the page keeps its content but still counts as seen by this pass.
const statement = {
  name: 'record-poll-page',
  text: `
with ${leaseIsMine},
shown as (
  insert into sync.shadow as s
    (vendor, centre, entity, vendor_id, learner_vendor_id, record, hash, observed_at_ms, seen_pass)
  select distinct on (x.entity, x."vendorId")
    $3, $4, x.entity, x."vendorId", x."learnerVendorId", x.record, x.hash,
    ${observedAtSql('x."observedAtMs"')}, $6::bigint
  from mine, json_to_recordset($5::json) as x(
    entity text, "vendorId" text, "learnerVendorId" text, record jsonb, hash text, "observedAtMs" bigint)
  order by x.entity, x."vendorId", x."observedAtMs" desc
  on conflict (vendor, centre, entity, vendor_id) do update
  set seen_pass = coalesce(excluded.seen_pass, s.seen_pass),
    learner_vendor_id = case when ${replacesSql} then excluded.learner_vendor_id else s.learner_vendor_id end,
    record = case when ${replacesSql} then excluded.record else s.record end,
    hash = case when ${replacesSql} then excluded.hash else s.hash end,
    sent = case when ${replacesSql} then ${movedSent} else s.sent end,
    observed_at_ms = case when ${replacesSql} then excluded.observed_at_ms else s.observed_at_ms end
  where ${replacesSql} or excluded.seen_pass is not null
),
place as (
  insert into sync.cursor as c (vendor, centre, resource, value, epoch)
  select $3, $4, $7::text, $8::text, mine.epoch from mine where $7::text is not null
  on conflict (vendor, centre, resource) do update
  set value = excluded.value, epoch = excluded.epoch, recorded_at = now()
)
select count(*)::integer as held from mine`,
};

const learnersAtOnce = 2_000;

/**
 * All linked learners, with the times that decide how soon their records are polled again.
 *
 * In portions, each by a short statement: the reviews of 100,000 learners are too many for one. Without a
 * review the database looks at no record of theirs.
 */
export async function readPollLearners(
  db: Db,
  { vendor, centre }: PollScope,
  review: { readonly entity: string; readonly atMsField: string } | null,
): Promise<PollLearner[]> {
  const text = `
select l.pics_id as ident, l.vendor_id as "vendorId",
  (extract(epoch from lane.touched_at) * 1000)::float8 as "lastActivityAtMs", r.at_ms as "nextReviewAtMs"
from sync.link l
left join sync.lane on lane.ident = l.ident and lane.vendor = l.vendor
left join lateral (
  select (s.record ->> $4)::float8 as at_ms from sync.shadow s
  where $3::text is not null and s.entity = $3
    and s.learner_vendor_id = l.vendor_id and s.centre = l.centre and s.vendor = l.vendor
    and jsonb_typeof(s.record -> $4) = 'number'
  order by abs((s.record ->> $4)::float8 - extract(epoch from now()) * 1000) limit 1
) r on true
where l.vendor = $1 and l.centre = $2 and l.kind = 'learner' and l.pics_id > $5
order by l.pics_id limit $6`;
  const learners: PollLearner[] = [];
  for (let after = ''; ; ) {
    const values = [vendor, centre, review?.entity ?? null, review?.atMsField ?? null, after, learnersAtOnce];
    const page = await runStatement<PollLearner>(db, { name: 'read-poll-learners', text }, values);
    for (const learner of page) learners.push(learner);
    if (page.length < learnersAtOnce) return learners;
    after = page.at(-1)?.ident ?? '';
  }
}

/**
 * Counts the known records of the vendor. Each name of `wanted` stands for one entity or the sum of
 * several.
 *
 * The count is null if one of its entities was never read completely.
 */
export async function countRecords<K extends string>(
  db: Db,
  { vendor, centre }: PollScope,
  wanted: Readonly<Record<K, readonly string[]>>,
): Promise<Readonly<Record<K, number | null>>> {
  const text = `
select x.entity,
  case when exists (
    select from sync.pass p
    where p.vendor = $1 and p.centre = $2 and p.entity = x.entity and p.completed_at is not null
  ) then (
    select count(*)::integer from sync.shadow s
    where s.vendor = $1 and s.centre = $2 and s.entity = x.entity
  ) end as count
from unnest($3::text[]) as x(entity)`;
  const names = Object.keys(wanted) as K[];
  const entities = [...new Set(names.flatMap((name) => wanted[name]))];
  const values = [vendor, centre, entities];
  type Row = { readonly entity: string; readonly count: number | null };
  const rows = await runStatement<Row>(db, { name: 'count-poll-records', text }, values);
  const counts = new Map(rows.map(({ entity, count }) => [entity, count]));
  const add = (sum: number | null, entity: string): number | null => {
    const count = counts.get(entity) ?? null;
    return sum === null || count === null ? null : sum + count;
  };
  const total = (name: K) => wanted[name].reduce<number | null>(add, 0);
  return Object.fromEntries(names.map((name) => [name, total(name)])) as Record<K, number | null>;
}

/** Start times of the full synchronisation in progress and of the last completed one (OF-3). */
type Runs = { readonly open: number | null; readonly lastCompleted: number | null };

/** Of the centre that was polled last. A vendor has one centre at a time. */
export async function readRuns(db: Db, vendor: VendorName): Promise<Runs> {
  const text = `
select value::jsonb as state from sync.cursor where vendor = $1 and resource = 'runs'
order by recorded_at desc limit 1`;
  const [row] = await runStatement<{ state: Runs }>(db, { name: 'read-runs', text }, [vendor]);
  return row?.state ?? { open: null, lastCompleted: null };
}
