import { expect, test } from 'vitest';
import { aim, number, openReconcileSetup, topic } from '../../test/support/reconcile-setup.ts';

const hourMs = 3_600_000;

test('G-4, G-11: an observation stamped an hour ahead is applied, and makes none behind it older', async () => {
  const { pics, run, settled, store, clock } = openReconcileSetup();
  const nowMs = clock.nowMs();
  await run([aim(0, '1', 'a', 'first', nowMs - 1_000), aim(1, '1', 'a', 'ahead', nowMs + hourMs)]);
  expect(number(pics, '1', 'a')).toBe('ahead');
  await run([aim(2, '1', 'a', 'old', nowMs - 5_000)]);
  expect(settled.at(-1)).toMatchObject({ outcome: 'ignored', code: 'G-4' });
  await run([aim(3, '1', 'a', 'next', nowMs)]);
  expect(number(pics, '1', 'a')).toBe('next');
  expect(await store.alarms.listOpen()).toMatchObject([
    { kind: 'future-stamp', about: topic, code: 'learning-aim', place: `${topic}/0/1`, count: 1 },
  ]);
});

test('G-4, G-11: in one batch too the place tells the order of what a clock ahead has stamped', async () => {
  const { pics, run, clock } = openReconcileSetup();
  const nowMs = clock.nowMs();
  await run([
    aim(0, '1', 'a', 'ahead', nowMs + hourMs),
    aim(1, '1', 'a', 'ahead too', nowMs + hourMs - 60_000),
    aim(2, '1', 'a', 'next', nowMs - 1_000),
    aim(3, '2', 'c', 'ahead', nowMs + hourMs),
  ]);
  expect([number(pics, '1', 'a'), number(pics, '2', 'c')]).toEqual(['next', 'ahead']);
});

test('G-4, G-11: of what waits, one from the future gives way to the next', async () => {
  const { pics, run, hooks, wait, clock } = openReconcileSetup();
  const nowMs = clock.nowMs();
  await run([aim(0, '1', 'a', 'wait 1', nowMs + hourMs), aim(1, '1', 'a', 'wait 2', nowMs)]);
  hooks.mayGo = true;
  await wait(20_000);
  expect(number(pics, '1', 'a')).toBe('wait 2');
});

test('G-11: an observation from the future that waits opens one alarm, however often it is tried', async () => {
  const { run, store, wait, clock } = openReconcileSetup();
  const nowMs = clock.nowMs();
  await run([aim(0, '1', 'a', 'wait', nowMs + 4 * hourMs), aim(1, '2', 'c', 'wait', nowMs)]);
  await wait(60_000);
  await run([aim(2, '1', 'b', 'B1', nowMs)]);
  await wait(60_000);
  expect(await store.alarms.listOpen()).toMatchObject([{ kind: 'future-stamp', count: 1 }]);
});
