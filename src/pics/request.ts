import type { JsonObject } from '../domain/json.ts';
import type { NewRequest, RequestRow } from '../domain/request.ts';
import type { RequestAnswer } from '../domain/rows.ts';
import { toText } from './changes.ts';
import { toSeenSql } from './learner.ts';
import { nullIfNotAnId, type Queryable } from './queryable.ts';

/** False when a request of this id is there already: nothing runs twice. */
export async function insertRequest(database: Queryable, request: NewRequest): Promise<boolean> {
  const { rows } = await database.query({
    text: `insert into picsync.request (id, kind, vendor, ident, officer, place, payload, requested_by)
      values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing returning 1`,
    values: [
      request.id,
      request.kind,
      request.vendor,
      request.ident,
      request.officer,
      request.organisation,
      request.payload === null ? null : JSON.stringify(request.payload),
      request.requestedBy,
    ],
  });
  return rows.length === 1;
}

const columns = `id, kind, vendor, ident, officer, place, payload, requested_by, status, code, message, result, attempts,
  extract(epoch from requested_at) * 1000 as requested_ms, extract(epoch from started_at) * 1000 as started_ms,
  extract(epoch from finished_at) * 1000 as finished_ms`;

export function readRequest(database: Queryable, id: string): Promise<RequestRow | null> {
  const read = async (): Promise<RequestRow | null> => {
    const { rows } = await database.query<Record<string, unknown>>({
      text: `select ${columns} from picsync.request where id = $1`,
      values: [id],
    });
    return rows[0] === undefined ? null : toRequest(rows[0]);
  };
  return nullIfNotAnId(read());
}

type RequestReading = {
  readonly database: Queryable;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** How long the transaction that gave a command may stay invisible, milliseconds. */
  readonly visibleWithinMs?: number;
};

const firstDelayMs = 2;
const maxDelayMs = 100;

/**
 * Reads the row of a command that an event has announced. Returns null if PICS has no such row any more.
 *
 * The event may arrive before its transaction is visible here. So the statement also says whether the given
 * transactions are visible in its snapshot: without a row and not yet visible, it is read again after a delay of 2 ms
 * that doubles up to 100 ms. A transaction that does not become visible is one that this database does not have: PICS
 * was restored to an earlier time, and with it the command is gone.
 */
export function createReadRequest(
  reading: RequestReading,
): (id: string, txIds?: readonly number[]) => Promise<RequestRow | null> {
  const { database, now, sleep, visibleWithinMs = 30_000 } = reading;
  const text = `with "snap" as materialized (
  select pg_current_snapshot() as "taken", pg_snapshot_xmax(pg_current_snapshot())::text::bigint as "top")
select ${toSeenSql()} as "seen", r.*
from (select 1) one left join lateral (select ${columns} from picsync.request where id = $1) r on true`;
  return async (id, txIds = []) => {
    const deadlineAtMs = now() + visibleWithinMs;
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
      const found = await nullIfNotAnId(
        database.query<Record<string, unknown>>({ text, values: [id, txIds] }),
      );
      if (found === null) return null;
      const [row] = found.rows;
      if (row !== undefined && row['id'] !== null) return toRequest(row);
      const seen = (row?.['seen'] ?? []) as readonly (readonly [number, boolean])[];
      if (seen.every(([, isVisible]) => isVisible) || now() >= deadlineAtMs) return null;
      await sleep(delayMs);
    }
  };
}

/** Commands without a final status, oldest first. A start must handle them in case their events were lost. */
export async function readOpenRequests(database: Queryable, vendor: string): Promise<RequestRow[]> {
  const { rows } = await database.query<Record<string, unknown>>({
    text: `select ${columns} from picsync.request where status in ('new', 'working') and vendor = $1
      order by requested_at, id`,
    values: [vendor],
  });
  return rows.map(toRequest);
}

/** Commands about these learners that ended `held`. A retry answers them again. */
export async function readHeldRequests(
  database: Queryable,
  vendor: string,
  idents: readonly string[],
): Promise<{ readonly id: string; readonly kind: string; readonly ident: string }[]> {
  const { rows } = await database.query<{ id: string; kind: string; ident: string }>({
    text: `select id, kind, trim(ident) as ident from picsync.request
      where status = 'held' and vendor = $1 and ident = any($2::bpchar[])
        and kind in ('enrol', 'refresh', 'set-learner-id') order by requested_at, id`,
    values: [vendor, idents],
  });
  return rows;
}

