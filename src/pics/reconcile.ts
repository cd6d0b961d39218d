import type { Pool, PoolClient } from 'pg';
import { mostSkewMs } from '../domain/observation.ts';
import type { Claim } from '../domain/ports.ts';
import type {
  Applied,
  ItemKey,
  ParkedItem,
  ParkedRecord,
  Place,
  ReconcileItem,
  Report,
  TransactionResult,
  WithReconcileTransaction,
} from '../domain/rows.ts';
import { toItemKey } from '../domain/rows.ts';
import { applyRows } from './apply-rows.ts';
import { applyCanary } from './canary.ts';
import type { PresentColumns } from './mapping.ts';
import { type Queryable, toSqlState } from './queryable.ts';
import { applyAnswers } from './request.ts';
import { readLocked, readRows } from './rows.ts';

type ReconcileTransactionOptions = {
  /** The reconciler's own pool. Its sessions carry the origin mark, so no other code may use them. */
  readonly pool: Pool;
  readonly columns: PresentColumns;
  readonly origins: Origins;
};

/** One origin for each connection that writes vendor data at the same time, as the reconciler opens them. */
export const originsPerVendor = 2;

/**
 * A row that a user of PICS has locked is waited for briefly, then the batch goes on without it. Users wait for our
 * locks too, so no statement may take long.
 */
const begin = 'begin; set local lock_timeout = 1000; set local statement_timeout = 10000';

/** Brackets one transaction of the reconciler: marked as ours, timed by the database's clock. */
export function createWithReconcileTransaction(
  options: ReconcileTransactionOptions,
): WithReconcileTransaction {
  const { pool, columns, origins } = options;
  return <R>(run: Parameters<WithReconcileTransaction>[0]) =>
    columns.with(async (mapping) => {
      const connection = await pool.connect();
      // A session that ends between two statements emits an error event. The event can be ignored, because
      // the next statement fails.
      connection.on('error', ignore);
      let fault: unknown;
      try {
        const isMarked = await origins.mark(connection);
        // Without an explicit time, a transaction with an origin gets the commit time 1 January 2000.
        await connection.query(
          isMarked ? `${begin}; select pg_replication_origin_xact_setup('0/1', now())` : begin,
        );
        const { commit, value } = await run({
          readRows: (query) => readRows(connection, mapping, query, { isLocking: true }),
          readLocked: (query) => readLocked(connection, mapping, query),
          applyActions: (actions) => applyRows(connection, mapping, actions),
          applyAnswers: (answers) => applyAnswers(connection, answers),
          applyCanary: (flight, receivedAtMs) => applyCanary(connection, flight, receivedAtMs),
          recordApplied: (applied) => recordApplied(connection, applied),
        });
        await connection.query(commit ? 'commit' : 'rollback');
        return { kind: 'ended', value: value as R } satisfies TransactionResult<R>;
      } catch (caught) {
        fault = caught;
        const failed = classify(caught);
        if (failed === null) throw caught;
        await rollback(connection);
        fault = undefined;
        return failed;
      } finally {
        connection.off('error', ignore);
        // A connection that failed unexpectedly is closed and not reused: its transaction may still be
        // open.
        connection.release(fault !== undefined);
      }
    }) as Promise<TransactionResult<R>>;
}

function ignore(): void {}

async function rollback(connection: PoolClient): Promise<void> {
  await connection.query('rollback');
}

/** Serialisation failure, deadlock, lock not available in time, statement cancelled because of its time limit. */
const collisions: ReadonlySet<string> = new Set(['40001', '40P01', '55P03', '57014']);
/**
 * Data exception, integrity violation, exception raised by a trigger, check option of a view: the row is at
 * fault, not the sync.
 */
const refusals = /^(22|23|44|P0)/;

function classify(fault: unknown): TransactionResult<never> | null {
  const code = toSqlState(fault);
  if (code === null) return null;
  if (collisions.has(code)) return { kind: 'collided', code };
  return refusals.test(code) ? { kind: 'refused', code } : null;
}

/**
 * Takes a partition over. It raises the epoch, so that later writes of earlier owners change nothing, and
 * waits for a write in progress.
 */
