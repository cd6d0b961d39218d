import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';

/** The schema of all objects of the sync, including its list of migrations. */
const storeSchema = 'sync';

/**
 * Migrates the sync database to the newest schema; there are no down migrations. Returns the names of the
 * migrations that ran.
 *
 * Several processes may start at the same time: they wait for each other.
 */
export async function migrate(databaseUrl: string): Promise<readonly string[]> {
  const silent = () => undefined;
  const ran = await runner({
    databaseUrl,
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
