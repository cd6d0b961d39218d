import pg from 'pg';
import { expect } from 'vitest';
import type { Link } from '../../src/domain/link.ts';
import type { Observation } from '../../src/domain/observation.ts';
import { readLinks } from '../../src/store/links.ts';
import { rebuildStore } from '../../src/store/rebuild.ts';
import { readShadows } from '../../src/store/shadows.ts';
import { clearSyncDue, enableVendor, readVendorState } from '../../src/store/vendor-state.ts';
import { MemoryTopics } from '../memory/topics.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openStoreDatabase } from './store-database.ts';

const scope = { vendor: 'onefile', centre: '7' } as const;

function aLink(picsId: string, vendorId: string, known: Partial<Link> = {}): Link {
  const of = { kind: 'review', ident: '1', how: 'created', copiedAtMs: null } as const;
  return { ...scope, ...of, picsId, vendorId, ...known };
}

function seen(vendorId: string, observedAtMs: number, record: Observation['record']): Observation {
  const of = { entity: 'review', learnerVendorId: '91', cause: 'poll' } as const;
  return { ...scope, ...of, vendorId, observedAtMs, record, deleted: record === null };
}

async function setup({ partitions = 1 } = {}) {
  const database = await openStoreDatabase();
  let nowMs = 1_768_467_600_000;
  const topics = new MemoryTopics({ nowMs: () => (nowMs += 1_000) }, partitions);
  const client = new pg.Client({ connectionString: database.databaseUrl });
  await client.connect();
  const progress: string[] = [];
  const rebuild = (signal = new AbortController().signal) =>
    rebuildStore(client, {
      vendors: ['onefile'],
      names: ['link', 'onefile.review'],
      topics,
      onProgress: (topic, count) => progress.push(`${topic} ${count}`),
      signal,
    });
  const links = async (...picsIds: readonly string[]) =>
    (await readLinks(database.pool, { ...scope, kind: 'review' }, picsIds))
      .map(({ picsId, vendorId }) => `${picsId} ${vendorId}`)
      .sort();
  const shadows = async (...vendorIds: readonly string[]) =>
    (await readShadows(database.pool, { ...scope, entity: 'review' }, vendorIds)).map(
      ({ vendorId, observedAtMs, record }) => ({ vendorId, observedAtMs, record }),
    );
  return {
    ...database,
    topics,
    rebuild,
    links,
    shadows,
    progress,
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

stackTest(
  'links and records come back as the topics have them last, and the vendor is cautious',
  async () => {
    await using site = await setup();
    const { topics, pool } = site;
    await topics.publishLinks([aLink('r1', '501'), aLink('r2', '502'), aLink('r3', '503')]);
    await topics.publishLinks([aLink('r2', '502')], true);
    await topics.publishLinks([aLink('r3', '504')]);
    await topics.publishObservations([
      seen('501', 1_000, { type: 'A' }),
      seen('502', 1_000, { type: 'A' }),
      seen('501', 2_000, { type: 'B' }),
      seen('502', 2_000, null),
    ]);
    expect(await site.rebuild()).toEqual({
      links: { onefile: 2 },
      records: { onefile: 1 },
      cut: [],
      unreadable: 0,
    });
    expect(await site.links('r1', 'r2', 'r3')).toEqual(['r1 501', 'r3 504']);
    expect(await site.shadows('501', '502')).toEqual([
      { vendorId: '501', observedAtMs: 2_000, record: { type: 'B' } },
    ]);
    expect(site.progress.at(-1)).toBe('onefile.review 4');
    expect(await readVendorState(pool, 'onefile')).toMatchObject({
      isEnabled: false,
      firstEnabledAtMs: null,
      cautiousSinceMs: expect.any(Number),
    });
    await enableVendor(pool, { vendor: 'onefile', by: 'ann' });
    expect((await readVendorState(pool, 'onefile')).cautiousSinceMs).not.toBeNull();
    await clearSyncDue(pool, 'onefile', Number.MAX_SAFE_INTEGER);
    expect((await readVendorState(pool, 'onefile')).cautiousSinceMs).toBeNull();
  },
);

stackTest('what was erased does not come back: a tombstone takes the record of its key away', async () => {
  await using site = await setup();
  const { topics } = site;
  await topics.publishLinks([aLink('r1', '501'), aLink('r2', '502')]);
  await topics.publishObservations([seen('501', 1_000, { type: 'A' }), seen('502', 1_000, { type: 'A' })]);
  topics.publishItem('link', 'onefile/review/r1', { kind: 'tombstone' });
  topics.publishItem('onefile.review', '501', { kind: 'tombstone' });
  await site.rebuild();
  expect(await site.links('r1', 'r2')).toEqual(['r2 502']);
  expect((await site.shadows('501', '502')).map(({ vendorId }) => vendorId)).toEqual(['502']);
});

stackTest('G-2: of two links to one record the later one stands, in whichever partition it is', async () => {
  await using site = await setup({ partitions: 8 });
  const ids = Array.from({ length: 40 }, (_, n) => `r${n}`);
  for (const [n, id] of ids.entries()) await site.topics.publishLinks([aLink(id, `${n % 4}`)]);
  await site.rebuild();
  expect(await site.links(...ids)).toEqual(['r36 0', 'r37 1', 'r38 2', 'r39 3']);
});

stackTest('D-8: several officers keep the assessor that they share', async () => {
  await using site = await setup();
  const officer = (picsId: string) => aLink(picsId, '7', { kind: 'officer', ident: null });
  await site.topics.publishLinks([officer('A'), officer('B')]);
  expect(await site.rebuild()).toMatchObject({ links: { onefile: 2 } });
});

stackTest('a topic whose beginning was deleted is named, and what cannot be read is counted', async () => {
  await using site = await setup();
  const { topics } = site;
  await topics.publishLinks([aLink('r1', '501'), aLink('r2', '502')]);
  topics.publishItem('onefile.review', '9', { kind: 'malformed', reason: 'bad-date' });
  topics.trim('link', 0, 1);
  expect(await site.rebuild()).toEqual({ links: { onefile: 1 }, records: {}, cut: ['link'], unreadable: 1 });
});

stackTest(
  'a database that is not empty is refused, and what is in it is said; a second rebuild too',
  async () => {
    await using site = await setup();
    await site.topics.publishLinks([aLink('r1', '501')]);
    await site.rebuild();
    await expect(site.rebuild()).rejects.toThrow('It has rows in: link 1, vendor_state 1.');
    expect(await site.links('r1')).toEqual(['r1 501']);
  },
);

stackTest('a rebuild that is broken off leaves the database empty, and may be done again', async () => {
  await using site = await setup();
  const { topics, pool } = site;
  await topics.publishLinks([aLink('r1', '501')]);
  topics.drop('onefile.review');
  await expect(site.rebuild()).rejects.toThrow('onefile.review does not exist');
  expect(await site.links('r1')).toEqual([]);
  expect((await readVendorState(pool, 'onefile')).cautiousSinceMs).toBeNull();
  const stop = new AbortController();
  stop.abort(new Error('stopped by a person'));
  await expect(site.rebuild(stop.signal)).rejects.toThrow('stopped by a person');
  await topics.publishObservations([seen('501', 1_000, { type: 'A' })]);
  expect(await site.rebuild()).toMatchObject({ links: { onefile: 1 }, records: { onefile: 1 } });
});