export async function claimPlace(database: Queryable, topic: string, partition: number): Promise<Claim> {
  const { rows } = await database.query<ClaimRow>({
    text: `insert into picsync.applied as a (topic, part, next_offset, epoch) values ($1, $2, 0, 1)
      on conflict (topic, part) do update set epoch = a.epoch + 1, updated_at = now()
      returning epoch, next_offset, report`,
    values: [topic, partition],
  });
  return toClaim(rows[0] ?? { epoch: '0', next_offset: '0', report: null });
}

type ClaimRow = { epoch: string; next_offset: string; report: Report | null };

function toClaim({ epoch, next_offset, report }: ClaimRow): Claim {
  return {
    epoch: Number(epoch),
    nextOffset: next_offset === '0' ? null : BigInt(next_offset),
    // An earlier version has written none.
    report: report === null ? null : { ...report, alarms: report.alarms ?? [], notes: report.notes ?? [] },
  };
}

/**
 * Writes the offset, the report and the newest observations in one statement, and what is parked in further ones.
 * Returns `fenced`, and changes nothing, if there is an owner with a newer epoch.
 */
async function recordApplied(database: Queryable, applied: Applied): Promise<'recorded' | 'fenced'> {
  const { place, nextOffset, items, parked, unparked, report } = applied;
  const { rows } = await database.query<{ moved: number }>({
    name: 'record-applied',
    text: `with "moved" as (
        update picsync.applied
        set next_offset = coalesce($4::bigint, next_offset), report = $10::jsonb, updated_at = now()
        where topic = $1 and part = $2 and epoch <= $3 returning 1),
      "kept" as (
        insert into picsync.applied_item as i (vendor, entity, vendor_id, read_at, digest, shown)
        select v, e, d, timestamptz 'epoch' + r * interval '1 millisecond', g, s
        from unnest($5::text[], $6::text[], $7::text[], $8::float8[], $9::text[], $11::jsonb[]) as n(v, e, d, r, g, s)
        where exists (select from "moved")
        on conflict (vendor, entity, vendor_id) do update
        set read_at = excluded.read_at, digest = excluded.digest, shown = excluded.shown
        where i.read_at <= excluded.read_at
          or i.read_at > clock_timestamp() + ${mostSkewMs} * interval '1 millisecond')
      select count(*)::integer as "moved" from "moved"`,
    values: [
      place.topic,
      place.partition,
      place.epoch,
      nextOffset?.toString() ?? null,
      items.map(({ vendor }) => vendor),
      items.map(({ entity }) => entity),
      items.map(({ vendorId }) => vendorId),
      items.map(({ readAtMs }) => readAtMs),
      items.map(({ digest }) => digest),
      report === null ? null : JSON.stringify(report),
      items.map(({ shown }) => (shown === null ? null : JSON.stringify(shown))),
    ],
  });
  if (rows[0]?.moved !== 1) return 'fenced';
  if (unparked.length > 0) await unpark(database, unparked);
  if (parked.length > 0) await park(database, place, parked);
  return 'recorded';
}

/** A newer record takes the place of an older one and keeps the time since when it waits. */
async function park(database: Queryable, place: Place, parked: readonly ParkedItem[]): Promise<void> {
  await database.query({
    name: 'park',
    text: `insert into picsync.parked (item, topic, part, at_offset, stamped_ms, read_at_ms, code, record)
      select p.* from unnest($1::text[], $2::text[], $3::integer[], $4::bigint[], $5::float8[], $6::float8[], $7::text[],
        $8::jsonb[]) as p
      on conflict (item) do update set topic = excluded.topic, part = excluded.part, at_offset = excluded.at_offset,
        stamped_ms = excluded.stamped_ms, read_at_ms = excluded.read_at_ms, code = excluded.code,
        record = excluded.record`,
    values: [
      parked.map(toItemKey),
      parked.map(() => place.topic),
      parked.map(() => place.partition),
      parked.map(({ record }) => record.offset.toString()),
      parked.map(({ record }) => record.timestampMs),
      parked.map(({ record: { item } }) =>
        item.kind === 'observation' ? item.observation.observedAtMs : null,
      ),
      parked.map(({ code }) => code),
      parked.map(({ record }) => JSON.stringify(record.item)),
    ],
  });
}

async function unpark(database: Queryable, items: readonly ItemKey[]): Promise<void> {
  await database.query({
    name: 'unpark',
    text: 'delete from picsync.parked where item = any($1::text[])',
    values: [items.map(toItemKey)],
  });
}

