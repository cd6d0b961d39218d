import { expect, test } from 'vitest';
import { Killed } from '../../test/memory/pics.ts';
import { aim, number, openReconcileSetup, topic } from '../../test/support/reconcile-setup.ts';
import type { ReconcileRecord } from '../domain/rows.ts';

test('one record that PICS refuses is held alone; all others go on', async () => {
  const { pics, run, store, settled } = openReconcileSetup();
  pics.refuses = (action) => ('set' in action && JSON.stringify(action.set).includes('BAD') ? '22001' : null);
  const records = Array.from({ length: 40 }, (_, n) => aim(n, '1', n % 2 === 0 ? 'a' : 'b', `V${n}`));
  records[13] = aim(13, '2', 'c', 'BAD');
  expect(await run(records)).toEqual({ kind: 'done', nextOffset: 40n });
  expect([number(pics, '1', 'a'), number(pics, '1', 'b'), number(pics, '2', 'c')]).toEqual([
    'V38',
    'V39',
    null,
  ]);
  expect(store.ledger.held).toMatchObject([
    {
      ident: '2',
      subject: 'learning-aim:c',
      code: 'PICS_REFUSED',
      params: { what: 'learning-aim c', state: '22001' },
    },
  ]);
  expect(settled.filter(({ outcome }) => outcome === 'held').map(({ record }) => record.offset)).toEqual([
    13n,
  ]);
});

test('a record that cannot be read is held with its reason', async () => {
  const { run, store } = openReconcileSetup();
  const bad: ReconcileRecord = {
    offset: 0n,
    timestampMs: 0,
    item: { kind: 'malformed', reason: 'NOT_AVRO' },
  };
  expect(await run([bad, aim(1, '1', 'a', 'A1')])).toMatchObject({ kind: 'done' });
  expect(store.ledger.held).toMatchObject([
    {
      ident: '',
      subject: `record:${topic}/0/0`,
      code: 'NOT_AVRO',
      params: { topic, partition: '0', offset: '0' },
    },
  ]);
});

test('a rule’s hold is recorded and the place moves on', async () => {
  const { pics, run, store } = openReconcileSetup();
  await run([aim(0, '1', 'a', 'hold'), aim(1, '1', 'b', 'B1')]);
  expect(store.ledger.held).toMatchObject([{ ident: '1', subject: 'aim:a', code: 'SOME_RULE' }]);
  expect(pics.claim(topic, 0).nextOffset).toBe(2n);
});

test('D-17, G-10: what a hold writes all the same stands in the history, once', async () => {
  const { pics, run, store, settled, clock } = openReconcileSetup();
  await run([aim(0, '1', 'a', 'hold all but this'), aim(1, '1', 'b', 'hold')]);
  await run([aim(2, '1', 'a', 'hold all but this', clock.nowMs())]);
  expect(number(pics, '1', 'a')).toBe('hold all but this');
  expect(settled.map(({ outcome }) => outcome)).toEqual(['held', 'held', 'held']);
  const applied = store.journalLines.filter(({ kind }) => kind === 'applied');
  expect(applied.map(({ subject }) => subject)).toEqual(['learning-aim:a']);
});

test('G-7: a decision that throws is held alone, and the rest of the batch goes on', async () => {
  const { pics, run, store } = openReconcileSetup();
  expect(await run([aim(0, '2', 'c', 'throw'), aim(1, '1', 'a', 'A1')])).toMatchObject({ kind: 'done' });
  expect(number(pics, '1', 'a')).toBe('A1');
  expect(store.ledger.held).toMatchObject([
    { ident: '2', subject: 'learning-aim:c', code: 'UNEXPECTED_RECORD', params: { error: 'TypeError' } },
  ]);
});

test('decisions that throw one after the other are no fault of records: nothing is held and the role ends', async () => {
  const { pics, run, store } = openReconcileSetup();
  const records = Array.from({ length: 30 }, (_, n) => aim(n, '2', 'c', 'throw'));
  await expect(run(records)).rejects.toThrow('a fault of the rules');
  expect(store.ledger.held).toEqual([]);
  expect(pics.claim(topic, 0).nextOffset).toBeNull();
});

test('a refused record is passed by although its place collides a few times', async () => {
  const { pics, run, store } = openReconcileSetup();
  pics.refuses = () => '22001';
  pics.meet(null, 'collided', 'collided', 'collided', 'collided');
  expect(await run([aim(0, '1', 'a', 'A1')])).toEqual({ kind: 'done', nextOffset: 1n });
  expect(store.ledger.held).toMatchObject([{ code: 'PICS_REFUSED' }]);
});

test('G-10: killed after the commit, the next owner tells what was not told: held items and history, each once', async () => {
  const { pics, run, store, restart } = openReconcileSetup();
  pics.meet('killed-after-commit');
  await expect(run([aim(0, '1', 'a', 'A1'), aim(1, '1', 'b', 'hold')])).rejects.toBeInstanceOf(Killed);
  expect([store.journalLines, store.ledger.held]).toEqual([[], []]);
  for (const turn of [1, 2]) {
    await restart().wait(10);
    expect(store.journalLines.map(({ kind, subject }) => `${turn} ${kind} ${subject}`)).toEqual([
      `${turn} applied learning-aim:a`,
      `${turn} held aim:b`,
    ]);
  }
  expect(store.ledger.held).toMatchObject([{ ident: '1', subject: 'aim:b', code: 'SOME_RULE' }]);
});

test('a sync database that is away while held items are told loses none, and keeps no row of PICS locked', async () => {
  const { pics, run, store, take, wait } = openReconcileSetup();
  let isAway = true;
  const record = store.recordReport;
  Object.assign(store, {
    recordReport: async (...given: Parameters<typeof record>) => {
      await pics.whenFree(() => {}); // no transaction is open
      if (isAway) throw new Error('the sync database is away');
      return record(...given);
    },
  });
  await expect(run([aim(0, '1', 'a', 'hold')])).rejects.toThrow('away');
  isAway = false;
  const { epoch, report } = pics.claim(topic, 0);
  take({ topic, partition: 0, epoch }, report);
  await wait(10);
  expect(store.ledger.held).toMatchObject([{ subject: 'aim:a', code: 'SOME_RULE' }]);
});
