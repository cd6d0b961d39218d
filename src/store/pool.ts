import pg from 'pg';

export type StorePoolOptions = {
  readonly databaseUrl: string;
  readonly maxConnections?: number;
  readonly statementTimeoutMs?: number;
  /** Told about connections that break while nobody uses them; the pool replaces them by itself. */
  readonly onIdleError?: (error: Error) => void;
};

/**
 * Opens the connections to the sync database. Nothing is connected before the first statement.
 *
 * The statements are built for generic plans: planning them anew costs more than running them. Tables are small at the
 * first start and large later, so plans that read whole tables are ruled out from the beginning.
 */
export function createStorePool(options: StorePoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: options.maxConnections ?? 8,
    connectionTimeoutMillis: 5_000,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    keepAlive: true,
    application_name: 'pics-sync',
    options: '-c plan_cache_mode=force_generic_plan -c jit=off -c enable_seqscan=off -c timezone=UTC',
  });
  pool.on('error', (error) => options.onIdleError?.(error));
  return pool;
}
