import { createBatch } from '../base/batch.ts';
import { isDataFault } from '../base/fault.ts';
import type { Enrolment } from '../domain/enrolment.ts';
import type {
  CallFailure,
  HeldItem,
  Intent,
  LaneKey,
  LaneQuery,
  LaneState,
  Ledger,
} from '../domain/ledger.ts';
import type { Link } from '../domain/link.ts';
import type { Shadow } from '../domain/observation.ts';
import type { Note } from '../domain/step.ts';
import { type Db, runStatement } from './database.ts';
import { findLaneOf, recordIntents, recordOutcomes } from './intents.ts';
import { aliveWorkers } from './worker.ts';

type LedgerOptions = {
  /** The maximum number of lanes in one statement. */
  readonly maxItems?: number;
  /**
   * Concurrent statements of one kind. One costs least; with two, a request never waits for a whole
   * statement that just started.
   */
  readonly inFlight?: number;
};

/**
 * Creates the ledger over the sync database.
 *
 * The ledger records every vendor write in two steps: an intent before the call and an outcome after it.
 * Both steps compare the version of the learner's lane with the one that the engine read, and raise it; if
 * the version differs, the step is a `conflict` and the engine looks again.
 *
 * Requests of many learners that arrive together share one statement and one commit. Two requests for the
 * same lane never share a statement: the one with the newer version is recorded, the other is a conflict. Where
 * the database refuses a value, such as a text with a zero byte, only the lane that it belongs to fails.
 */
export function createLedger(db: Db, options: LedgerOptions = {}): Ledger {
  const batch = {
    maxItems: options.maxItems ?? 256,
    inFlight: options.inFlight ?? 2,
    isItemFault: isDataFault,
  };
  return {
    readLane: createBatch({ ...batch, run: (items) => readLanes(db, items) }),
    recordIntent: createBatch({ ...batch, run: oneEachLane((items) => recordIntents(db, items)) }),
    recordOutcome: createBatch({ ...batch, run: oneEachLane((items) => recordOutcomes(db, items)) }),
    findLane: (intentId) => findLaneOf(db, intentId),
  };
}

type VersionedLane = LaneKey & { readonly version: number };

/**
 * A statement cannot write one row twice, so each lane goes into it once. The requests left out are
 * conflicts.
 */
function oneEachLane<I extends VersionedLane, O>(
  run: (items: readonly I[]) => Promise<readonly O[]>,
): (items: readonly I[]) => Promise<readonly (O | { readonly kind: 'conflict' })[]> {
  return async (items) => {
    const chosen = new Map<string, number>();
    for (const [index, item] of items.entries()) {
      const lane = `${item.vendor} ${item.ident}`;
      const rival = chosen.get(lane);
      if (rival === undefined || (items[rival]?.version ?? 0) < item.version) chosen.set(lane, index);
    }
    const indices = [...chosen.values()];
    const answers = await run(indices.map((index) => items[index] as I));
    const all: (O | { readonly kind: 'conflict' })[] = items.map(() => ({ kind: 'conflict' }));
    for (const [place, index] of indices.entries()) all[index] = answers[place] as O;
    return all;
  };
}

type Row = {
  n: number;
  version: string;
  intents: readonly Intent[] | null;
  links: readonly Link[] | null;
  shadows: readonly (Omit<Shadow, 'sent'> & { readonly sent: NonNullable<Shadow['sent']> | null })[] | null;
  held: readonly HeldItem[] | null;
  support: Readonly<Record<string, boolean>> | null;
  synced: number | null;
  notes: readonly Note[] | null;
  enrolment: Enrolment | null;
  postponed: readonly string[] | null;
  failures: readonly CallFailure[] | null;
  readAtMs: number;
};

/**
 * Reads lanes in one statement, so that all data of a lane come from one snapshot.
 *
 * The input is one row per lane. Lateral joins add, for each row, the open intents (and whether their
 * workers are alive), the links of the learner and of the named officers and organisations, the shadows of
 * the linked vendor records, and the open held items. Subqueries add the field support, the open enrolment,
 * the postponed records and the failed calls. Each returns one JSON value.
 */
async function readLanes(db: Db, queries: readonly LaneQuery[]): Promise<LaneState[]> {
  const rows = await runStatement<Row>(db, statement, [
    JSON.stringify(queries.map((query, n) => ({ n, ...query }))),
  ]);
  const lanes: LaneState[] = queries.map(() => emptyLane);
  for (const row of rows) lanes[row.n] = toLane(row);
  return lanes;
}

const emptyLane: LaneState = {
  version: 0,
  openIntents: [],
  links: [],
  shadows: [],
  held: [],
  fieldSupport: {},
  enrolment: null,
  failures: [],
  readAtMs: 0,
};

function toLane(row: Row): LaneState {
  return {
    version: Number(row.version),
    openIntents: row.intents ?? [],
    links: row.links ?? [],
    shadows: (row.shadows ?? []).map(({ sent, ...shadow }) => (sent === null ? shadow : { ...shadow, sent })),
    held: row.held ?? [],
    fieldSupport: row.support ?? {},
    lastFullSyncAtMs: row.synced,
    notes: row.notes ?? [],
    enrolment: row.enrolment,
    ...(row.postponed === null ? {} : { postponed: row.postponed }),
    failures: row.failures ?? [],
    readAtMs: row.readAtMs,
  };
}

