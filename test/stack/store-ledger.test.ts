import { expect } from 'vitest';
import { createLedger } from '../../src/store/ledger.ts';
import { readLinks } from '../../src/store/link.ts';
import { openWorker } from '../../src/store/worker.ts';
import { aLink, anIntent, anOutcome, aShadow, learner } from '../support/ledger-records.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openStoreDatabase } from './store-database.ts';

const query = { ...learner, officers: ['AB'], learnerVendorIds: [] };

async function setup() {
  const database = await openStoreDatabase();
  return { ...database, ledger: createLedger(database.pool), database };
}

function idOf(recorded: object): string {
  if (!('intentId' in recorded)) throw new Error(`not recorded: ${JSON.stringify(recorded)}`);
  return String(recorded.intentId);
}

stackTest('a learner never seen has version 0 and nothing else', async () => {
  const { database, ledger } = await setup();
  await using _ = database;
  expect(await ledger.readLane(query)).toEqual({
    ...{ version: 0, openIntents: [], links: [], shadows: [], held: [], fieldSupport: {} },
  });
});

stackTest('an intent is open until its outcome is recorded, and each moves the version', async () => {
  const { database, ledger } = await setup();
  await using _ = database;
  const sent = await ledger.recordIntent(anIntent({ naturalKey: 'key' }));
  expect(sent).toMatchObject({ kind: 'recorded', version: 1 });
  const { openIntents } = await ledger.readLane(query);
  expect(openIntents).toMatchObject([
    { id: idOf(sent), step: 'update-aim', state: 'sending', attempt: 1, naturalKey: 'key', worker: 1 },
  ]);
  expect(Math.abs((openIntents[0]?.startedAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
  const outcome = anOutcome({ version: 1, intentId: idOf(sent), state: 'done', code: '204', vendorId: '7' });
  expect(await ledger.recordOutcome(outcome)).toEqual({ kind: 'recorded', version: 2, conflictingLinks: [] });
  expect(await ledger.readLane(query)).toMatchObject({ version: 2, openIntents: [] });
});

stackTest('whoever acts on a version that is over changes nothing', async () => {
  const { database, ledger, pool } = await setup();
  await using _ = database;
  const sent = await ledger.recordIntent(anIntent());
  expect(await ledger.recordIntent(anIntent())).toEqual({ kind: 'conflict' });
  expect(await ledger.recordIntent(anIntent({ version: 7 }))).toEqual({ kind: 'conflict' });
  expect(await ledger.recordIntent(anIntent({ ident: '00018', version: 3 }))).toEqual({ kind: 'conflict' });
  const late = anOutcome({
    version: 0,
    intentId: idOf(sent),
    state: 'done',
    shadows: [aShadow()],
    links: [aLink()],
  });
  expect(await ledger.recordOutcome(late)).toEqual({ kind: 'conflict' });
  const counts =
    'select (select count(*) from sync.lane) + (select count(*) from sync.intent) as rows,' +
    ' (select count(*) from sync.shadow) + (select count(*) from sync.link) as others';
  expect((await pool.query(counts)).rows).toEqual([{ rows: '2', others: '0' }]);
});

stackTest('of two intents for one learner in one batch, one goes on', async () => {
  const { database, ledger } = await setup();
  await using _ = database;
  const both = await Promise.all([
    ledger.recordIntent(anIntent()),
    ledger.recordIntent(anIntent({ step: 'other' })),
  ]);
  expect(both.map(({ kind }) => kind).sort()).toEqual(['conflict', 'recorded']);
});

stackTest('nothing new is sent for a learner while something is being sent', async () => {
  const { database, ledger } = await setup();
  await using _ = database;
  await ledger.recordIntent(anIntent());
  expect(await ledger.recordIntent(anIntent({ version: 1, step: 'other' }))).toEqual({ kind: 'conflict' });
});

stackTest('a planned intent is continued with its next attempt, a settled one is not', async () => {
  const { database, ledger } = await setup();
  await using _ = database;
  const intentId = idOf(await ledger.recordIntent(anIntent({ effect: 'create' })));
  await ledger.recordOutcome(anOutcome({ version: 1, intentId, state: 'planned', code: 'ABSENT' }));
  expect((await ledger.readLane(query)).openIntents).toMatchObject([{ state: 'planned', attempt: 1 }]);
  expect(await ledger.recordIntent(anIntent({ version: 2, intentId, worker: 2 }))).toMatchObject({
    intentId,
  });
  expect((await ledger.readLane(query)).openIntents).toMatchObject([
    { state: 'sending', attempt: 2, worker: 2 },
  ]);
  await ledger.recordOutcome(anOutcome({ version: 3, intentId, state: 'done' }));
  expect(await ledger.recordIntent(anIntent({ version: 4, intentId }))).toEqual({ kind: 'conflict' });
  expect(await ledger.recordOutcome(anOutcome({ version: 4, intentId, state: 'done' }))).toEqual({
    kind: 'conflict',
  });
});

stackTest('an intent of a live worker is left to it, one of a dead worker may be taken over', async () => {
  const { database, ledger, databaseUrl } = await setup();
  await using _ = database;
  const { worker, close } = await openWorker({ databaseUrl });
  const intentId = idOf(await ledger.recordIntent(anIntent({ worker })));
  expect((await ledger.readLane(query)).openIntents).toMatchObject([{ isWorkerAlive: true }]);
  const takeOver = anIntent({ version: 1, intentId, worker: worker + 1 });
  expect(await ledger.recordIntent(takeOver)).toEqual({ kind: 'conflict' });
  await close();
  await expect
    .poll(async () => (await ledger.readLane(query)).openIntents)
    .toMatchObject([{ isWorkerAlive: false }]);
  expect(await ledger.recordIntent(takeOver)).toMatchObject({ kind: 'recorded', intentId });
});

stackTest(
  "a lane shows the shadows of its learner by link and by the ids asked for, and officers' links",
  async () => {
    const { database, ledger } = await setup();
    await using _ = database;
    const links = [
      aLink(),
      aLink({ kind: 'officer', picsId: 'AB', vendorId: '5', ident: null }),
      aLink({ kind: 'officer', picsId: 'CD', vendorId: '6', ident: null }),
      aLink({ picsId: '00018', vendorId: '901', ident: '00018' }),
    ];
    const shadows = [
      aShadow(),
      aShadow({ vendorId: 'a2', learnerVendorId: '901' }),
      aShadow({ vendorId: 'a3', learnerVendorId: '902' }),
      aShadow({ entity: 'learner', vendorId: '900', learnerVendorId: null, record: { FirstName: 'x' } }),
      aShadow({ entity: 'learner', vendorId: '901', learnerVendorId: null }),
    ];
    await ledger.recordOutcome(anOutcome({ links, shadows }));
    const lane = await ledger.readLane({ ...query, learnerVendorIds: ['902'] });
    expect(lane.links).toEqual([
      { ...links[0], copiedAtMs: null },
      { ...links[1], copiedAtMs: null },
    ]);
    expect(lane.shadows).toEqual([shadows[3], shadows[0], shadows[2]]);
  },
);

stackTest('a shadow is never replaced by an older one', async () => {
  const { database, ledger } = await setup();
  await using _ = database;
  const seen = (observedAtMs: number) => aShadow({ observedAtMs, record: { seen: observedAtMs } });
  await ledger.recordOutcome(anOutcome({ links: [aLink()], shadows: [seen(2_000), seen(1_500)] }));
  await ledger.recordOutcome(anOutcome({ version: 1, shadows: [seen(1_999)] }));
  expect((await ledger.readLane(query)).shadows).toEqual([seen(2_000)]);
  await ledger.recordOutcome(anOutcome({ version: 2, shadows: [seen(2_001)] }));
  expect((await ledger.readLane(query)).shadows).toEqual([seen(2_001)]);
});

stackTest(
  'a link that contradicts another is told and not made; the same link again is no contradiction (G-2)',
  async () => {
    const { database, ledger, pool } = await setup();
    await using _ = database;
    await ledger.recordOutcome(anOutcome({ links: [aLink()] }));
    const otherLearner = aLink({ picsId: '00018', ident: '00018' });
    const otherId = aLink({ vendorId: '901' });
    const recorded = await ledger.recordOutcome(
      anOutcome({ version: 1, links: [aLink(), otherLearner, otherId] }),
    );
    expect(recorded).toEqual({ kind: 'recorded', version: 2, conflictingLinks: [otherLearner, otherId] });
    const made = await readLinks(pool, { ...learner, kind: 'learner' }, ['00017', '00018']);
    expect(made).toEqual([{ ...aLink(), copiedAtMs: null }]);
  },
);

stackTest('what a centre keeps or does not keep is known to all its learners, and only there', async () => {
  const { database, ledger } = await setup();
  await using _ = database;
  const finding = { kind: 'field-support', field: 'RegistrationNumber', isKept: true } as const;
  await ledger.recordOutcome(
    anOutcome({
      findings: [
        { ...finding, isKept: false },
        { ...finding, field: 'x' },
      ],
    }),
  );
  await ledger.recordOutcome(anOutcome({ version: 1, findings: [finding] }));
  const other = await ledger.readLane({ ...query, ident: '00018' });
  expect(other.fieldSupport).toEqual({ RegistrationNumber: true, x: true });
  expect((await ledger.readLane({ ...query, centre: 'c2' })).fieldSupport).toEqual({});
});

stackTest(
  'learners that share a record and a link do not stop each other in concurrent batches',
  async () => {
    const { database, databaseUrl } = await setup();
    await using _ = database;
    const ledgers = [1, 2, 3].map(() => createLedger(database.pool, { maxItems: 7 }));
    expect(databaseUrl).toBeTruthy();
    const idents = Array.from({ length: 40 }, (__, n) => `${n}`);
    await Promise.all(
      ledgers.flatMap((ledger, who) =>
        idents.map(async (ident, n) => {
          const turned = who === 1 ? idents.length - n : n;
          const shadows = [
            aShadow({ vendorId: `${turned % 5}` }),
            aShadow({ vendorId: `${(turned + 1) % 5}` }),
          ];
          const links = [
            aLink({ kind: 'officer', picsId: `${turned % 9}`, vendorId: `${turned % 7}`, ident: null }),
          ];
          await ledger.recordOutcome(anOutcome({ ident: `${who}-${ident}`, shadows, links }));
        }),
      ),
    );
  },
);
