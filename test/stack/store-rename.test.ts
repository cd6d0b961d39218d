import { expect } from 'vitest';
import { listHeld } from '../../src/store/held.ts';
import { readTimeline, recordReport } from '../../src/store/journal.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { recordLinks, renameLink } from '../../src/store/links.ts';
import { aLink, anOutcome, aRenaming, aReport, learner, scope } from '../support/ledger-records.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openStoreDatabase } from './store-database.ts';

async function setup() {
  const database = await openStoreDatabase();
  const { pool } = database;
  const ledger = createLedger(pool);
  const readLane = (ident: string) =>
    ledger.readLane({ ...scope, ident, officers: [], organisations: [], learnerVendorIds: [] });
  const readLinks = async () => {
    const { rows } = await pool.query(
      `select kind || ' ' || pics_id || '=' || vendor_id || ' of ' || coalesce(ident, '-') as line
       from sync.link order by 1`,
    );
    return rows.map(({ line }) => line);
  };
  return { ...database, ledger, readLane, readLinks };
}

stackTest('A-19: a learner with a new ident keeps its links, its held items and its history', async () => {
  const { pool, ledger, readLane, readLinks, ...database } = await setup();
  await using _database = database;
  const hold = (subject: string) => ({ subject, code: 'VENDOR_REFUSED', params: {}, requestHash: 'h' });
  await ledger.recordOutcome(
    anOutcome({
      links: [
        aLink(),
        aLink({ kind: 'qualification', picsId: '00017/196AS/1', vendorId: '31' }),
        aLink({ kind: 'review', picsId: 'r1', vendorId: '41' }),
      ],
      holds: [hold('learner:00017'), hold('review:r1')],
      journal: [{ kind: 'update-aim', subject: 'aim:31', code: 'done', vendorId: null, tookMs: 5 }],
    }),
  );
  await recordLinks(pool, [aLink({ picsId: '000170', vendorId: '901', ident: '000170' })]);
  const rename = { entity: 'learner', from: '00017', to: '00090' } as const;
  expect(await renameLink(pool, scope, rename, aRenaming())).toEqual({
    kind: 'renamed',
    linkCount: 3,
    to: '00090',
  });
  const moved = [
    ...['learner 000170=901 of 000170', 'learner 00090=900 of 00090'],
    ...['qualification 00090/196AS/1=31 of 00090', 'review r1=41 of 00090'],
  ];
  expect(await readLinks()).toEqual(moved);
  const lane = await readLane('00090');
  expect(lane.held.map(({ subject }) => subject).sort()).toEqual(['learner:00090', 'review:r1']);
  expect((await readLane('00017')).held).toEqual([]);
  expect((await readTimeline(pool, '00090', 10)).map(({ kind, code }) => `${kind} ${code}`)).toEqual([
    'renamed 00017',
    'update-aim done',
  ]);
  // The event comes again: nothing is left under the old key.
  expect(await renameLink(pool, scope, rename, aRenaming())).toEqual({
    kind: 'renamed',
    linkCount: 0,
    to: '00090',
  });
  expect(await readLinks()).toEqual(moved);
});

stackTest('A-19: a look that has read either key before records nothing afterwards', async () => {
  const { pool, ledger, readLane, ...database } = await setup();
  await using _database = database;
  await ledger.recordOutcome(anOutcome({ links: [aLink()] }));
  const { version } = await readLane(learner.ident);
  await renameLink(pool, scope, { entity: 'learner', from: '00017', to: '00090' }, aRenaming());
  const late = anOutcome({ version, links: [aLink({ kind: 'review', picsId: 'r1', vendorId: '41' })] });
  expect(await ledger.recordOutcome(late)).toEqual({ kind: 'conflict' });
  expect(await ledger.recordOutcome(anOutcome({ ident: '00090', version: 0 }))).toEqual({ kind: 'conflict' });
});

stackTest('A-19: an officer and an organisation are followed in lanes of their own', async () => {
  const { pool, readLinks, ...database } = await setup();
  await using _database = database;
  await recordLinks(pool, [
    aLink({ kind: 'officer', picsId: 'AB', vendorId: '1', ident: null }),
    aLink({ kind: 'organisation', picsId: 'AB', vendorId: '2', ident: null }),
  ]);
  const lines = [
    {
      ident: 'officer:AB',
      kind: 'linked',
      subject: null,
      code: null,
      vendorId: null,
      tookMs: null,
    },
  ];
  await recordReport(pool, { ...scope, source: 'onefile.link/0' }, aReport({ lines }));
  await renameLink(pool, scope, { entity: 'officer', from: 'AB', to: 'CD' }, aRenaming());
  expect(await readLinks()).toEqual(['officer CD=1 of -', 'organisation AB=2 of -']);
  expect(await readTimeline(pool, 'officer:CD', 10)).toHaveLength(2);
});

stackTest(
  'A-19: two different ids are a person’s matter: neither link moves, and it is asked once',
  async () => {
    const { pool, readLinks, ...database } = await setup();
    await using _database = database;
    await recordLinks(pool, [
      aLink({ kind: 'officer', picsId: 'AB', vendorId: '1', ident: null }),
      aLink({ kind: 'officer', picsId: 'CD', vendorId: '2', ident: null }),
    ]);
    const renaming = { entity: 'officer', from: 'AB', to: 'CD' } as const;
    const conflict = { kind: 'conflict', ids: ['1', '2'], to: 'CD' };
    expect(await renameLink(pool, scope, renaming, aRenaming())).toEqual(conflict);
    expect(await renameLink(pool, scope, renaming, aRenaming())).toEqual(conflict);
    expect(await readLinks()).toEqual(['officer AB=1 of -', 'officer CD=2 of -']);
    expect(await listHeld(pool)).toMatchObject([
      {
        ...{ ident: 'officer:CD', subject: 'officer:CD', code: 'MERGE_CONFLICT' },
        params: { kind: 'officer', a: 'AB', b: 'CD' },
      },
    ]);
  },
);

stackTest('A-19: changes of one record that are handled at once end at its last key', async () => {
  const { pool, ledger, readLinks, ...database } = await setup();
  await using _database = database;
  const keys = ['00017', '00018', '00019', '00020', '00021'];
  await ledger.recordOutcome(anOutcome({ links: [aLink()] }));
  const steps = keys.slice(1).map((to, at) => ({ entity: 'learner', from: keys[at] ?? '', to }) as const);
  await Promise.all(
    steps.map((step, at) =>
      renameLink(pool, scope, step, aRenaming({ committedAtMs: at, isToThere: at === 3 })),
    ),
  );
  expect(await readLinks()).toEqual(['learner 00021=900 of 00021']);
});
