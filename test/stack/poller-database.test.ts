import { expect } from 'vitest';
import { runFullPass } from '../../src/polling/full-pass.ts';
import type { PollPorts } from '../../src/polling/page.ts';
import { createPollMemory, pollEveryTurn } from '../../src/polling/poll.ts';
import { createSteadyReader } from '../../src/polling/read-steadily.ts';
import { recordLinks } from '../../src/store/links.ts';
import { createPollStore } from '../../src/store/polling.ts';
import { createStore } from '../../src/store/store.ts';
import { aLink } from '../support/ledger-records.ts';
import { Killed, PollWorld } from '../support/poll-world.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openStoreDatabase } from './store-database.ts';

/** A vendor in memory, polled with a real sync database. */
async function setup({ pool, databaseUrl }: Awaited<ReturnType<typeof openStoreDatabase>>) {
  const world = new PollWorld();
  const linked = (id: string) => aLink({ centre: '7', picsId: `i${id}`, ident: `i${id}`, vendorId: id });
  await recordLinks(pool, [linked('10'), linked('11')]);
  for (const id of ['r1', 'r2', 'r3']) world.put('review', id, '10', { at: id });
  world.put('learning-aim', 'a1', '11', { number: '1' });
  const store = createStore({ pool, databaseUrl });
  const scope = { vendor: 'onefile', centre: '7' } as const;
  const as = (holder: string) => {
    const passes = createPollStore(pool, { ...scope, holder, leaseMs: 60_000, nowMs: () => world.nowMs });
    const ports: PollPorts = { ...world.ports, store, passes };
    const pass = async (signal = new AbortController().signal) => {
      const lease = await passes.acquireLease();
      if (lease === null) return 'no lease';
      await world.wait(60_000);
      try {
        const interlude = async () => ({ pageCount: 0 });
        return await runFullPass(
          ports,
          lease,
          { scope: 'daily', interlude, reader: createSteadyReader(ports) },
          signal,
        );
      } finally {
        await passes.releaseLease(lease);
      }
    };
    return { ports, passes, pass };
  };
  const countShadows = async () => {
    const { rows } = await pool.query<{ count: number }>(
      'select count(*)::integer as count from sync.shadow',
    );
    return rows[0]?.count;
  };
  return { world, as, countShadows };
}

stackTest(
  'killed between publish and cursor, the next start publishes the page again and loses nothing',
  async () => {
    await using database = await openStoreDatabase();
    const { world, as, countShadows } = await setup(database);
    world.dieAfterPublish();
    await expect(as('one').pass()).rejects.toBeInstanceOf(Killed);
    expect(await countShadows()).toBe(0);
    expect(await as('two').pass()).toMatchObject({ recordCount: 4 });
    expect(world.publishedIds).toEqual(['r1', 'r2', 'r1', 'r2', 'r3', 'a1']);
    expect(await countShadows()).toBe(4);
  },
);

stackTest(
  'killed in the middle, another process goes on in the same run and reads nothing twice',
  async () => {
    await using database = await openStoreDatabase();
    const { world, as } = await setup(database);
    let reads = 0;
    world.onRead = () => {
      reads += 1;
      if (reads === 2) throw new Killed();
    };
    await expect(as('one').pass()).rejects.toBeInstanceOf(Killed);
    world.reads.length = 0;
    expect(await as('two').pass()).toMatchObject({ learnerCount: 2 });
    expect(world.reads).toEqual(['full reviews 2', 'full aims 10', 'full aims 11']);
  },
);

stackTest('whose lease ended while a page was read keeps nothing of it', async () => {
  await using database = await openStoreDatabase();
  const { world, as, countShadows } = await setup(database);
  const { passes, pass } = as('two');
  world.onPublished = async () => {
    await database.pool.query(`update sync.lease set expires_at = now() - interval '1 second'`);
    await passes.acquireLease();
  };
  expect(await as('one').pass()).toBe('fenced');
  expect(await countShadows()).toBe(0);
  expect(await pass()).toBe('no lease');
});

stackTest('a record that two complete passes did not show is published as deleted, once', async () => {
  await using database = await openStoreDatabase();
  const { world, as, countShadows } = await setup(database);
  const { pass } = as('one');
  await pass();
  world.shown.review.delete('r2');
  await pass();
  expect(world.publishedIds).not.toContain('-r2');
  await pass();
  await pass();
  expect(world.publishedIds.filter((id) => id === '-r2')).toHaveLength(1);
  expect(await countShadows()).toBe(3);
});

stackTest('a record equal to its shadow in the database is not published by spare polling', async () => {
  await using database = await openStoreDatabase();
  const { world, as } = await setup(database);
  const { ports, passes, pass } = as('one');
  await pass();
  world.published.length = 0;
  world.put('review', 'r2', '10', { at: 'later' });
  const lease = await passes.acquireLease();
  const signal = new AbortController().signal;
  await pollEveryTurn({
    ports,
    lease: lease!,
    memory: createPollMemory(),
    reader: createSteadyReader(ports),
    signal,
  });
  expect(world.publishedIds).toEqual(['r2']);
});
