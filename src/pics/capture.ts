import type { Queryable } from './queryable.ts';

/*
 * What can be read of the capture in PICS itself: the replication slot with the log that the server keeps for it, the
 * transaction that holds this log, and whether every captured table is published.
 */

/** The oldest open transaction of the server. Nothing of its statements is read: they hold personal data. */
type OldTransaction = {
  /** Null: a prepared transaction, which belongs to no process. */
  readonly pid: number | null;
  /** As its program names itself. */
  readonly application: string;
  /** Null where the sync's role may not see it: `pics prepare` makes the function that shows it. */
  readonly ageMs: number | null;
};

/** The state of the replication slot, as the server reports it. */
export type SlotState = {
  /** Whether the connector is reading from it now. */
  readonly isActive: boolean;
  /**
   * WAL that the server really keeps: everything after the slot's `restart_lsn`. What the connector has confirmed
   * (`confirmed_flush_lsn`) may be far ahead of it: a transaction that stays open holds the log from its begin on.
   */
  readonly keptBytes: number;
  /** `reserved`, `extended`, `unreserved` or `lost`. */
  readonly walStatus: string;
  readonly oldestTransaction: OldTransaction | null;
};

/** Returns null if there is no slot of this name. */
export async function readSlotStatus(database: Queryable, slot: string): Promise<SlotState | null> {
  const { rows } = await database.query<{ active: boolean; bytes: number | null; status: string | null }>({
    text: `select active, wal_status as status, pg_wal_lsn_diff(
        case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end,
        restart_lsn)::float8 as bytes
      from pg_replication_slots where slot_name = $1`,
    values: [slot],
  });
  const [row] = rows;
  if (row === undefined) return null;
  return {
    isActive: row.active,
    keptBytes: Math.max(0, row.bytes ?? 0),
    walStatus: row.status ?? 'lost',
    oldestTransaction: await readOldestTransaction(database),
  };
}

/**
 * Asks the function that `pics prepare` makes. Without it the view is read directly, which shows the process of a
 * foreign transaction but not its begin.
 */
async function readOldestTransaction(database: Queryable): Promise<OldTransaction | null> {
  const made = await database.query<{ is_made: boolean }>({
    text: `select coalesce(has_function_privilege(to_regprocedure('picsync.oldest_transaction()'), 'execute'), false)
      as is_made`,
  });
  const source = made.rows[0]?.is_made
    ? 'picsync.oldest_transaction()'
    : `(select pid, application_name as application, xact_start as started_at from pg_stat_activity
        where backend_xid is not null order by age(backend_xid) desc limit 1) as oldest`;
  const { rows } = await database.query<{ pid: number | null; application: string; age_ms: number | null }>({
    text: `select pid, application, (extract(epoch from clock_timestamp() - started_at) * 1000)::float8 as age_ms
      from ${source}`,
  });
  const [row] = rows;
  return row === undefined ? null : { pid: row.pid, application: row.application, ageMs: row.age_ms };
}

/** What is wrong with the capture of one table. */
export type TableFault = {
  /** With its schema. */
  readonly table: string;
  readonly fault: 'absent' | 'not-published' | 'identity';
};

type WantedTable = {
  readonly schema: string;
  readonly table: string;
  readonly replicaIdentity: 'full' | 'default';
};

/** Captured tables whose changes do not come, or not whole. A table that was dropped and made again is one of them. */
export async function readTableFaults(
  database: Queryable,
  publication: string,
  wanted: readonly WantedTable[],
): Promise<TableFault[]> {
  const { rows } = await database.query<TableFault>({
    text: `select w.schema || '.' || w.name as "table",
        case when c.oid is null then 'absent' when p.tablename is null then 'not-published' else 'identity' end as fault
      from unnest($2::text[], $3::text[], $4::text[]) with ordinality as w(schema, name, identity, n)
      left join pg_class c on c.oid = to_regclass(format('%I.%I', w.schema, w.name))
      left join pg_publication_tables p
        on p.pubname = $1 and p.schemaname = w.schema and p.tablename = w.name
      where c.oid is null or p.tablename is null or not (c.relreplident = 'f' or w.identity = 'default'
        and c.relreplident = 'd' and exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary))
      order by w.n`,
    values: [
      publication,
      wanted.map(({ schema }) => schema),
      wanted.map(({ table }) => table),
      wanted.map(({ replicaIdentity }) => replicaIdentity),
    ],
  });
  return rows;
}
