import pg from 'pg';
import { createStorePool, migrate } from '../../src/store/database.ts';
import { uniqueName, useStack } from '../support/stack/use-stack.ts';

/** A sync database of the test's own; it is gone when the test ends, however that ends. */
export async function openStoreDatabase() {
  const { host, port, user, password, database } = useStack().postgres;
  const name = uniqueName('store');
  const urlOf = (path: string) =>
    `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${path}`;
  const act = async (text: string) => {
    const client = new pg.Client({ connectionString: urlOf(database) });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  await act(`create database ${name}`);
  const databaseUrl = urlOf(name);
  await migrate(databaseUrl);
  const pool = createStorePool({ databaseUrl });
  // The pool lets go of its sessions before the server does: dropping the database may still cut one.
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    databaseUrl,
    pool,
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await act(`drop database ${name} with (force)`);
    },
  };
}
