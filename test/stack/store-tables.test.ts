import { expect } from 'vitest';
import { hashRecord } from '../../src/domain/digest.ts';
import { listMigrations, migrate, readMigrations } from '../../src/store/database.ts';
import { forgetDue, postpone, readDue } from '../../src/store/held.ts';
import { countOpenIntents, deleteIntentsBefore, readUnsettledIdents } from '../../src/store/intents.ts';
import { deleteJournalBefore, readTimeline, recordReport } from '../../src/store/journal.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { readLinkedLearners, readLinks, readLinksByVendorIds, recordLinks } from '../../src/store/links.ts';
import { readShadowHashes, readShadows } from '../../src/store/shadows.ts';
import { readCatalogue, replaceCatalogue } from '../../src/store/vendor-state.ts';
import { openWorker } from '../../src/store/worker.ts';
import { aLink, anIntent, anOutcome, aReport, aShadow, learner, scope } from '../support/ledger-records.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openStoreDatabase } from './store-database.ts';

stackTest(
  'migrations run once, also when several processes start together, and the database tells which did',
  async () => {
    await using database = await openStoreDatabase();
    await database.pool.query('drop schema sync cascade');
    const { databaseUrl, pool } = database;
    expect(await readMigrations(pool)).toBeNull();
    const ran = await Promise.all([migrate(databaseUrl), migrate(databaseUrl), migrate(databaseUrl)]);
    expect(ran.flat()).toEqual([...new Set(ran.flat())]);
    expect(ran.flat().length).toBeGreaterThan(0);
    expect(await migrate(databaseUrl)).toEqual([]);
    expect(await readMigrations(pool)).toEqual(listMigrations().toSorted());
  },
);

stackTest('a worker has a number of its own, and is told when its session ends', async () => {
  await using database = await openStoreDatabase();
  const { databaseUrl, pool } = database;
  const workers = await Promise.all([openWorker({ databaseUrl }), openWorker({ databaseUrl })]);
  const [first, second] = workers;
  expect(first?.worker).not.toBe(second?.worker);
  await pool.query(
    `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = $1
     and database = (select oid from pg_database where datname = current_database())`,
    [first?.worker],
  );
  await expect.poll(() => first?.lost.aborted, { timeout: 10_000 }).toBe(true);
  expect(second?.lost.aborted).toBe(false);
  await Promise.all(workers.map(({ close }) => close().catch(() => undefined)));
});

stackTest('links are read from both sides and marked as copied', async () => {
  await using database = await openStoreDatabase();
  const { pool } = database;
  const others = ['00018', '00019'].map((ident, n) =>
    aLink({ picsId: ident, ident, vendorId: `${901 + n}` }),
  );
  const visit = aLink({ kind: 'visit', picsId: '7', vendorId: '70' });
  expect(await recordLinks(pool, [aLink(), ...others, visit])).toEqual([]);
  const clash = aLink({ picsId: '00020', ident: '00020' });
  expect(await recordLinks(pool, [clash, aLink()])).toEqual([{ ...clash, takenBy: '00017' }]);
  const kind = { ...scope, kind: 'learner' } as const;
  expect(await readLinksByVendorIds(pool, kind, ['901', '999'])).toEqual([
    { ...others[0], copiedAtMs: null },
  ]);
  expect(await readLinkedLearners(pool, scope, { afterIdent: '00017', limit: 1 })).toEqual([
    { ident: '00018', vendorId: '901' },
  ]);
  const copied = [aLink(), aLink({ picsId: '00018', vendorId: 'changed meanwhile' })];
  await recordReport(pool, { ...scope, source: 'onefile.link/0' }, aReport({ copied }));
  const shown = await readLinks(pool, kind, ['00017', '00018', '00019']);
  const uncopied = shown.filter(({ copiedAtMs }) => copiedAtMs === null);
  expect(uncopied.map(({ picsId }) => picsId).sort()).toEqual(['00018', '00019']);
  expect((await readLinksByVendorIds(pool, kind, ['900']))[0]?.copiedAtMs).toBeGreaterThan(
    Date.now() - 60_000,
  );
});

stackTest(
  'taking a link away moves its learner on, so that nobody acts on what they read before',
  async () => {
    await using database = await openStoreDatabase();
    const ledger = createLedger(database.pool);
    await ledger.recordOutcome(anOutcome({ links: [aLink()] }));
    await ledger.recordOutcome(anOutcome({ version: 1, unlinks: [{ kind: 'learner', picsId: '00017' }] }));
    expect(await readLinks(database.pool, { ...scope, kind: 'learner' }, ['00017'])).toEqual([]);
    expect(await ledger.recordIntent(anIntent({ version: 1 }))).toEqual({ kind: 'conflict' });
    expect(await ledger.recordIntent(anIntent({ version: 2 }))).toMatchObject({ kind: 'recorded' });
  },
);

stackTest(
  'shadows of an outcome never replace newer ones, and are read by hash and as they are',
  async () => {
    await using database = await openStoreDatabase();
    const { pool } = database;
    const entity = { ...scope, entity: 'learning-aim' };
    const ledger = createLedger(pool);
    await ledger.recordOutcome(anOutcome({ shadows: [aShadow()] }));
    const older = aShadow({ observedAtMs: 999, record: { old: true } });
    await ledger.recordOutcome(anOutcome({ version: 1, shadows: [older, aShadow({ vendorId: 'a2' })] }));
    const hashes = await readShadowHashes(pool, entity, ['a1', 'a2', 'a3']);
    expect(Object.fromEntries(hashes)).toEqual({
      a1: hashRecord({ Progress: 1 }),
      a2: hashRecord({ Progress: 1 }),
    });
    expect(await readShadows(pool, entity, ['a2', 'a3'])).toEqual([aShadow({ vendorId: 'a2' })]);
  },
);