/**
 * Writes the answers of commands into their rows.
 *
 * The status moves new → working → done, refused, failed or held, and held → working or skipped. A repeated
 * or late answer that would move it backwards changes nothing.
 */
export async function applyAnswers(database: Queryable, answers: readonly RequestAnswer[]): Promise<void> {
  for (const answer of answers) {
    await database.query({
      name: 'apply-request-answer',
      text: `update picsync.request set status = $2, code = $3, message = $4, result = $5::jsonb,
          attempts = greatest(attempts, $6),
          started_at = coalesce(timestamptz 'epoch' + $7::float8 * interval '1 millisecond', started_at),
          finished_at = timestamptz 'epoch' + $8::float8 * interval '1 millisecond'
        where id = $1 and (status in ('new', 'working') or (status = 'held' and $2 in ('working', 'skipped')))
          and ($2, $3, $4, $5::jsonb, $6::integer) is distinct from (status, code, message, result, attempts)`,
      values: [
        answer.id,
        answer.status,
        answer.code,
        answer.message,
        answer.result,
        answer.attempts,
        answer.startedAtMs,
        answer.finishedAtMs,
      ],
    });
  }
}

function toRequest(row: Record<string, unknown>): RequestRow {
  return {
    id: String(row['id']),
    kind: String(row['kind']),
    vendor: toText(row['vendor']),
    ident: toText(row['ident']),
    officer: toText(row['officer']),
    organisation: toText(row['place']),
    payload: row['payload'] as JsonObject | null,
    requestedBy: toText(row['requested_by']),
    status: String(row['status']),
    code: toText(row['code']),
    message: toText(row['message']),
    result: row['result'] as JsonObject | null,
    attempts: Number(row['attempts']),
    requestedAtMs: Number(row['requested_ms']),
    startedAtMs: toMs(row['started_ms']),
    finishedAtMs: toMs(row['finished_ms']),
  };
}

function toMs(value: unknown): number | null {
  return value === null ? null : Math.round(Number(value));
}

const deletedAtOnce = 1_000;

/**
 * Deletes commands that ended before `date`, in short statements. What waits for a person stays. Returns the number of
 * deleted rows.
 */
export async function deleteRequestsBefore(
  database: Queryable,
  date: Date,
  signal: AbortSignal,
): Promise<number> {
  for (let count = 0; ; ) {
    const { rows } = await database.query({
      text: `delete from picsync.request where id = any (array(
          select id from picsync.request
          where status in ('done', 'refused', 'failed', 'skipped') and finished_at < $1 limit $2)) returning 1`,
      values: [date, deletedAtOnce],
    });
    count += rows.length;
    if (rows.length < deletedAtOnce || signal.aborted) return count;
  }
}

/**
 * Deletes the commands about a learner, and the marks of the vendor records given. Returns the number of deleted rows
 * by table.
 */
export async function deleteRequestsOf(
  database: Queryable,
  ident: string,
  records: readonly { readonly vendor: string; readonly entity: string; readonly vendorId: string }[],
): Promise<Readonly<Record<string, number>>> {
  const requests = await database.query({
    text: 'delete from picsync.request where ident = $1::bpchar returning 1',
    values: [ident],
  });
  const marks = await database.query({
    text: `delete from picsync.applied_item a
      using json_to_recordset($1::json) as x(vendor text, entity text, "vendorId" text)
      where a.vendor = x.vendor and a.entity = x.entity and a.vendor_id = x."vendorId" returning 1`,
    values: [JSON.stringify(records)],
  });
  const parked = await database.query({
    text: 'delete from picsync.parked where item = any ($1::text[]) returning 1',
    values: [records.map(({ vendor, entity, vendorId }) => `${vendor} ${entity} ${vendorId}`)],
  });
  return {
    request: requests.rows.length,
    applied_item: marks.rows.length,
    parked: parked.rows.length,
  };
}
