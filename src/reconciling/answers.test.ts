import { expect, test } from 'vitest';
import { createVirtualClock } from '../../test/memory/clock.ts';
import { Killed, MemoryPics } from '../../test/memory/pics.ts';
import { MemoryStore } from '../../test/memory/store.ts';
import { aim, openReconcile, openReconcileSetup, topic } from '../../test/support/reconcile-setup.ts';
import type { ReconcileItem, ReconcileRecord } from '../domain/rows.ts';

test('what became of a command is written into its row', async () => {
  const { pics, run } = openReconcileSetup();
  const answer = { id: 'r1', status: 'done', code: null, message: null, result: null, attempts: 1 } as const;
  const item: ReconcileItem = {
    kind: 'request-result',
    answer: { ...answer, startedAtMs: 1, finishedAtMs: 2 },
  };
  await run([{ offset: 0n, timestampMs: 0, item }]);
  expect(pics.answers.get('r1')?.status).toBe('done');
});

function anAnswer(offset: number, result: string | null): ReconcileRecord {
  const rest = { code: null, message: null, attempts: 1, startedAtMs: 1, finishedAtMs: 2 };
  const answer = { id: 'r1', status: 'done', result, ...rest } as const;
  return { offset: BigInt(offset), timestampMs: 0, item: { kind: 'request-result', answer } };
}

test('G-10: a result that PICS refuses is written without the part that it does not take', async () => {
  const pics = new MemoryPics();
  pics.refusesAnswer = ({ result }) => (result === null ? null : '22P05');
  const { run, store } = openReconcile(pics, null);
  expect(await run([anAnswer(0, '"a character that jsonb has not"')])).toMatchObject({ nextOffset: 1n });
  expect(pics.answers.get('r1')).toMatchObject({ status: 'done', code: 'ANSWER_REFUSED', result: null });
  expect(pics.answers.get('r1')?.message).toContain('22P05');
  expect(await store.alarms.listOpen()).toEqual([]);
});

test('G-11: an answer that PICS refuses altogether opens an alarm with its command, and the next is written', async () => {
  const pics = new MemoryPics();
  pics.refusesAnswer = ({ id }) => (id === 'r1' ? '23514' : null);
  const { run, store } = openReconcile(pics, null);
  const other = anAnswer(1, null);
  if (other.item.kind !== 'request-result') throw new Error('it is one');
  const next = { ...other, item: { ...other.item, answer: { ...other.item.answer, id: 'r2' } } };
  expect(await run([anAnswer(0, null), next])).toMatchObject({ nextOffset: 2n });
  expect([pics.answers.get('r1'), pics.answers.get('r2')?.status]).toEqual([undefined, 'done']);
  expect(await store.alarms.listOpen()).toMatchObject([
    { kind: 'refused-answer', about: topic, code: '23514', place: 'request:r1' },
  ]);
});

test('G-11: killed after the commit, the next owner opens the alarm, and told again it counts once', async () => {
  const pics = new MemoryPics();
  pics.refusesAnswer = () => '23514';
  const store = new MemoryStore(createVirtualClock().clock);
  const first = openReconcile(pics, null, { store });
  // The answer is refused, and so is its short form; then the record is passed by.
  pics.meet(null, null, 'killed-after-commit');
  await expect(first.run([anAnswer(0, null)])).rejects.toBeInstanceOf(Killed);
  expect(await store.alarms.listOpen()).toEqual([]);
  for (const _turn of [1, 2]) {
    const next = openReconcile(pics, null, { store });
    const { epoch, nextOffset, report } = pics.claim(topic, 0);
    expect(nextOffset).toBe(1n);
    next.take({ topic, partition: 0, epoch }, report);
    await next.wait(10);
    expect(await store.alarms.listOpen()).toMatchObject([
      { kind: 'refused-answer', code: '23514', place: 'request:r1', count: 1 },
    ]);
  }
});

test('G-11: an answer that is refused when what waits is tried again opens an alarm too', async () => {
  const pics = new MemoryPics();
  const { run, store, wait } = openReconcile(pics, null);
  pics.meet('collided', 'collided', 'collided');
  await run([anAnswer(0, null)]);
  expect(pics.parked).toHaveLength(1);
  pics.refusesAnswer = () => '23514';
  await wait(20_000);
  expect(pics.parked).toEqual([]);
  expect(await store.alarms.listOpen()).toMatchObject([{ kind: 'refused-answer', count: 1 }]);
});

test('G-8: without a vendor answers are written; what is no answer changes nothing and marks no link', async () => {
  const pics = new MemoryPics();
  pics.setOfficer('OFF1', null);
  const { run, store, settled } = openReconcile(pics, null);
  const made = { vendor: 'onefile', centre: '7', kind: 'officer', picsId: 'OFF1', ident: null } as const;
  store.ledger.linkTable.make({ ...made, vendorId: '55', how: 'matched' });
  const [link] = store.ledger.links;
  if (link === undefined) throw new Error('it is made');
  const result = { id: 'r1', status: 'done', code: null, message: null, result: null, attempts: 1 } as const;
  const end = await run([
    { offset: 0n, timestampMs: 0, item: { kind: 'link', link, removed: false } },
    aim(1, '1', 'a', 'A1'),
    { offset: 2n, timestampMs: 0, item: { kind: 'malformed', reason: 'NOT_AVRO' } },
    {
      offset: 3n,
      timestampMs: 0,
      item: { kind: 'request-result', answer: { ...result, startedAtMs: 1, finishedAtMs: 2 } },
    },
  ]);
  expect(end).toEqual({ kind: 'done', nextOffset: 4n });
  expect(pics.answers.get('r1')?.status).toBe('done');
  expect(settled.map(({ outcome, code }) => `${outcome} ${code}`)).toEqual([
    'ignored not-an-answer',
    'ignored not-an-answer',
    'held NOT_AVRO',
    'answered done',
  ]);
  expect(pics.written).toEqual([]);
  expect(store.ledger.held).toEqual([]);
  expect(await store.alarms.listOpen()).toMatchObject([{ kind: 'dead-letter', code: 'NOT_AVRO' }]);
  expect(store.ledger.links).toMatchObject([{ copiedAtMs: null }]);
});
