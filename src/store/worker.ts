import pg from 'pg';

export type Worker = {
  /** Written into every intent this process sends. Never used twice until the sequence wraps after 2 billion. */
  readonly worker: number;
  /** Aborts when the session ends: from then on others may take this worker's open intents for unknown. */
  readonly lost: AbortSignal;
  close(): Promise<void>;
};

export type WorkerOptions = {
  readonly databaseUrl: string;
  /** How often the session is tried. */
  readonly probeMs?: number;
  /** How long it may take to answer before it counts as lost. */
  readonly answerMs?: number;
};

/**
 * Takes a worker number and holds a session lock on it for as long as the process lives.
 *
 * A lock, not a lease with a time: a lease that is too short takes live workers for dead while the process is stopped or
 * busy, one that is long keeps a killed worker's intents waiting. The server lets go of the lock in the moment the
 * session ends, and a killed process's session ends at once. Where the host vanishes without a word, both sides
 * notice by themselves, this one first: it probes every 3 s and gives up after 10 s without an answer, the server's
 * probes give up after 35 s.
 *
 * The lock belongs to the session: a pooler that lends one session to several clients must not stand in between.
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
    options: '-c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4',
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
      // Let go on this side too, or a session that only seems to be broken would keep the lock.
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
  if (worker === undefined) throw new Error('the sequence of worker numbers gave nothing');
  await client.query('select pg_advisory_lock($1, $2)', [workerLockClass, worker]);
  return worker;
}

/** First half of the advisory locks that workers hold; the second half is the worker's number. */
export const workerLockClass = 0x70_69_63_73;

/**
 * Numbers of the workers whose database session is there, as a common table expression.
 *
 * Reading the locks stops the lock manager for a moment: the statements that use it refer to it only where an intent
 * is open, and an expression nobody reads is never run.
 */
export const aliveWorkers = `alive as materialized (
  select objid::bigint as worker from pg_locks
  where locktype = 'advisory' and objsubid = 2 and granted and classid = ${workerLockClass}
    and database = (select oid from pg_database where datname = current_database())
)`;
