import pg from 'pg';

type Worker = {
  /**
   * The number that this process writes into its intents. It is not used again until the sequence wraps
   * after 2 billion.
   */
  readonly worker: number;
  /**
   * Aborts when the session ends. From then on, other workers may treat this worker's open intents as
   * unknown.
   */
  readonly lost: AbortSignal;
  close(): Promise<void>;
};

type WorkerOptions = {
  readonly databaseUrl: string;
  /** How often the session is probed. */
  readonly probeMs?: number;
  /** How long a probe may take before the session counts as lost. */
  readonly answerMs?: number;
};

/**
 * Takes a worker number and holds a session lock on it for as long as the process lives.
 *
 * The lock shows other workers whether this one is alive. A lease with a time was rejected: a short one
 * declares live workers dead while the process is stopped or busy, and a long one delays the intents of a
 * killed worker. The server releases the lock when the session ends, and the session of a killed process
 * ends immediately. If the host disappears, both sides notice by themselves, this one first: it probes
 * every 3 s and gives up after 10 s without an answer; the server's probes give up after 35 s.
 *
 * The lock belongs to the session, so a pooler that lends one session to several clients must not be in
 * between.
 */
export async function openWorker(options: WorkerOptions): Promise<Worker> {
  const { databaseUrl, probeMs = 3_000, answerMs = 10_000 } = options;
  const lost = new AbortController();
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    query_timeout: answerMs,
    application_name: 'pics-sync worker',
    options:
      '-c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4 -c synchronous_commit=on',
  });
  const lose = (reason: unknown) => lost.abort(reason);
  client.on('error', lose);
  client.on('end', () => lose(new Error('the session of this worker has ended')));
  await client.connect();
  const worker = await takeNumber(client).catch(async (error: unknown) => {
    await client.end().catch(() => undefined);
    throw error;
  });
  const probe = setInterval(() => {
    client.query('select 1').catch((error: unknown) => {
      lose(error);
      // Close the session on this side too. Otherwise a session that only seems broken would keep the lock.
      void client.end().catch(() => undefined);
    });
  }, probeMs);
  probe.unref();
  lost.signal.addEventListener('abort', () => clearInterval(probe), { once: true });
  return {
    worker,
    lost: lost.signal,
    async close() {
      clearInterval(probe);
      await client.end();
    },
  };
}

async function takeNumber(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ worker: number }>(
    `select nextval('sync.worker_number')::integer as worker`,
  );
  const worker = rows[0]?.worker;
  if (worker === undefined) throw new Error('the sequence sync.worker_number returned no value');
  await client.query('select pg_advisory_lock($1, $2)', [workerLockClass, worker]);
  return worker;
}

/** The first key of the advisory locks that workers hold. The second key is the worker's number. */
const workerLockClass = 0x70_69_63_73;

/**
 * A common table expression with the numbers of the workers whose database session exists.
 *
 * Reading `pg_locks` blocks the lock manager for a moment. Postgres does not run an expression that is not
 * read, so the statements refer to it only where an intent is open.
 */
export const aliveWorkers = `alive as materialized (
  select objid::bigint as worker from pg_locks
  where locktype = 'advisory' and objsubid = 2 and granted and classid = ${workerLockClass}
    and database = (select oid from pg_database where datname = current_database())
)`;