stackTest('a catalogue is replaced as a whole, for its centre alone', async () => {
  await using database = await openStoreDatabase();
  const { pool } = database;
  const row = (code: string, vendorId: string) => ({ code, vendorId, title: null, entity: 'standard' });
  await replaceCatalogue(pool, { ...scope, centre: 'c2' }, [row('X', '9')]);
  await replaceCatalogue(pool, scope, [row('A', '1'), row('A', '2')]);
  await Promise.all([1, 2, 3].map((n) => replaceCatalogue(pool, scope, [row('A', '2'), row('B', `${n}`)])));
  const now = await readCatalogue(pool, scope);
  expect(now.map(({ code }) => code)).toEqual(['A', 'B']);
  expect(await readCatalogue(pool, { ...scope, centre: 'c2' })).toEqual([row('X', '9')]);
});

stackTest('the timeline shows the newest lines of a learner, and what is too old is dropped', async () => {
  await using database = await openStoreDatabase();
  const { pool } = database;
  const entry = { kind: 'update-aim', subject: 'aim:1', code: '204', vendorId: null, tookMs: 12 };
  await createLedger(pool).recordOutcome(anOutcome({ journal: [entry, { ...entry, code: '400' }] }));
  const report = aReport({
    lines: [
      { ...entry, kind: 'wrote', ident: '00017', tookMs: null },
      { ...entry, ident: '00018' },
    ],
  });
  for (const source of ['onefile.review/0', 'onefile.review/0'])
    await recordReport(pool, { ...scope, source }, report);
  const lines = await readTimeline(pool, '00017', 2);
  expect(lines).toMatchObject([
    { kind: 'wrote', tookMs: null },
    { kind: 'update-aim', code: '400', tookMs: 12 },
  ]);
  await pool.query(`update sync.journal set at = now() - interval '2 days' where ident = '00018'`);
  expect(await deleteJournalBefore(pool, new Date(Date.now() - 86_400_000))).toBe(1);
  expect(await readTimeline(pool, '00018', 9)).toEqual([]);
  expect(await readTimeline(pool, '00017', 9)).toHaveLength(3);
});

stackTest('open intents are counted and their learners found; settled ones can be dropped', async () => {
  await using database = await openStoreDatabase();
  const { pool } = database;
  const ledger = createLedger(pool);
  const create = await ledger.recordIntent(anIntent({ step: 'create-review', effect: 'create' }));
  const update = await ledger.recordIntent(anIntent({ ident: '00018' }));
  const intentId = (recorded: object) => ('intentId' in recorded ? String(recorded.intentId) : null);
  const done = { version: 1, state: 'done' } as const;
  await ledger.recordOutcome(anOutcome({ ...done, ident: '00018', intentId: intentId(update) }));
  await ledger.recordOutcome(anOutcome({ version: 1, state: 'unknown', intentId: intentId(create) }));
  expect(await countOpenIntents(pool, 'onefile')).toMatchObject({ planned: 0, sending: 0, unknown: 1 });
  expect(await readUnsettledIdents(pool, 'onefile', { afterIdent: null, limit: 9 })).toEqual(['00017']);
  expect(await deleteIntentsBefore(pool, new Date(Date.now() + 60_000))).toBe(1);
  expect(await countOpenIntents(pool, 'onefile')).toMatchObject({ unknown: 1 });
});

stackTest(
  'what is postponed keeps its learner waiting until it is due, and not a moment longer (OF-50)',
  async () => {
    await using database = await openStoreDatabase();
    const { pool } = database;
    const ledger = createLedger(pool);
    const read = async () => {
      const lane = await ledger.readLane({
        ...learner,
        officers: [],
        organisations: [],
        learnerVendorIds: [],
      });
      return lane.postponed;
    };
    expect(await read()).toBeUndefined();
    const { vendor, ident } = learner;
    await postpone(pool, { vendor, ident, subject: 'review:r1', forMs: 3_600_000 });
    await postpone(pool, { vendor, ident, subject: 'review:r1', forMs: 1 });
    expect(await read()).toEqual(['review:r1']);
    const readIdents = async () => (await readDue(pool, vendor, 10)).map((due) => due.ident);
    expect(await readIdents()).toEqual([]);
    await postpone(pool, { vendor, ident: '00018', subject: 'review:r2', forMs: 0 });
    const [due] = await readDue(pool, vendor, 10);
    expect(due?.ident).toBe('00018');
    // Due only while the learner is looked at: that look has left it alone, so the next one must see to it.
    await postpone(pool, { vendor, ident: '00018', subject: 'review:r3', forMs: 1 });
    await expect.poll(async () => (await readDue(pool, vendor, 10))[0]?.until).not.toBe(due?.until);
    if (due !== undefined) await forgetDue(pool, vendor, due);
    const [later] = await readDue(pool, vendor, 10);
    expect(later?.ident).toBe('00018');
    if (later !== undefined) await forgetDue(pool, vendor, { ...later, ident });
    expect(await readIdents()).toEqual(['00018']);
    if (later !== undefined) await forgetDue(pool, vendor, later);
    expect(await readIdents()).toEqual([]);
    expect(await read()).toEqual(['review:r1']);
  },
);
