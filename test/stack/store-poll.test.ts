import { expect } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { hashRecord } from '../../src/domain/digest.ts';
import type { Observation } from '../../src/domain/observation.ts';
import type { PassProgress, PollStore } from '../../src/domain/polling.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { linkSeen, readLinks, recordLinks } from '../../src/store/links.ts';
import { countRecords, createPollStore, readPollLearners } from '../../src/store/polling.ts';
import { readSeenShadows, readShadows } from '../../src/store/shadows.ts';
import { createStore } from '../../src/store/store.ts';
import { readCatalogue } from '../../src/store/vendor-state.ts';
import { createStandardList } from '../../src/vendors/onefile/centre.ts';
import { MemoryPics } from '../memory/pics.ts';
import { aLink, anOutcome, aShadow, scope } from '../support/ledger-records.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openStoreDatabase } from './store-database.ts';

const entity = 'learning-aim';

async function setup({ leaseMs = 60_000 } = {}) {
  const database = await openStoreDatabase();
  const { pool } = database;
  let nowMs = 1_000_000;
  const tick = () => (nowMs += 1_000);
  const open = (holder: string): PollStore =>
    createPollStore(pool, { ...scope, holder, leaseMs, nowMs: () => nowMs });
  const store = open('a');
  const see = (vendorId: string, change: Partial<Observation> = {}): Observation => ({
    ...scope,
    entity,
    vendorId,
    learnerVendorId: '900',
    observedAtMs: nowMs,
    cause: 'poll',
    deleted: false,
    record: { id: vendorId },
    ...change,
  });
  /** A complete pass over the entity that shows these records. */
  const pass = async (epoch: number, vendorIds: readonly string[], isComplete = true): Promise<void> => {
    tick();
    const passId = await store.beginPass(entity, epoch);
    tick();
    const value: PassProgress = { run: 1, passId, cursor: 'x', isComplete: false, hasGaps: false };
    const observations = vendorIds.map((id) => see(id));
    await store.recordPage({ epoch, observations, progress: { resource: 'aims', value } });
    if (isComplete) await store.completePass(passId, epoch);
  };
  return { database, pool, store, open, see, pass, tick };
}

stackTest(
  'one poller has the lease; the next gets it when it is given back, with a greater epoch',
  async () => {
    const { database, store, open } = await setup();
    await using _ = database;
    const first = await store.acquireLease();
    expect(first).toMatchObject({ epoch: 1 });
    expect(await open('b').acquireLease()).toBeNull();
    expect(await store.renewLease({ epoch: 1 })).toBe(true);
    await store.releaseLease({ epoch: 1 });
    expect(await open('b').acquireLease()).toMatchObject({ epoch: 2 });
    expect(await store.renewLease({ epoch: 1 })).toBe(false);
  },
);

stackTest('a lease that has run out by the clock of the database may be taken', async () => {
  const { database, store, open } = await setup({ leaseMs: 1 });
  await using _ = database;
  await store.acquireLease();
  await expect.poll(() => open('b').acquireLease(), { timeout: 10_000 }).toMatchObject({ epoch: 2 });
  expect(await store.renewLease({ epoch: 1 })).toBe(false);
});

stackTest('whoever lost the lease writes nothing any more', async () => {
  const { database, pool, store, see } = await setup();
  await using _ = database;
  await store.acquireLease();
  const passId = await store.beginPass(entity, 1);
  await store.releaseLease({ epoch: 1 });
  await store.acquireLease();
  const value: PassProgress = { run: 1, passId, cursor: null, isComplete: false, hasGaps: false };
  const late = { epoch: 1, observations: [see('a1')], progress: { resource: 'aims', value } };
  expect(await store.recordPage(late)).toBe('fenced');
  expect(await store.completePass(passId, 1)).toBe('fenced');
  expect(await store.recordRun(5, { kind: 'begun', scope: 'daily' }, 1)).toBe('fenced');
  expect(await store.forgetShadows(entity, ['a1'], 1)).toBe('fenced');
  expect(await store.readProgress('aims')).toBeNull();
  expect(await store.readRuns()).toEqual({ open: null, lastCompleted: null });
  expect((await pool.query('select 1 from sync.shadow')).rowCount).toBe(0);
});

stackTest('a page is kept with its place; an older look at a record keeps the newer content', async () => {
  const { database, pool, store, see } = await setup();
  await using _ = database;
  await store.acquireLease();
  const passId = await store.beginPass(entity, 1);
  const newer = aShadow({ vendorId: 'a2', observedAtMs: 9_000_000, record: { newer: true } });
  await createLedger(pool).recordOutcome(anOutcome({ shadows: [newer] }));
  const value: PassProgress = { run: 1, passId, cursor: '2', isComplete: false, hasGaps: true };
  const observations = [see('a1'), see('a2')];
  const recorded = await store.recordPage({ epoch: 1, observations, progress: { resource: 'aims', value } });
  expect(recorded).toBe('recorded');
  expect(await store.readProgress('aims')).toEqual(value);
  expect(await store.readProgress('reviews')).toBeNull();
  const hashes = await store.readHashes(entity, ['a1', 'a2', 'a3']);
  expect([...hashes].sort()).toEqual([
    ['a1', hashRecord({ id: 'a1' })],
    ['a2', hashRecord({ newer: true })],
  ]);
  expect((await readShadows(pool, { ...scope, entity }, ['a2']))[0]).toEqual(newer);
});

