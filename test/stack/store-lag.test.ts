import { expect } from 'vitest';
import {
  addFreshness,
  keepFurthest,
  keepLagStatus,
  keepVendorRead,
  readFreshness,
  readFurthest,
  readLagStatus,
  readVendorReads,
} from '../../src/store/lag.ts';
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

stackTest('how long changes took adds up over processes, by minute, and a day is kept', async () => {
  await using database = await openStoreDatabase();
  const { pool } = database;
  const out = { vendor: 'onefile', way: 'out', count: 3, late: 1, mostMs: 70_000.4 } as const;
  expect(await readFreshness(pool)).toEqual([]);
  await Promise.all([
    addFreshness(pool, [out, { ...out, way: 'in', mostMs: 12 }]),
    addFreshness(pool, [{ ...out, count: 1, late: 0, mostMs: 5 }]),
  ]);
  // What is older than five minutes is not lately; what is older than a day goes.
  await pool.query(
    `insert into sync.freshness (minute, vendor, way, count, late, most_ms)
     select date_trunc('minute', now()) - age, 'onefile', 'out', 1, 0, 900000
     from unnest(array['4 minutes', '6 minutes', '23 hours', '25 hours']::interval[]) age`,
  );
  const read = async (way: string) => (await readFreshness(pool)).find((one) => one.way === way);
  expect(await read('out')).toEqual({ ...out, count: 5, late: 1, mostMs: 900_000 });
  expect(await read('in')).toEqual({ ...out, way: 'in', mostMs: 12 });
  await addFreshness(pool, [out]);
  const { rows } = await pool.query(`select 1 from sync.freshness where minute < now() - interval '1 day'`);
  expect(rows).toEqual([]);
});

stackTest('of timed reads at a vendor the last is kept, with its age', async () => {
  await using database = await openStoreDatabase();
  const { pool } = database;
  expect(await readVendorReads(pool)).toEqual([]);
  await keepVendorRead(pool, { vendor: 'onefile', tookMs: 120.6, result: 'page' });
  await keepVendorRead(pool, { vendor: 'onefile', tookMs: 90, result: 'unreachable' });
  await keepVendorRead(pool, { vendor: 'smartassessor', tookMs: 5, result: 'page' });
  await pool.query(
    `update sync.vendor_canary set asked_at = now() - interval '30 s' where vendor = 'onefile'`,
  );
  const reads = await readVendorReads(pool);
  const oneFile = reads.find(({ vendor }) => vendor === 'onefile');
  expect(oneFile).toMatchObject({ tookMs: 90, result: 'unreachable' });
  expect(oneFile?.ageMs).toBeGreaterThanOrEqual(30_000);
  expect(reads).toHaveLength(2);
});
