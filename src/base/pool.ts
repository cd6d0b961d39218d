import pg from 'pg';

/** How long opening one connection may take. Waiting for a free connection of the pool has no limit. */
const connectWithinMs = 5_000;
/** A transaction in which no statement arrives for so long is rolled back by the server, and its rows are free. */
const idleInTransactionMs = 10_000;
/** How much later than the server the client gives up: the server's own error says more. */
const answerMarginMs = 5_000;
/** How long a pool may take to close. Connections that do not answer end with the process. */
const closeWithinMs = 5_000;

type PoolOptions = {
  readonly connection: Pick<
    pg.ClientConfig,
    'connectionString' | 'host' | 'port' | 'database' | 'user' | 'password'
  >;
  readonly connections: number;
  readonly statementTimeoutMs?: number;
  /** Settings of each session, as the server names them. */
  readonly session?: Readonly<Record<string, string | number>>;
  readonly applicationName?: string;
  /** Called when an idle connection breaks. The pool replaces it by itself. */
  readonly onIdleError?: (error: Error) => void;
};

/**
 * Opens a connection pool of a database: the only place that says how long PostgreSQL and we wait for each other.
 *
 * Either end may vanish without closing: a host loses its power, a firewall forgets a connection, a virtual machine
 * is frozen. TCP alone notices that after 15 minutes to 2 hours, so both ends have limits of their own.
 *
 * Our end: opening a connection and each statement have a time limit. A statement that exceeds it fails, its
 * connection is thrown away, and the flow that needed it ends and is started again on a new one. Idle connections are
 * closed after 10 s, so the dead among them are gone by then.
 *
 * The server's end: it probes a silent connection (`tcp_keepalives_*`), gives up on data that is not acknowledged
 * (`tcp_user_timeout`), and ends a transaction that is open but idle. The last one also frees the rows of a process
 * that is stopped while its host still answers probes. All of them together free a row within 20 s.
 *
 * The wait for a free connection has no limit: with more work than connections, work waits. It is bounded by the
 * limits on the statements that hold the connections.
 */
export function openPool(options: PoolOptions): pg.Pool {
  const { connection, connections, statementTimeoutMs = 30_000, applicationName = 'pics-sync' } = options;
  const session = {
    jit: 'off',
    idle_in_transaction_session_timeout: idleInTransactionMs,
    tcp_keepalives_idle: 5,
    tcp_keepalives_interval: 3,
    tcp_keepalives_count: 3,
    tcp_user_timeout: 15_000,
    ...options.session,
  };
  const pool = new pg.Pool({
    ...connection,
    Client: ConnectingInTime,
    max: connections,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + answerMarginMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: applicationName,
    options: Object.entries(session)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  });
  pool.on('error', (error) => options.onIdleError?.(error));
  return pool;
}

/**
 * Closes a pool. A connection that is lent is waited for, but only for a while: its statement may never be answered,
 * and the code that opens a new pool must not wait for it.
 */
export async function closePool(pool: pg.Pool): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, closeWithinMs);
  timer.unref();
  await Promise.race([pool.end(), late.promise]);
  clearTimeout(timer);
}

/** A pool's own limit on connecting would also limit the wait for a free connection, so the client has it. */
class ConnectingInTime extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super({ ...config, connectionTimeoutMillis: connectWithinMs });
  }
}