stackTest('a run is open until it is completed, and the last completed one stays known', async () => {
  const { database, store } = await setup();
  await using _ = database;
  await store.acquireLease();
  await store.recordRun(5, { kind: 'begun', scope: 'daily' }, 1);
  expect(await store.readRuns()).toEqual({ open: 5, lastCompleted: null, scope: 'daily' });
  await store.recordRun(5, { kind: 'completed' }, 1);
  await store.recordRun(6, { kind: 'begun', scope: 'all' }, 1);
  expect(await store.readRuns()).toMatchObject({ open: 6, lastCompleted: 5, scope: 'all' });
});

stackTest('a record is missing only when two complete passes in a row did not show it', async () => {
  const { database, pool, store, pass } = await setup();
  await using _ = database;
  await recordLinks(pool, [aLink()]);
  await store.acquireLease();
  await pass(1, ['a1', 'a2']);
  await pass(1, ['a1']);
  expect((await store.readMissing(entity)).missing).toEqual([]);
  await pass(1, [], false);
  expect((await store.readMissing(entity)).missing).toEqual([]);
  await pass(1, ['a1']);
  expect(await store.readMissing(entity)).toEqual({
    missing: [{ centre: 'c1', vendorId: 'a2', learnerVendorId: '900' }],
    totalCount: 2,
  });
  await store.forgetShadows(entity, ['a2'], 1);
  expect(await store.readMissing(entity)).toEqual({ missing: [], totalCount: 1 });
});

stackTest('OF-40: records of learners whom a pass left out on purpose are not missing', async () => {
  const { database, pool, store, pass, see, tick } = await setup();
  await using _ = database;
  await recordLinks(pool, [aLink(), aLink({ picsId: '00018', ident: '00018', vendorId: '901' })]);
  await store.acquireLease();
  const other = { learnerVendorId: '901' };
  const first = await store.beginPass(entity, 1);
  const value: PassProgress = { run: 1, passId: first, cursor: 'x', isComplete: false, hasGaps: false };
  const observations = [see('a1'), see('b1', other)];
  await store.recordPage({ epoch: 1, observations, progress: { resource: 'aims', value } });
  await store.completePass(first, 1);
  for (let n = 0; n < 2; n += 1) {
    tick();
    const passId = await store.beginPass(entity, 1);
    expect(await store.keepUnasked(entity, ['901'], { passId, epoch: 1 })).toBe('recorded');
    await store.completePass(passId, 1);
  }
  expect((await store.readMissing(entity)).missing.map(({ vendorId }) => vendorId)).toEqual(['a1']);
  expect(await store.keepUnasked(entity, ['901'], { passId: first, epoch: 9 })).toBe('fenced');
  await pass(1, ['a1']);
  expect((await store.readMissing(entity)).missing).toEqual([]);
});

stackTest('what a pass showed of the centre is read by that pass alone, page by page', async () => {
  const { database, pool, store, pass } = await setup();
  await using _ = database;
  await store.acquireLease();
  await pass(1, ['a1', 'a2', 'a3']);
  await pass(1, ['a1', 'a3']);
  const { rows } = await pool.query<{ id: string }>('select max(id)::text as id from sync.pass');
  const page = (limit: number, afterVendorId: string | null = null) =>
    readSeenShadows(pool, { ...scope, entity, passId: rows[0]?.id ?? '' }, { afterVendorId, limit });
  expect((await page(10)).map(({ vendorId }) => vendorId)).toEqual(['a1', 'a3']);
  expect((await page(1)).map(({ vendorId }) => vendorId)).toEqual(['a1']);
  expect((await page(1, 'a1')).map(({ vendorId }) => vendorId)).toEqual(['a3']);
  expect(await store.readObservations(entity, ['a2', 'a9'])).toMatchObject([
    { vendorId: 'a2', record: { id: 'a2' }, cause: 'poll', deleted: false },
  ]);
});

stackTest(
  'the size of a full pass is counted from what is known; what was never read whole is unknown',
  async () => {
    const { database, pool, store, pass } = await setup();
    await using _ = database;
    const sized = { users: ['learner', 'assessor'], reviews: [entity], standards: ['standard'] };
    await store.acquireLease();
    await pass(1, ['a1', 'a2'], false);
    expect(await countRecords(pool, scope, sized)).toEqual({ users: null, reviews: null, standards: null });
    await pass(1, ['a1', 'a2']);
    expect(await countRecords(pool, scope, sized)).toEqual({ users: null, reviews: 2, standards: null });
  },
);

