import { hashRecord } from '../domain/digest.ts';
import type { IntentRecord, IntentRecorded, OutcomeRecord, OutcomeRecorded } from '../domain/ledger.ts';
import type { ConflictingLink } from '../domain/link.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { type Db, type DeleteSteps, deleteInSteps, runStatement } from './database.ts';
import { findRival } from './links.ts';
import { movedSent, observedAtSql, replacesSql } from './shadows.ts';
import { aliveWorkers } from './worker.ts';

/*
 * An intent goes before each write at the vendor, and an outcome ends it. Both are compare-and-set on the version of the
 * lane, so of two processes that have read the same lane one records and the other reads again. An intent without an
 * outcome, after a kill or an answer that was lost, stays open until a look has settled it.
 */

type IntentRow = { n: number; version: string; id: string };

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
  const rows = await runStatement<IntentRow>(db, intentStatement, [
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
const intentStatement = {
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

type RecordedRow = { n: number; version: string; refused: readonly number[] | null };

/**
 * Records the outcomes of steps, each in its own lane, in one statement and one commit.
 *
 * `input` checks that the intent is still open, `moved` raises the lane's version where it equals the one
 * that the engine read, and `won` holds the outcomes that passed both. All other parts join `won` and write
 * to one table each: intents, shadows, links, field support, held items and the journal. The statement
 * returns the links that it could not make; `findRival` then finds out why.
 *
 * A shadow is never replaced by an older one, and a link is never replaced by another one (G-2) except by a
 * user's edit.
 */
export async function recordOutcomes(db: Db, outcomes: readonly OutcomeRecord[]): Promise<OutcomeRecorded[]> {
  const recorded: OutcomeRecorded[] = outcomes.map(() => ({ kind: 'conflict' }));
  const isRare = outcomes.some(hasRare);
  const input = outcomeInput(outcomes);
  // The lists of links to remove and of failed calls come last, and only the statement with the rare parts has
  // parameters for them.
  const rows = await runStatement<RecordedRow>(
    db,
    isRare ? outcomeStatements.rare : outcomeStatements.usual,
    isRare ? input : input.slice(0, -2),
  );
  for (const { n, version, refused } of rows) {
    const links = outcomes[n]?.links ?? [];
    const conflictingLinks: ConflictingLink[] = [];
    for (const index of refused ?? []) {
      const link = links[index];
      if (link === undefined) continue;
      const rival = await findRival(db, link);
      // Another process may have made the same link while this statement ran. That is no conflict.
      if (rival.kind !== 'same') conflictingLinks.push({ ...link, takenBy: rival.picsId });
    }
    recorded[n] = { kind: 'recorded', version: Number(version), conflictingLinks };
  }
  return recorded;
}

// Links that a user's edit replaces, links to remove, enrolments, and counts of failed calls. They are rare, so
// the usual statement leaves these parts out.
const rareParts = `replaced as (
  update sync.link l
  set vendor_id = j."vendorId", ident = j.ident, how = j.how, made_at = now(), copied_at = null
  from joined j
  where j.replaces is not null and l.vendor = j.vendor and l.centre = j.centre and l.kind = j.kind
    and l.pics_id = j."picsId" and l.vendor_id = j.replaces
    and (j.kind = 'officer' or (select true from sync.link o
      where o.vendor = j.vendor and o.centre = j.centre and o.kind = j.kind and o.vendor_id = j."vendorId" limit 1) is null)
  returning l.vendor, l.centre, l.kind, l.pics_id, l.vendor_id
),
unlinked as (
  delete from sync.link l
  using json_to_recordset($8::json) as x(n integer, kind text, "picsId" text) join won w on w.n = x.n
  where l.vendor = w.vendor and l.centre = w.centre and l.kind = x.kind and l.pics_id = x."picsId"
    and not exists (
      select from joined j where j.n = x.n and j.replaces is not null
        and not exists (select from replaced r
          where r.vendor = j.vendor and r.centre = j.centre and r.kind = j.kind and r.pics_id = j."picsId"
            and r.vendor_id = j."vendorId"))
),
enrolled as (
  update sync.enrolment e
  set milestones = case when w.milestone is null or e.milestones @> jsonb_build_array(w.milestone)
      then e.milestones else e.milestones || jsonb_build_array(w.milestone) end,
    state = case when w."concludesEnrolment" then 'done' else e.state end,
    ended_at = case when w."concludesEnrolment" then now() end
  from won w
  where (w.milestone is not null or w."concludesEnrolment")
    and e.vendor = w.vendor and e.centre = w.centre and e.ident = w.ident and e.state = 'open'
),
failing as materialized (
  select distinct on (w.n, x.step, x.subject) w.vendor, w.ident, x.step, x.subject, x."requestHash", x.count
  from json_to_recordset($9::json) as x(n integer, step text, subject text, "requestHash" text, count integer)
  join won w on w.n = x.n
  order by w.n, x.step, x.subject, x.count desc
),
failed as (
  insert into sync.call_failure as c (vendor, ident, step, subject, request_hash, count)
  select f.vendor, f.ident, f.step, f.subject, f."requestHash", f.count from failing f where f.count > 0
  order by f.vendor, f.ident, f.step, f.subject
  on conflict (ident, vendor, step, subject) do update
  set request_hash = excluded.request_hash, count = excluded.count, failed_at = now()
),
passed as (
  delete from sync.call_failure c using failing f
  where f.count = 0 and c.ident = f.ident and c.vendor = f.vendor and c.step = f.step and c.subject = f.subject
),
`;
const notReplaced = `    and not exists (select from replaced l
      where l.vendor = j.vendor and l.centre = j.centre and l.kind = j.kind and l.pics_id = j."picsId"
        and l.vendor_id = j."vendorId")
`;

// A statement sees the tables as they were at its start: no part reads what another part writes. Every part
// writes in key order, lanes first, so that two batches cannot deadlock. Look-ups are subqueries with a
// limit, and joins use one column: the planner knows nothing about the contents of the lists, and this
// leaves it only index look-ups and hash joins.
const outcomesText = (hasRare: boolean): string => `
with input as materialized (
  select i.*, i.vendor || ' ' || i.ident as lane,
    (i.version = 0
      or (select true from sync.lane k where k.vendor = i.vendor and k.ident = i.ident limit 1))
    and (i."intentId" is null or (
      select true from sync.intent t
      where t.id = i."intentId" and t.vendor = i.vendor and t.ident = i.ident
        and t.state in ('planned', 'sending', 'unknown') limit 1)
    ) as "isAllowed"
  from json_to_recordset($1::json) as i(
    n integer, vendor text, centre text, ident text, version bigint, "intentId" bigint, state text, code text,
    "vendorId" text, "isRepeat" boolean, milestone text, "concludesEnrolment" boolean, notes jsonb)
),
moved as (
  insert into sync.lane as l (vendor, ident, version, notes)
  select i.vendor, i.ident, i.version + 1, i.notes from input i
  where i."isAllowed"
  order by i.vendor, i.ident
  on conflict (vendor, ident) do update
  set version = excluded.version, touched_at = now(), notes = coalesce(excluded.notes, l.notes)
    where l.version = excluded.version - 1
  returning l.vendor || ' ' || l.ident as lane
),
won as materialized (
  select i.n, i.vendor, i.centre, i.ident, i.version + 1 as version, i."intentId", i.state, i.code, i."vendorId",
    i."isRepeat", i.milestone, i."concludesEnrolment"
  from input i join moved m on m.lane = i.lane
),
answered as (
  update sync.intent t
  set state = coalesce(w.state, t.state), code = w.code, vendor_id = coalesce(w."vendorId", t.vendor_id),
    repeats = t.repeats + w."isRepeat"::integer,
    ended_at = case when coalesce(w.state, t.state) in ('done', 'rejected', 'held') then now() end
  from won w
  where t.id = w."intentId"
),
shown as (
  insert into sync.shadow as s
    (vendor, centre, entity, vendor_id, learner_vendor_id, record, hash, observed_at_ms, sent)
  select distinct on (x.vendor, x.centre, x.entity, x."vendorId")
    x.vendor, x.centre, x.entity, x."vendorId", x."learnerVendorId", x.record, x.hash,
    ${observedAtSql('x."observedAtMs"')}, x.sent
  from json_to_recordset($2::json) as x(
    n integer, vendor text, centre text, entity text, "vendorId" text, "learnerVendorId" text, record jsonb,
    hash text, "observedAtMs" bigint, sent jsonb)
  join won w on w.n = x.n
  order by x.vendor, x.centre, x.entity, x."vendorId", x."observedAtMs" desc, x.sent nulls last
  on conflict (vendor, centre, entity, vendor_id) do update
  set learner_vendor_id = excluded.learner_vendor_id, record = excluded.record, hash = excluded.hash,
    observed_at_ms = excluded.observed_at_ms,
    sent = case when excluded.sent is null then ${movedSent}
      else coalesce(${movedSent}, '{}') || excluded.sent end
  where ${replacesSql}
),
joined as materialized (
  select x.* from json_to_recordset($3::json) as x(
    n integer, m integer, vendor text, centre text, kind text, "picsId" text, "vendorId" text, ident text, how text,
    replaces text)
  join won w on w.n = x.n
),
${hasRare ? rareParts : ''}linked as (
  insert into sync.link (vendor, centre, kind, pics_id, vendor_id, ident, how)
  select j.vendor, j.centre, j.kind, j."picsId", j."vendorId", j.ident, j.how from joined j
  where j.replaces is null
  order by j.vendor, j.centre, j.kind, j."picsId", j."vendorId"
  on conflict do nothing
  returning vendor, centre, kind, pics_id, vendor_id
),
found as (
  insert into sync.field_support as f (vendor, centre, field, is_kept, lost)
  select w.vendor, w.centre, x.field, bool_or(x."isKept"),
    case when bool_or(x."isKept") then '{}' else (array_agg(distinct x.record))[1:3] end
  from json_to_recordset($4::json) as x(n integer, field text, "isKept" boolean, record text)
  join won w on w.n = x.n
  group by w.vendor, w.centre, x.field
  order by w.vendor, w.centre, x.field
  on conflict (vendor, centre, field) do update
  set is_kept = excluded.is_kept, found_at = now(), lost = case when excluded.is_kept then '{}'
    else (array(select unnest(f.lost) union select unnest(excluded.lost)))[1:3] end
  where not f.is_kept and (excluded.is_kept or not f.lost @> excluded.lost)
),
waiting as materialized (
  select distinct on (w.n, x.subject)
    w.n, w.vendor, w.centre, w.ident, x.subject, x.code, x.params, x."requestHash"
  from json_to_recordset($5::json) as x(
    n integer, m integer, subject text, code text, params jsonb, "requestHash" text)
  join won w on w.n = x.n
  order by w.n, x.subject, x.m desc
),
opened as (
  insert into sync.held as h (vendor, centre, ident, subject, code, params, request_hash, tries, since)
  select x.vendor, x.centre, x.ident, x.subject, x.code, x.params, x."requestHash",
    case when last.how = 'retried' then last.tries + 1 else 1 end,
    case when last.how = 'retried' then last.since else now() end
  from waiting x
  left join lateral (
    select c.how, c.tries, c.since from sync.held c
    where c.vendor = x.vendor and c.ident = x.ident and c.subject = x.subject and c.closed_at is not null
    order by c.closed_at desc, c.id desc limit 1
  ) last on true
  order by x.vendor, x.ident, x.subject
  on conflict (ident, subject, vendor) where closed_at is null do update
  set code = excluded.code, params = excluded.params, request_hash = excluded.request_hash,
    skipped_at = null, how = null, by = null, reason = null
  where (h.code, h.params, h.request_hash)
    is distinct from (excluded.code, excluded.params, excluded.request_hash)
),
closed as (
  update sync.held h set closed_at = now(), how = 'released'
  from json_to_recordset($6::json) as x(n integer, item text) join won w on w.n = x.n
  where h.vendor = w.vendor and h.ident = w.ident and h.closed_at is null
    and h.subject = x.item
    and not exists (select from waiting k where k.n = x.n and k.subject = h.subject)
),
told as (
  insert into sync.journal (vendor, ident, kind, subject, code, vendor_id, took_ms)
  select w.vendor, w.ident, x.kind, x.subject, x.code, x."vendorId", x."tookMs"
  from json_to_recordset($7::json) as x(
    n integer, m integer, kind text, subject text, code text, "vendorId" text, "tookMs" integer)
  join won w on w.n = x.n
  order by x.n, x.m
)
select w.n, w.version, (
  select json_agg(j.m order by j.m) from joined j
  where j.n = w.n
    and not exists (select from linked l
      where l.vendor = j.vendor and l.centre = j.centre and l.kind = j.kind and l.pics_id = j."picsId"
        and l.vendor_id = j."vendorId")
${hasRare ? notReplaced : ''}    and (
      select true from sync.link o
      where o.vendor = j.vendor and o.centre = j.centre and o.kind = j.kind and o.pics_id = j."picsId"
        and o.vendor_id = j."vendorId" limit 1
    ) is null
) as refused
from won w`;

const outcomeStatements = {
  usual: { name: 'record-outcomes', text: outcomesText(false) },
  rare: { name: 'record-outcomes-with-all', text: outcomesText(true) },
};

function hasRare({ links, unlinks, failures, milestone, concludesEnrolment }: OutcomeRecord): boolean {
  return (
    unlinks.length > 0 ||
    failures.length > 0 ||
    milestone !== null ||
    concludesEnrolment ||
    links.some(({ replaces }) => replaces !== undefined)
  );
}

/**
 * Turns outcomes into one JSON list per table. In each entry, `n` is the index of its outcome and `m` its
 * position within the outcome.
 */
function outcomeInput(outcomes: readonly OutcomeRecord[]): string[] {
  const lists = [
    outcomes.map((outcome, n) => {
      const { vendor, centre, ident, version, intentId, state, code, vendorId } = outcome;
      const { isRepeat, milestone, concludesEnrolment, notes } = outcome;
      return {
        n,
        vendor,
        centre,
        ident,
        version,
        intentId,
        state,
        code,
        vendorId,
        isRepeat,
        milestone,
        concludesEnrolment,
        notes,
      };
    }),
    outcomes.flatMap(({ shadows }, n) =>
      shadows.map((shadow) => ({ n, ...shadow, hash: hashRecord(shadow.record) })),
    ),
    outcomes.flatMap(({ links }, n) => links.map((link, m) => ({ n, m, ...link }))),
    outcomes.flatMap(({ findings }, n) =>
      findings.map(({ field, isKept, record }) => ({ n, field, isKept, record })),
    ),
    outcomes.flatMap(({ holds }, n) => holds.map((hold, m) => ({ n, m, ...hold }))),
    outcomes.flatMap(({ released }, n) => released.map((item) => ({ n, item }))),
    outcomes.flatMap(({ journal }, n) => journal.map((entry, m) => ({ n, m, ...entry }))),
    outcomes.flatMap(({ unlinks }, n) => unlinks.map(({ kind, picsId }) => ({ n, kind, picsId }))),
    outcomes.flatMap(({ failures }, n) => failures.map((failure) => ({ n, ...failure }))),
  ];
  return lists.map((list) => JSON.stringify(list));
}
