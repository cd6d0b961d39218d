import { expect } from 'vitest';
import { keepFurthest, keepLagStatus, readFurthest, readLagStatus } from '../../src/store/lag.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openStoreDatabase } from './store-database.ts';

stackTest('how far groups ever were is kept for each partition, also when a topic begins anew', async () => {
  await using database = await openStoreDatabase();
  const { pool } = database;
  expect(await readFurthest(pool, 'one')).toEqual(new Map());
  const topic = 'a.pics.pics.trqual';
  await keepFurthest(
    pool,
    'one',
    new Map([
      [`${topic}/0`, 2n ** 53n + 1n],
      [`${topic}/11`, 7n],
    ]),
  );
  await keepFurthest(pool, 'other', new Map([[`${topic}/0`, 1n]]));
  await keepFurthest(pool, 'one', new Map([[`${topic}/11`, 3n]]));
  const kept = await readFurthest(pool, 'one');
  expect(Object.fromEntries(kept)).toEqual({ [`${topic}/0`]: 2n ** 53n + 1n, [`${topic}/11`]: 3n });
});

stackTest('a status keeps its beginning until it changes, and goes with its line', async () => {
  await using database = await openStoreDatabase();
  const { pool } = database;
  const line = (what: string, status: string) => ({ what, status });
  await keepLagStatus(pool, [line('queue: a', 'ok'), line('queue: b', 'ok')]);
  const first = new Map((await readLagStatus(pool)).map((one) => [one.what, one]));
  await keepLagStatus(pool, [line('queue: a', 'ok'), line('queue: b', 'stalled'), line('held', 'idle')]);
  const second = new Map((await readLagStatus(pool)).map((one) => [one.what, one]));
  expect(second.get('queue: a')).toEqual(first.get('queue: a'));
  expect(second.get('queue: b')?.status).toBe('stalled');
  expect(second.get('queue: b')?.sinceMs).toBeGreaterThanOrEqual(first.get('queue: b')?.sinceMs ?? 0);
  await keepLagStatus(pool, []);
  expect(await readLagStatus(pool)).toEqual([]);
});
