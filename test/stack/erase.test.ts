import { expect } from 'vitest';
import { deleteRequestsOf } from '../../src/pics/request.ts';
import { erasePerson, readKeptOfPerson } from '../../src/store/erase.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { recordLinks } from '../../src/store/links.ts';
import { createStore } from '../../src/store/store.ts';
import { aLink, anIntent, anOutcome, aRenaming, learner, scope } from '../support/ledger-records.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openPicsDatabase } from './pics-database.ts';
import { openStoreDatabase } from './store-database.ts';

const canary = 'Zephyrine Quillfeather';

/** A linked learner with everything the sync database keeps of one, and another beside. */
async function setup() {
  const database = await openStoreDatabase();
  const { pool, databaseUrl } = database;
  const store = createStore({ pool, databaseUrl });
  const ledger = createLedger(pool);
  const people = [
    { ident: '00017', vendorId: '900', name: canary },
    { ident: '00018', vendorId: '901', name: 'Somebody Else' },
  ];
  for (const { ident, vendorId, name } of people) {
    await recordLinks(pool, [
      aLink({ picsId: ident, ident, vendorId }),
      aLink({ kind: 'review', picsId: `r${ident}`, ident, vendorId: `r${vendorId}` }),
    ]);
    const shadow = { ...scope, observedAtMs: 1 };
    const shadows = [
      { ...shadow, entity: 'learner', vendorId, learnerVendorId: null, record: { name } },
      { ...shadow, entity: 'review', vendorId: `r${vendorId}`, learnerVendorId: vendorId, record: { name } },
    ];
    const hold = { subject: 'review:1', code: 'NO_ASSESSOR', params: { name, ident }, requestHash: null };
    const { version } = await ledger.readLane({
      ...learner,
      ident,
      officers: [],
      organisations: [],
      learnerVendorIds: [],
    });
    await ledger.recordOutcome(
      anOutcome({
        ident,
        version,
        shadows,
        holds: [hold],
        journal: [{ kind: 'held', subject: 'review:1', code: 'X', vendorId: null, tookMs: null }],
      }),
    );
    await store.enrolments.open({ ...scope, ident }, { id: `e${ident}`, plan: { a: 1 } });
    await store.links.rename(scope, { entity: 'learner', from: `${ident}-old`, to: ident }, aRenaming());
    await store.postponed.add({ vendor: 'onefile', ident, subject: 'review:9', forMs: 60_000 });
    const difference = {
      subject: 'review:9',
      field: '',
      inPics: 'newer',
      atVendor: 'blank',
      rule: null,
    } as const;
    const view = { by: 'ann', act: 'view', about: 'held NO_ASSESSOR', address: null };
    await store.users.recordAudit({ ...view, idents: [ident, '00099'] });
    await store.differences.record({ ...scope, ident }, { seen: [difference], laneVersion: 0 });
  }
  const rowsOf = async (text: string): Promise<string> => {
    const tables = [
      'link',
      'shadow',
      'held',
      'journal',
      'intent',
      'enrolment',
      'postponed',
      'renaming',
      'difference',
      'page_audit',
    ];
    const found: string[] = [];
    for (const table of tables) {
      const { rows } = await pool.query(`select 1 from sync.${table} t where t::text like $1`, [`%${text}%`]);
      if (rows.length > 0) found.push(table);
    }
    return found.join(' ');
  };
  return { database, pool, ledger, rowsOf };
}

stackTest(
  'erasing a person leaves nothing of them in the sync database, and everything of the others',
  async () => {
    const { database, pool, rowsOf } = await setup();
    await using _ = database;
    const others = await rowsOf('00018');
    const kept = await readKeptOfPerson(pool, '00017');
    expect(kept.records.map(({ entity, vendorId }) => `${entity} ${vendorId}`).sort()).toEqual([
      'learner 900',
      'review r900',
    ]);
    expect(kept.links).toHaveLength(2);
    const erased = await erasePerson(pool, '00017', kept.records);
    expect(erased).toMatchObject({
      shadow: 2,
      link: 2,
      held: 1,
      enrolment: 1,
      renaming: 1,
      difference: 1,
      page_audit: 1,
    });
    expect(await rowsOf(canary)).toBe('');
    expect(await rowsOf('00017')).toBe('');
    expect(await rowsOf('00018')).toBe(others);
    expect(await rowsOf('Somebody Else')).toBe('shadow held');
    const again = await readKeptOfPerson(pool, '00017');
    expect(again).toEqual({ links: [], records: [], openIntents: 0 });
  },
);

stackTest(
  'a call under way is seen, and a look that has read the lane before writes nothing after',
  async () => {
    const { database, pool, ledger } = await setup();
    await using _ = database;
    const query = { ...learner, officers: [], organisations: [], learnerVendorIds: [] };
    const { version } = await ledger.readLane(query);
    await ledger.recordIntent(anIntent({ version }));
    expect((await readKeptOfPerson(pool, '00017')).openIntents).toBe(1);
    const before = (await ledger.readLane(query)).version;
    await erasePerson(pool, '00017', []);
    expect(await ledger.recordOutcome(anOutcome({ version: before }))).toMatchObject({ kind: 'conflict' });
  },
);

stackTest('commands about the person and marks of their records leave PICS', async () => {
  const { owner, pool } = await openPicsDatabase();
  await owner.query(`insert into picsync.request (id, kind, vendor, ident, status) values
    (gen_random_uuid(), 'enrol', 'onefile', '10001', 'done'),
    (gen_random_uuid(), 'refresh', 'onefile', '10002', 'done')`);
  await owner.query(`insert into picsync.applied_item (vendor, entity, vendor_id, read_at) values
    ('onefile', 'learner', '900', now()), ('onefile', 'learner', '901', now())`);
  const records = [{ vendor: 'onefile', entity: 'learner', vendorId: '900' }];
  expect(await deleteRequestsOf(pool, '10001', records)).toEqual({ request: 1, applied_item: 1, parked: 0 });
  const { rows } = await owner.query('select ident from picsync.request');
  expect(rows.map(({ ident }) => ident.trim())).toEqual(['10002']);
});
