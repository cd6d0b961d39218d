import { expect, test } from 'vitest';
import { Killed, MemoryPics } from '../../test/memory/pics.ts';
import {
  aim,
  decide,
  number,
  openReconcile,
  openReconcileSetup,
  toIdent,
  topic,
  type View,
  withAims,
} from '../../test/support/reconcile-setup.ts';
import type { Observation } from '../domain/observation.ts';
import type { Owner } from '../domain/owner.ts';
import type { ReconcileItem } from '../domain/rows.ts';

test('observations are applied in one transaction with the place after them', async () => {
  const { pics, run, settled, store } = openReconcileSetup();
  expect(await run([aim(0, '1', 'a', 'A1'), aim(1, '2', 'c', 'C1')])).toEqual({
    kind: 'done',
    nextOffset: 2n,
  });
  expect([number(pics, '1', 'a'), number(pics, '2', 'c')]).toEqual(['A1', 'C1']);
  expect(pics.transactionCount).toBe(1);
  expect(pics.claim(topic, 0).nextOffset).toBe(2n);
  expect(settled.map(({ outcome }) => outcome)).toEqual(['written', 'written']);
  expect(store.journalLines).toMatchObject([
    { ident: '1', kind: 'applied', subject: 'learning-aim:a', vendorId: 'a' },
    { ident: '2', kind: 'applied', subject: 'learning-aim:c', vendorId: 'c' },
  ]);
});

test('G-6: an observation that PICS equals writes no row', async () => {
  const { pics, run, settled } = openReconcileSetup();
  await run([aim(0, '1', 'a', 'A1')]);
  await run([aim(1, '1', 'a', 'A1')]);
  expect(pics.written).toHaveLength(1);
  expect(settled.at(-1)?.outcome).toBe('unchanged');
});

test('G-4: an observation read before the newest one applied is ignored', async () => {
  const { pics, run, settled } = openReconcileSetup();
  await run([aim(0, '1', 'a', 'new', 200)]);
  await run([aim(1, '1', 'a', 'old', 100)]);
  expect(number(pics, '1', 'a')).toBe('new');
  expect(settled.at(-1)).toMatchObject({ outcome: 'ignored', code: 'G-4' });
});

test('G-4: within one batch the newest stands too, whatever the order', async () => {
  const { pics, run } = openReconcileSetup();
  await run([aim(0, '1', 'a', 'new', 200), aim(1, '1', 'a', 'old', 100)]);
  expect(number(pics, '1', 'a')).toBe('new');
});

test('an observation of a learner that is not linked changes nothing and is not in the way', async () => {
  const { pics, run } = openReconcileSetup();
  expect(await run([aim(0, null, 'x', 'X'), aim(1, '1', 'a', 'A1')])).toMatchObject({ kind: 'done' });
  expect(pics.written).toHaveLength(1);
});

test('A-4: a record deleted at the vendor leaves PICS alone', async () => {
  const { pics, run, settled } = openReconcileSetup();
  const gone = aim(0, '1', 'a', '');
  if (gone.item.kind !== 'observation') throw new Error('an observation');
  const observation: Observation = { ...gone.item.observation, deleted: true, record: null };
  await run([{ ...gone, item: { kind: 'observation', observation } }]);
  expect(pics.written).toEqual([]);
  expect(settled[0]).toMatchObject({ outcome: 'ignored', code: 'ORPHAN' });
});

test('D-12: what the vendor showed while the record was not compared with PICS is not taken for what PICS has followed', async () => {
  const pics = new MemoryPics([withAims('1', 'a')]);
  const shown: unknown[] = [];
  const { run } = openReconcile(pics, async (items) =>
    items.map((item) => ({
      ident: '1',
      owner: null,
      parts: ['qualifications'],
      keep: () => ({
        value: item.kind === 'observation' ? (item.observation.record?.['value'] ?? null) : null,
      }),
      decide: (view: View) => {
        shown.push(view.shown);
        return decide(item, toIdent(item) === '1' ? view : { ...view, learner: null }, true);
      },
    })),
  );
  await run([aim(0, '1', 'a', 'A1')]);
  await run([aim(1, null, 'a', 'A2')]);
  await run([aim(2, '1', 'a', 'A2')]);
  await run([aim(3, '1', 'a', 'A3')]);
  expect(shown).toEqual([null, { value: 'A1' }, { value: 'A1' }, { value: 'A2' }]);
});