stackTest(
  'records that came after a pass began, or whose learner is not linked, are never missing',
  async () => {
    const { database, pool, store, pass, tick } = await setup();
    await using _ = database;
    await recordLinks(pool, [aLink()]);
    await store.acquireLease();
    await pass(1, ['a1']);
    await pass(1, ['a1']);
    const created = aShadow({ vendorId: 'a9', observedAtMs: tick() });
    await createLedger(pool).recordOutcome(anOutcome({ shadows: [created] }));
    await pass(1, ['a1']);
    expect((await store.readMissing(entity)).missing).toEqual([]);
    await pass(1, []);
    await pass(1, []);
    expect((await store.readMissing(entity)).missing).toHaveLength(2);
    await pool.query(`delete from sync.link where kind = 'learner' and pics_id = '00017'`);
    expect((await store.readMissing(entity)).missing).toEqual([]);
  },
);

stackTest(
  'G-2: learners whom PICS names are linked in bulk; who is linked or taken is left alone',
  async () => {
    const { database, pool } = await setup();
    await using _ = database;
    await recordLinks(pool, [aLink({ picsId: '00017', ident: '00017', vendorId: '900' })]);
    const seen = (picsId: string, vendorId: string) =>
      aLink({ picsId, ident: picsId, vendorId, how: 'typed' });
    const links = [
      seen('00017', '901'), // has another link
      seen('00018', '900'), // of somebody else
      seen('00019', '902'),
      seen('00020', '903'),
    ];
    expect(await linkSeen(pool, links)).toBe(2);
    expect(await linkSeen(pool, links)).toBe(0);
    const made = await readLinks(pool, { ...scope, kind: 'learner' }, ['00017', '00018', '00019', '00020']);
    expect(made.map(({ picsId, vendorId }) => [picsId, vendorId]).sort()).toEqual([
      ['00017', '900'],
      ['00019', '902'],
      ['00020', '903'],
    ]);
    // PICS shows the id already, so a clearing of it is noticed.
    expect(made.find(({ picsId }) => picsId === '00019')?.copiedAtMs).not.toBeNull();
    const { rows } = await pool.query(`select ident, kind, code, vendor_id from sync.journal order by ident`);
    expect(rows).toEqual([
      { ident: '00019', kind: 'linked', code: 'typed', vendor_id: '902' },
      { ident: '00020', kind: 'linked', code: 'typed', vendor_id: '903' },
    ]);
  },
);

stackTest(
  'OF-18: a full pass makes the list of what OneFile offers anew; a failed one keeps the old',
  async () => {
    const { database, pool, store, see } = await setup();
    await using _ = database;
    await store.acquireLease();
    const client = { refreshCatalogue: async () => ({ kind: 'unreachable', detail: '' }) as const };
    const offers = createStandardList(client, scope.centre, {
      pics: new MemoryPics(),
      store: createStore({ pool, databaseUrl: database.databaseUrl }),
      clock: { steadyMs: () => performance.now() },
      log: silentLog,
      liveLetters: ['L'],
    });
    const standards = (codes: Readonly<Record<string, string | null>>) =>
      Object.entries(codes).map(([id, code]) =>
        see(id, { entity: 'standard', learnerVendorId: null, record: { id, code, title: `T${id}` } }),
      );
    const read = async (codes: Readonly<Record<string, string | null>>, isWhole = true) => {
      const passId = await store.beginPass('standard', 1);
      const value: PassProgress = { run: 1, passId, cursor: null, isComplete: false, hasGaps: false };
      const observations = standards(codes);
      await store.recordPage({ epoch: 1, observations, progress: { resource: 'standards', value } });
      await offers.rebuild({ run: 1, passId, isWhole });
      const rows = await readCatalogue(pool, scope);
      return rows.map(({ code, vendorId }) => `${code} ${vendorId}`);
    };
    expect(await read({ 1: '60311223', 2: '60311223', 3: '196AS', 4: null })).toEqual([
      '196AS 3',
      '60311223 1',
      '60311223 2',
    ]);
    expect(await read({ 1: '60311223', 5: '196OP' })).toEqual(['196OP 5', '60311223 1']);
    expect(await read({ 9: 'OTHER' }, false)).toEqual(['196OP 5', '60311223 1']);
    expect(await read({})).toEqual(['196OP 5', '60311223 1']);
  },
);

stackTest('learners to poll come with their last activity and the review nearest to now', async () => {
  const { database, pool } = await setup();
  await using _ = database;
  const review = (vendorId: string, atMs: number | null) =>
    aShadow({ entity: 'review', vendorId, record: { scheduledForMs: atMs } });
  const soonMs = Date.now() + 3_600_000;
  const shadows = [review('r1', soonMs), review('r2', soonMs + 86_400_000), review('r3', null)];
  await createLedger(pool).recordOutcome(anOutcome({ links: [aLink()], shadows }));
  await recordLinks(pool, [aLink({ picsId: '00018', ident: '00018', vendorId: '901' })]);
  const learners = await readPollLearners(pool, scope, { entity: 'review', atMsField: 'scheduledForMs' });
  expect(learners).toMatchObject([
    { ident: '00017', vendorId: '900', nextReviewAtMs: soonMs },
    { ident: '00018', vendorId: '901', nextReviewAtMs: null, lastActivityAtMs: null },
  ]);
  expect(Math.abs((learners[0]?.lastActivityAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
});