const statement = {
  name: 'read-lanes',
  text: `
with wanted as materialized (
  select * from json_to_recordset($1::json)
    as w(n integer, vendor text, centre text, ident text, officers text[], organisations text[], "learnerVendorIds" text[])
),
${aliveWorkers}
select w.n, coalesce(lane.version, 0) as version, lane.notes, i.intents, k.links, s.shadows, h.held,
  (select json_object_agg(f.field, f.is_kept) from sync.field_support f
   where f.vendor = w.vendor and f.centre = w.centre and (f.is_kept or cardinality(f.lost) >= 3)) as support,
  (select (c.value::jsonb ->> 'lastCompleted')::float8 from sync.cursor c
   where c.vendor = w.vendor and c.centre = w.centre and c.resource = 'runs') as synced,
  (select json_build_object('id', e.id, 'plan', e.plan, 'milestones', e.milestones,
    'plannedAtMs', (extract(epoch from e.planned_at) * 1000)::bigint)
   from sync.enrolment e
   where e.vendor = w.vendor and e.centre = w.centre and e.ident = w.ident and e.state = 'open' limit 1) as enrolment,
  (select json_agg(p.subject) from sync.postponed p
   where p.ident = w.ident and p.vendor = w.vendor and p.until > now()) as postponed,
  (select json_agg(json_build_object(
     'step', c.step, 'subject', c.subject, 'requestHash', c.request_hash, 'count', c.count))
   from sync.call_failure c
   where c.ident = w.ident and c.vendor = w.vendor and c.failed_at > now() - interval '1 day') as failures,
  (extract(epoch from now()) * 1000)::float8 as "readAtMs"
from wanted w
left join sync.lane on lane.vendor = w.vendor and lane.ident = w.ident
left join lateral (
  select json_agg(json_build_object(
    'id', t.id::text, 'vendor', t.vendor, 'ident', t.ident, 'step', t.step, 'effect', t.effect,
    'subject', t.subject, 'naturalKey', t.natural_key, 'state', t.state, 'attempt', t.attempt,
    'worker', t.worker, 'isWorkerAlive', exists (select from alive a where a.worker = t.worker),
    'requestHash', t.request_hash, 'repeats', t.repeats,
    'ageMs', floor(extract(epoch from now() - t.started_at) * 1000)::float8
  ) order by t.id) as intents
  from sync.intent t
  where t.vendor = w.vendor and t.ident = w.ident and t.state in ('planned', 'sending', 'unknown')
) i on true
left join lateral (
  select json_agg(json_build_object(
    'vendor', x.vendor, 'centre', x.centre, 'kind', x.kind, 'picsId', x.pics_id, 'vendorId', x.vendor_id,
    'ident', x.ident, 'how', x.how, 'copiedAtMs', (extract(epoch from x.copied_at) * 1000)::bigint
  ) order by x.kind, x.pics_id) as links,
  array_agg(x.vendor_id) filter (where x.kind = 'learner') || w."learnerVendorIds" as learners,
  array_agg(x.vendor_id) filter (where x.kind in ('officer', 'organisation')) as owners
  from (
    select * from sync.link own
    where own.vendor = w.vendor and own.centre = w.centre and own.ident = w.ident
    union all
    select o.* from unnest(w.officers) as code
    join sync.link o on o.vendor = w.vendor and o.centre = w.centre and o.kind = 'officer' and o.pics_id = code
    union all
    select o.* from unnest(w.organisations) as code
    join sync.link o on o.vendor = w.vendor and o.centre = w.centre and o.kind = 'organisation' and o.pics_id = code
  ) x
) k on true
left join lateral (
  select json_agg(json_build_object(
    'vendor', y.vendor, 'centre', y.centre, 'entity', y.entity, 'vendorId', y.vendor_id,
    'learnerVendorId', y.learner_vendor_id, 'record', y.record, 'observedAtMs', y.observed_at_ms, 'sent', y.sent
  ) order by y.entity, y.vendor_id) as shadows
  from (
    select * from sync.shadow own
    where own.vendor = w.vendor and own.centre = w.centre and own.learner_vendor_id = any (k.learners)
    union all
    select * from sync.shadow me
    where me.vendor = w.vendor and me.centre = w.centre and me.entity = 'learner'
      and me.vendor_id = any (k.learners) and me.learner_vendor_id is null
    union all
    select * from sync.shadow shared
    where strpos(w.ident, ':') > 0 and shared.vendor = w.vendor and shared.centre = w.centre
      and shared.entity in ('assessor', 'placement') and shared.vendor_id = any (k.owners)
  ) y
) s on true
left join lateral (
  select json_agg(json_build_object(
    'id', z.id::text, 'vendor', z.vendor, 'ident', z.ident, 'subject', z.subject, 'code', z.code,
    'params', z.params, 'requestHash', z.request_hash, 'tries', z.tries,
    'sinceMs', floor(extract(epoch from z.since) * 1000)::bigint
  ) order by z.id) as held
  from sync.held z
  where z.vendor = w.vendor and z.ident = w.ident and z.closed_at is null
) h on true`,
};
