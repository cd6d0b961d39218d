import type { Queryable } from './queryable.ts';

/** The state of the replication slot in the PICS database. */
export type SlotStatus = {
  readonly slot: string;
  /** Whether the connector is reading from it now. */
  readonly isActive: boolean;
  /**
   * `reserved` and `extended` keep all WAL; `unreserved` and `lost` do not. Null if the server does not
   * report it.
   */
  readonly walStatus: 'reserved' | 'extended' | 'unreserved' | 'lost' | null;
  /** WAL that the connector has not confirmed yet. */
  readonly behindBytes: number;
  /** WAL that the server keeps because of the slot. */
  readonly keptBytes: number;
};

/** Returns null if there is no such slot; then changes committed now are not captured. */
export async function readSlotStatus(database: Queryable, slot: string): Promise<SlotStatus | null> {
  const { rows } = await database.query<{
    active: boolean;
    wal_status: SlotStatus['walStatus'];
    behind: string | null;
    kept: string | null;
  }>({
    text: `select s.active, s.wal_status, pg_wal_lsn_diff(n.lsn, s.confirmed_flush_lsn) as behind,
        pg_wal_lsn_diff(n.lsn, s.restart_lsn) as kept
      from pg_replication_slots s,
        (select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end) n(lsn)
      where s.slot_name = $1`,
    values: [slot],
  });
  const [row] = rows;
  if (row === undefined) return null;
  return {
    slot,
    isActive: row.active,
    walStatus: row.wal_status,
    behindBytes: toBytes(row.behind),
    keptBytes: toBytes(row.kept),
  };
}

function toBytes(difference: string | null): number {
  return Math.max(0, Number(difference ?? 0));
}

/** Row 1 is the connector's heartbeat, row 2 the sync's canary. */
export type Beat = 'heartbeat' | 'canary';
const beatIds: Readonly<Record<Beat, number>> = { heartbeat: 1, canary: 2 };

/** How long ago a beat was written, by the clock of the database; null if it never was. */
export async function readBeatAgeMs(database: Queryable, beat: Beat): Promise<number | null> {
  const { rows } = await database.query<{ age: number }>({
    text: `select extract(epoch from clock_timestamp() - beat_at)::float8 * 1000 as age
      from picsync.heartbeat where id = $1`,
    values: [beatIds[beat]],
  });
  const age = rows[0]?.age;
  return age === undefined ? null : Math.max(0, Math.round(age));
}

/** Writes the canary and returns its time, by which its event can be recognised. */
export async function writeCanary(database: Queryable): Promise<number> {
  const { rows } = await database.query<{ at: number }>({
    text: `insert into picsync.heartbeat as h (id, beat_at) values ($1, clock_timestamp())
      on conflict (id) do update set beat_at = excluded.beat_at
      returning extract(epoch from beat_at)::float8 * 1000 as at`,
    values: [beatIds.canary],
  });
  return Math.round(rows[0]?.at ?? 0);
}

/** The state of the replication slot, as the server reports it. */
export type SlotState = {
  /** Whether the connector is reading from it now. */
  readonly isActive: boolean;
  /** WAL that the server keeps because the connector has not confirmed it. */
  readonly retainedBytes: number;
  /** `reserved`, `extended`, `unreserved` or `lost`. */
  readonly walStatus: string;
};

/** Returns null if there is no slot of this name. */
export async function readSlot(database: Queryable, slot: string): Promise<SlotState | null> {
  const { rows } = await database.query<{ active: boolean; bytes: number | null; status: string | null }>({
    text: `select active, wal_status as status, pg_wal_lsn_diff(
        case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end,
        coalesce(confirmed_flush_lsn, restart_lsn))::float8 as bytes
      from pg_replication_slots where slot_name = $1`,
    values: [slot],
  });
  const [row] = rows;
  if (row === undefined) return null;
  return {
    isActive: row.active,
    retainedBytes: Math.max(0, row.bytes ?? 0),
    walStatus: row.status ?? 'lost',
  };
}