test('a zombie changes nothing: neither rows nor place', async () => {
  const { pics, run, epoch, settled } = openReconcileSetup();
  pics.claim(topic, 0);
  expect(await run([aim(0, '1', 'a', 'A1')], epoch)).toEqual({ kind: 'fenced', nextOffset: null });
  expect(pics.written).toEqual([]);
  expect(settled).toEqual([]);
});

test('two transactions in each other’s way: it is done again', async () => {
  const { pics, run, slept } = openReconcileSetup();
  pics.meet('collided', 'collided');
  await run([aim(0, '1', 'a', 'A1')]);
  expect(number(pics, '1', 'a')).toBe('A1');
  expect(slept).toEqual([25, 50]);
});

test('killed after the commit and before its effects: read again, nothing is written twice', async () => {
  const { pics, run } = openReconcileSetup();
  pics.meet('killed-after-commit');
  await expect(run([aim(0, '1', 'a', 'A1')])).rejects.toBeInstanceOf(Killed);
  await run([aim(0, '1', 'a', 'A1')], pics.claim(topic, 0).epoch);
  expect(pics.written).toHaveLength(1);
});

test('D-2: the id of a linked officer is copied, and the link is marked only after the commit', async () => {
  const { pics, run, store } = openReconcileSetup();
  pics.setOfficer('OFF1', null);
  const made = { vendor: 'onefile', centre: '7', kind: 'officer', picsId: 'OFF1', ident: null } as const;
  store.ledger.linkTable.make({ ...made, vendorId: '55', how: 'matched' });
  const [link] = store.ledger.links;
  if (link === undefined) throw new Error('it is made');
  const item: ReconcileItem = { kind: 'link', link, removed: false };
  pics.meet('killed-before-commit');
  await expect(run([{ offset: 0n, timestampMs: 0, item }])).rejects.toBeInstanceOf(Killed);
  expect(store.ledger.links).toMatchObject([{ picsId: 'OFF1', copiedAtMs: null }]);
  await run([{ offset: 0n, timestampMs: 0, item }], pics.claim(topic, 0).epoch);
  expect(pics.getOfficer('OFF1')).toBe('55');
  expect(store.ledger.links).toMatchObject([{ picsId: 'OFF1', copiedAtMs: expect.any(Number) }]);
});

test('OF-71: an observation of a linked officer is decided on its row, and told in its own lane', async () => {
  const pics = new MemoryPics();
  pics.putOfficer({ code: 'OFF1', firstName: 'Ann', surname: 'Berg', externalId: '55' });
  const { run, settled } = openReconcile(pics, async (items) =>
    items.map(() => {
      return {
        ident: null,
        owner: { kind: 'officer', code: 'OFF1' },
        parts: [],
        decide: ({ owner }: { readonly owner: Owner | null }) => {
          const set = { firstName: 'Ann', email: 'a@b' };
          return { kind: 'write', actions: [{ kind: 'update-officer', code: owner?.code ?? '', set }] };
        },
      };
    }),
  );
  const observation: Observation = {
    vendor: 'onefile',
    centre: 'c',
    entity: 'assessor',
    vendorId: '55',
    learnerVendorId: null,
    observedAtMs: 1,
    cause: 'poll',
    deleted: false,
    record: { email: 'a@b' },
  };
  const record = { timestampMs: 0, item: { kind: 'observation', observation } } as const;
  await run([
    { offset: 0n, ...record },
    { offset: 1n, ...record },
  ]);
  expect(pics.written).toEqual([{ kind: 'update-officer', code: 'OFF1', set: { email: 'a@b' } }]);
  expect(settled.map(({ ident, outcome }) => `${ident} ${outcome}`)).toEqual([
    'officer:OFF1 written',
    'officer:OFF1 unchanged',
  ]);
});
