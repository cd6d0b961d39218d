import type pg from 'pg';

/** A table that nobody else may write to: whoever tries waits exactly there. Reading goes on. */
export type TableLock = {
  /** How many statements wait for the table at this moment. */
  readonly countWaiting: () => Promise<number>;
  /** Ends the waiting statements unfinished, as if their connections had been cut, and gives the table free. */
  readonly cutAndRelease: () => Promise<void>;
} & AsyncDisposable;

/** Locks a table of the database that the pool belongs to, until released: `await using lock = await lockTable(…)`. */
export async function lockTable(pool: pg.Pool, table: string): Promise<TableLock> {
  const client = await pool.connect();
  await client.query('begin');
  await client.query(`lock table ${table} in exclusive mode`);
  const readWaiting = async (): Promise<number[]> => {
    const { rows } = await client.query<{ pid: number }>(
      'select pid from pg_locks where relation = $1::regclass and not granted',
      [table],
    );
    return rows.map(({ pid }) => pid);
  };
  let isHeld = true;
  const release = async (): Promise<void> => {
    if (!isHeld) return;
    isHeld = false;
    await client.query('rollback');
    client.release();
  };
  return {
    countWaiting: async () => (await readWaiting()).length,
    cutAndRelease: async () => {
      // The database notices a dead client only when it next writes to it: without this the statement would be done.
      for (let pids = await readWaiting(); pids.length > 0; pids = await readWaiting())
        await client.query('select pg_terminate_backend(pid) from unnest($1::int[]) as u(pid)', [pids]);
      await release();
    },
    [Symbol.asyncDispose]: release,
  };
}
