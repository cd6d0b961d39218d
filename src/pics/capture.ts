import type { Queryable } from './queryable.ts';

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
