import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import pg from 'pg';

/** The schema of all objects of the sync, including its list of migrations. */
const storeSchema = 'sync';

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
    dir: fileURLToPath(new URL('./migrations', import.meta.url)),
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
