import type { CanaryFlight, CanaryState } from '../domain/canary.ts';
import type { Queryable } from './queryable.ts';

/*
 * The canary's row in PICS. Each of its times is stamped by the machine that it passes (the migration says which), so
 * a part is timed between two clocks; the whole way is timed by the clock of PICS alone.
 */

type Schedule = {
  /** The least time between two probes: several ops processes share one canary. */
  readonly leastMs: number;
  /** How long a probe may be under way before it counts as lost and another one is sent. */
  readonly lostAfterMs: number;
};

/**
 * Sends a probe, unless one was sent a moment ago or is under way. `lost`: the one before has not come back.
 *
 * A probe that is under way keeps its place: how long it waits is what is asked for. A probe that is sent after a lost
 * one waits since the lost one was sent.
 */
export async function sendCanary(
  database: Queryable,
  { leastMs, lostAfterMs }: Schedule,
): Promise<'sent' | 'lost' | null> {
  const { rows } = await database.query<{ was: string | null }>({
    text: `with "before" as (select state from picsync.canary where id = 1),
      "sent" as (
        insert into picsync.canary as c (id, probe, state, since, sent_at)
        values (1, 1, 'sent', clock_timestamp(), clock_timestamp())
        on conflict (id) do update set probe = c.probe + 1, state = 'sent', sent_at = excluded.sent_at,
          since = case when c.state = 'sent' then coalesce(c.since, excluded.since) else excluded.since end
        where coalesce(c.sent_at, '-infinity') <= clock_timestamp()
          - (case when c.state = 'sent' then $2 else $1 end)::float8 * interval '1 millisecond'
        returning 1)
      select (select state from "before") as "was" from "sent"`,
    values: [leastMs, lostAfterMs],
  });
  const [row] = rows;
  if (row === undefined) return null;
  return row.was === 'sent' ? 'lost' : 'sent';
}

/** Writes a canary that came back into its row. One that came twice, or after it counted as lost, changes nothing. */
export async function applyCanary(
  database: Queryable,
  flight: CanaryFlight,
  receivedAtMs: number,
): Promise<void> {
  const { probe, recordedAtMs, consumedAtMs, decidedAtMs, decided, late } = flight;
  const at = (n: number): string => `timestamptz 'epoch' + $${n}::float8 * interval '1 millisecond'`;
  await database.query({
    name: 'apply-canary',
    text: `update picsync.canary set state = 'back', last_probe = probe, last_sent_at = sent_at,
        back_at = clock_timestamp(), recorded_at = ${at(2)}, consumed_at = ${at(3)}, decided_at = ${at(4)},
        received_at = ${at(5)}, decided = $6::text[], late = $7::text[]
      where id = 1 and state = 'sent' and probe = $1`,
    values: [probe, recordedAtMs, consumedAtMs, decidedAtMs, receivedAtMs, decided, late],
  });
}

type Row = {
  readonly sent_age_ms: number | null;
  readonly waiting_ms: number | null;
  readonly last_probe: string | null;
  readonly took_ms: number | null;
  readonly capture_ms: number | null;
  readonly queue_ms: number | null;
  readonly decision_ms: number | null;
  readonly topic_ms: number | null;
  readonly apply_ms: number | null;
  readonly decided: readonly string[];
  readonly late: readonly string[];
};

const between = (from: string, to: string): string =>
  `greatest(0, (extract(epoch from ${to} - ${from}) * 1000)::float8)`;

export async function readCanary(database: Queryable): Promise<CanaryState> {
  const { rows } = await database.query<Row>({
    text: `select case when sent_at is not null then ${between('sent_at', 'statement_timestamp()')} end as sent_age_ms,
        case when state = 'sent' then ${between('since', 'statement_timestamp()')} end as waiting_ms,
        last_probe, ${between('last_sent_at', 'back_at')} as took_ms,
        ${between('last_sent_at', 'recorded_at')} as capture_ms, ${between('recorded_at', 'consumed_at')} as queue_ms,
        ${between('consumed_at', 'decided_at')} as decision_ms, ${between('decided_at', 'received_at')} as topic_ms,
        ${between('received_at', 'back_at')} as apply_ms, decided, late
      from picsync.canary where id = 1`,
  });
  const [row] = rows;
  if (row === undefined) return { sentAgeMs: null, waitingMs: null, last: null };
  return {
    sentAgeMs: row.sent_age_ms,
    waitingMs: row.waiting_ms,
    last:
      row.last_probe === null
        ? null
        : {
            probe: Number(row.last_probe),
            tookMs: row.took_ms ?? 0,
            hopsMs: {
              capture: row.capture_ms ?? 0,
              queue: row.queue_ms ?? 0,
              decision: row.decision_ms ?? 0,
              topic: row.topic_ms ?? 0,
              apply: row.apply_ms ?? 0,
            },
            decided: row.decided,
            late: row.late,
          },
  };
}
