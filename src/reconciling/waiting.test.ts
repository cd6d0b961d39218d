import { expect, test } from 'vitest';
import { aim, number, openReconcileSetup, topic } from '../../test/support/reconcile-setup.ts';
import type { Link } from '../domain/link.ts';
import type { ReconcileRecord } from '../domain/rows.ts';
import type { VendorName } from '../domain/vendor-name.ts';

test('OF-53, G-7: a record that must wait is parked, those behind it go on, and it follows when it may', async () => {
  const { pics, run, wait, hooks, settled } = openReconcileSetup();
  expect(await run([aim(0, '1', 'a', 'A1'), aim(1, '2', 'c', 'wait'), aim(2, '1', 'b', 'B1')])).toEqual({
    kind: 'done',
    nextOffset: 3n,
  });
  expect([number(pics, '1', 'a'), number(pics, '2', 'c'), number(pics, '1', 'b')]).toEqual([
    'A1',
    null,
    'B1',
  ]);
  expect(pics.parked).toMatchObject([{ vendorId: 'c', code: 'OF-53', record: { offset: 1n } }]);
  expect(pics.claim(topic, 7).nextOffset).toBeNull();
  hooks.mayGo = true;
  await wait(2_000);
  expect(number(pics, '2', 'c')).toBe('wait');
  expect(pics.parked).toEqual([]);
  expect(settled.map(({ outcome }) => outcome)).toEqual(['written', 'parked', 'written', 'written']);
});

test('OF-53: what waits for a day costs few transactions, none of which is committed', async () => {
  const { pics, run, wait } = openReconcileSetup();
  await run([aim(0, '2', 'c', 'wait')]);
  const before = pics.transactionCount;
  await wait(86_400_000);
  expect(pics.transactionCount - before).toBeLessThan((2 * 86_400) / 15 + 20);
  expect(pics.parked).toHaveLength(1);
});

test('waiting ends with the signal, and nothing is settled', async () => {
  const { pics, run, stop } = openReconcileSetup();
  stop.abort();
  expect(await run([aim(0, '2', 'c', 'wait'), aim(1, '1', 'a', 'A1')])).toEqual({
    kind: 'stopped',
    nextOffset: null,
  });
  expect(pics.written).toEqual([]);
});

test('G-4: a newer observation takes the place of the one that waits, an older one does not', async () => {
  const { pics, run, wait, hooks, settled } = openReconcileSetup();
  await run([aim(0, '2', 'c', 'wait', 200)]);
  await run([aim(1, '2', 'c', 'older', 100)]);
  expect(settled.at(-1)).toMatchObject({ outcome: 'ignored', code: 'G-4' });
  expect(number(pics, '2', 'c')).toBeNull();
  await run([aim(2, '2', 'c', 'newer', 300)]);
  expect(pics.parked).toEqual([]);
  hooks.mayGo = true;
  await wait(60_000);
  expect(number(pics, '2', 'c')).toBe('newer');
});

test('what waits stays when the process is killed, and goes on with the next owner of the partition', async () => {
  const { pics, run, hooks, restart } = openReconcileSetup();
  await run([aim(0, '2', 'c', 'wait'), aim(1, '1', 'a', 'A1')]);
  hooks.mayGo = true;
  const next = restart();
  expect(next.nextOffset).toBe(2n);
  await next.wait(2_000);
  expect(number(pics, '2', 'c')).toBe('wait');
});

test('an owner that has lost the partition applies nothing of what waits', async () => {
  const { pics, run, wait, hooks } = openReconcileSetup();
  await run([aim(0, '2', 'c', 'wait')]);
  pics.claim(topic, 0);
  hooks.mayGo = true;
  await wait(60_000);
  expect(number(pics, '2', 'c')).toBeNull();
  expect(pics.parked).toHaveLength(1);
});

test('A-35: what waits for another record is held after a quarter of an hour, once', async () => {
  const { run, wait, store, pics } = openReconcileSetup();
  await run([aim(0, '2', 'c', 'wait for the shadow')]);
  await wait(14 * 60_000);
  expect(store.ledger.held).toEqual([]);
  await wait(2 * 60_000);
  expect(store.ledger.held).toMatchObject([{ ident: '2', subject: 'learning-aim:c', code: 'A_TEST' }]);
  expect(pics.parked).toEqual([]);
});

test('G-7: a row that a user of PICS has locked keeps only its own learner waiting', async () => {
  const { pics, run, wait, slept } = openReconcileSetup();
  pics.locked.add('2');
  await run([aim(0, '2', 'c', 'C1'), aim(1, '1', 'a', 'A1'), aim(2, '2', 'c', 'C2')]);
  expect([number(pics, '1', 'a'), number(pics, '2', 'c')]).toEqual(['A1', null]);
  expect(pics.parked).toMatchObject([{ vendorId: 'c', code: 'PICS_LOCKED', record: { offset: 2n } }]);
  expect(slept).toEqual([]);
  await wait(40_000);
  expect(number(pics, '2', 'c')).toBeNull();
  pics.locked.clear();
  await wait(16_000);
  expect(number(pics, '2', 'c')).toBe('C2');
});

test('D-2: a link of another vendor is passed by, whoever has its row locked: what its own vendor has parked stays', async () => {
  const { pics, run, wait, store } = openReconcileSetup();
  const linkOf = (vendor: VendorName, offset: bigint): ReconcileRecord => {
    const of = { vendor, centre: '7', kind: 'review', picsId: 'r1', ident: '2', vendorId: '9' } as const;
    const link: Link = { ...of, how: 'created', copiedAtMs: null };
    return { offset, timestampMs: 0, item: { kind: 'link', link, removed: false } };
  };
  pics.locked.add('2');
  await run([linkOf('smartassessor', 0n), linkOf('onefile', 1n)]);
  expect(pics.parked).toMatchObject([{ code: 'PICS_LOCKED', record: { offset: 1n } }]);
  expect(store.ledger.held).toEqual([]);
  await run([linkOf('smartassessor', 2n)]);
  expect(pics.parked).toMatchObject([{ record: { offset: 1n } }]);
  pics.locked.clear();
  await wait(16_000);
  expect(pics.parked).toEqual([]);
});

test('a collision that no locked row explains parks the one record that causes it', async () => {
  const { pics, run, wait } = openReconcileSetup();
  let isInTheWay = true;
  pics.collides = (action) => isInTheWay && JSON.stringify(action).includes('C1');
  await run([aim(0, '1', 'a', 'A1'), aim(1, '2', 'c', 'C1'), aim(2, '1', 'b', 'B1')]);
  expect([number(pics, '1', 'a'), number(pics, '2', 'c'), number(pics, '1', 'b')]).toEqual([
    'A1',
    null,
    'B1',
  ]);
  isInTheWay = false;
  await wait(60_000);
  expect(number(pics, '2', 'c')).toBe('C1');
});
