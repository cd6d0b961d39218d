import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';

/** Everything of the sync lives in this schema, its list of migrations too. */
export const storeSchema = 'sync';

/**
 * Brings the sync database to the newest schema, forward only. Returns the names of the migrations that ran.
 *
 * Several processes may start at once: they wait for each other.
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
