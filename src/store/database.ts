import pg, { type QueryResultRow } from 'pg';

/** A pool or a client: whatever runs a statement. */
export type Db = {
  query<Row extends QueryResultRow>(query: {
    name?: string;
    text: string;
    values: unknown[];
  }): Promise<{
    rows: Row[];
    rowCount: number | null;
  }>;
};

/** A statement that is prepared once a connection under its name. */
export type Statement = { readonly name: string; readonly text: string };

/** Deadlock and serialisation failure: the server has rolled the whole statement back, so it may simply run again. */
const repeatable = new Set(['40P01', '40001']);
const maxRuns = 4;

/** Runs one statement in a transaction of its own and returns its rows. */
export async function runStatement<Row extends QueryResultRow>(
  db: Db,
  statement: Statement,
  values: unknown[],
): Promise<Row[]> {
  for (let run = 1; ; run += 1) {
    try {
      const { rows } = await db.query<Row>({ name: statement.name, text: statement.text, values });
      return rows;
    } catch (error) {
      if (run === maxRuns || !repeatable.has(codeOf(error))) throw error;
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

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

/** How old rows go: bit by bit, so that no long transaction stands in anybody's way. */
export type DeleteSteps = {
  /** An abort ends it between two steps. */
  readonly signal?: AbortSignal | undefined;
  readonly rowsAtOnce?: number;
};

/** Runs a deletion of at most `$2` rows older than `$1` until there are none. Returns how many it deleted. */
export async function deleteInSteps(
  db: Db,
  statement: Statement,
  date: Date,
  { signal, rowsAtOnce = 10_000 }: DeleteSteps = {},
): Promise<number> {
  let deleted = 0;
  while (!signal?.aborted) {
    const [row] = await runStatement<{ count: number }>(db, statement, [date, rowsAtOnce]);
    const count = row?.count ?? 0;
    deleted += count;
    if (count < rowsAtOnce) break;
  }
  return deleted;
}