/** The records of a partition that wait, as long as the epoch is the newest. */
export async function readParked(
  database: Queryable,
  { topic, partition, epoch }: Place,
  { afterOffset, limit }: { readonly afterOffset: bigint; readonly limit: number },
): Promise<readonly ParkedRecord[]> {
  const { rows } = await database.query<{
    at_offset: string;
    stamped_ms: number;
    waited_ms: number;
    record: ReconcileItem;
  }>({
    text: `select p.at_offset, p.stamped_ms, p.record,
        (extract(epoch from now() - p.parked_at) * 1000)::float8 as waited_ms
      from picsync.applied a join picsync.parked p on p.topic = a.topic and p.part = a.part
      where a.topic = $1 and a.part = $2 and a.epoch = $3 and p.at_offset > $4
      order by p.at_offset limit $5`,
    values: [topic, partition, epoch, afterOffset.toString(), limit],
  });
  return rows.map(({ at_offset, stamped_ms, waited_ms, record }) => ({
    offset: BigInt(at_offset),
    timestampMs: stamped_ms,
    item: record,
    waitedMs: waited_ms,
  }));
}

/** Records that wait in PICS, by why they do and by topic. */
export async function countParked(database: Queryable): Promise<ParkedCount[]> {
  const { rows } = await database.query<ParkedCount>({
    text: `select code, topic, count(*)::integer as count,
        floor(extract(epoch from min(parked_at)) * 1000)::float8 as "oldestSinceMs"
      from picsync.parked group by code, topic order by code, topic`,
  });
  return rows;
}

export type ParkedCount = {
  readonly code: string;
  readonly topic: string;
  readonly count: number;
  readonly oldestSinceMs: number;
};

type OriginOptions = {
  /** `onefile`: the origins are called `picsync:onefile:<n>`. */
  readonly vendor: string;
  /** How many names to try. */
  readonly count: number;
  readonly prefix?: string;
  /**
   * Called once for each reason why our writes carry no mark: `refused`, `missing`, or `busy` if there are
   * more connections than names.
   */
  readonly onUnmarked: (reason: 'refused' | 'missing' | 'busy') => void;
  readonly now?: () => number;
};

type Origins = {
  /** Marks the session of the connection, once. Returns false if it stays without a mark. */
  mark(connection: Queryable & object): Promise<boolean>;
};

const refused = '42501';
const missing = '42704';
const busy = '55006';
/**
 * How long a session that found no free name waits before it tries again. Each failed attempt is an error
 * in the server's log.
 */
const retryMs = 10_000;

/**
 * Marks sessions as the sync's own, so that outbound drops their changes without a look (`source.origin`).
 *
 * A replication origin serves one session at a time and becomes free when the session ends. So `mark` tries
 * the names `picsync:<vendor>:1` to `:<count>` until one is free. Without a mark nothing is wrong, only
 * slower: the change comes back as an event, the fresh read equals the shadow, and no call follows.
 */
export function createOrigins({
  vendor,
  count,
  prefix = 'picsync',
  onUnmarked,
  now = Date.now,
}: OriginOptions): Origins {
  const marked = new WeakSet<object>();
  const triedAtMs = new WeakMap<object, number>();
  let isRefused = false;
  const warned = new Set<string>();
  const warn = (reason: 'refused' | 'missing' | 'busy'): false => {
    if (!warned.has(reason)) onUnmarked(reason);
    warned.add(reason);
    return false;
  };
  const mark = async (connection: Queryable & object): Promise<boolean> => {
    if (marked.has(connection)) return true;
    if (isRefused || now() - (triedAtMs.get(connection) ?? Number.NEGATIVE_INFINITY) < retryMs) return false;
    triedAtMs.set(connection, now());
    let isBusy = false;
    for (let n = 1; n <= count; n += 1) {
      const state = await trySetUp(connection, `${prefix}:${vendor}:${n}`);
      if (state === null) {
        marked.add(connection);
        return true;
      }
      isRefused = state === refused;
      if (isRefused) return warn('refused');
      isBusy ||= state === busy;
    }
    return warn(isBusy ? 'busy' : 'missing');
  };
  return { mark };
}

async function trySetUp(connection: Queryable, name: string): Promise<string | null> {
  try {
    await connection.query({ text: 'select pg_replication_origin_session_setup($1)', values: [name] });
    return null;
  } catch (fault) {
    const state = toSqlState(fault);
    if (state === refused || state === missing || state === busy) return state;
    throw fault;
  }
}
