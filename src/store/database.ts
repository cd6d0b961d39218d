import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import pg, { type QueryResultRow } from 'pg';
import { openPool } from '../base/pool.ts';

/** A pool or a client. */
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

/** A statement that each connection prepares once, under this name. */
type Statement = { readonly name: string; readonly text: string };

/** Deadlock and serialisation failure: the server has rolled the statement back, so it can run again. */
const repeatable = new Set(['40P01', '40001']);
const maxRuns = 4;

/** Runs one statement in its own transaction and returns its rows. */
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

type StorePoolOptions = {
  readonly databaseUrl: string;
  readonly maxConnections?: number;
  readonly statementTimeoutMs?: number;
  /** Called when an idle connection breaks. The pool replaces it by itself. */
  readonly onIdleError?: (error: Error) => void;
};

/**
 * Creates the connection pool of the sync database. It connects at the first statement.
 *
 * The statements are written for generic plans, because planning them again costs more than running them.
 * Tables are small at first and large later, so sequential scans are disabled from the beginning.
 */
export function createStorePool(options: StorePoolOptions): pg.Pool {
  const { databaseUrl, maxConnections = 8, statementTimeoutMs, onIdleError } = options;
  return openPool({
    connection: { connectionString: databaseUrl },
    connections: maxConnections,
    ...(statementTimeoutMs !== undefined && { statementTimeoutMs }),
    ...(onIdleError !== undefined && { onIdleError }),
    session: { plan_cache_mode: 'force_generic_plan', enable_seqscan: 'off', timezone: 'UTC' },
  });
}

/** Old rows are deleted in small steps, so that no long transaction blocks other work. */
export type DeleteSteps = {
  /** An abort stops the deletion between two steps. */
  readonly signal?: AbortSignal | undefined;
  readonly rowsAtOnce?: number;
};

/**
 * Repeats a statement that deletes at most `$2` rows older than `$1`, until no such rows are left. Returns
 * the number of deleted rows.
 */
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

/** The schema of all objects of the sync, including its list of migrations. */
const storeSchema = 'sync';

const migrationsFolder = new URL('./migrations', import.meta.url);

/**
 * Migrates the sync database to the newest schema; there are no down migrations. Returns the names of the
 * migrations that ran.
 *
 * Several processes may start at the same time: they wait for each other. The session is ours, because one of the
 * library's own is not waited for when it ends: a database that is dropped just then would end the process.
 */
export async function migrate(databaseUrl: string): Promise<readonly string[]> {
  const silent = () => undefined;
  const client = new pg.Client({ connectionString: databaseUrl });
  // What goes wrong with the session fails the statement that is under way.
  client.on('error', silent);
  await client.connect();
  try {
    return await runMigrations(client);
  } finally {
    await client.end();
  }
}

async function runMigrations(dbClient: pg.Client): Promise<readonly string[]> {
  const silent = () => undefined;
  const ran = await runner({
    dbClient,
    dir: fileURLToPath(migrationsFolder),
    direction: 'up',
    schema: storeSchema,
    createSchema: true,
    migrationsTable: 'migration',
    advisoryLockMode: 'wait',
    checkOrder: true,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
  });
  return ran.map(({ name }) => name);
}

/** The names of the migrations that this version has. */
export function listMigrations(): readonly string[] {
  const files = readdirSync(migrationsFolder);
  return files.filter((file) => /\.(sql|ts)$/.test(file)).map((file) => file.replace(/\.\w+$/, ''));
}

const tableIsMissing = '42P01';

/** The names of the migrations that ran, in their order; null if none ever did. */
export async function readMigrations(db: Db): Promise<readonly string[] | null> {
  const text = 'select name from sync.migration order by id';
  try {
    const rows = await runStatement<{ name: string }>(db, { name: 'read-migrations', text }, []);
    return rows.map(({ name }) => name);
  } catch (error) {
    if (codeOf(error) === tableIsMissing) return null;
    throw error;
  }
}
