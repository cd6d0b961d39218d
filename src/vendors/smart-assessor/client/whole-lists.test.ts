import { expect, test } from 'vitest';
import type { Listing } from '../port.ts';
import { createWholeLists } from './whole-lists.ts';

const listing = (isComplete = true): Listing<unknown> => ({
  records: [],
  problems: [],
  isComplete,
  readAtMs: 0,
});

/** Readings that end when the test says so, and how many there were. */
function setup() {
  const open: ((answer: Listing<unknown>) => void)[] = [];
  const lists = createWholeLists(() => 0);
  const take = (isFresh = false) =>
    lists.take('read-learners', isFresh, async () => {
      const value = await new Promise<Listing<unknown>>((resolve) => open.push(resolve));
      return { kind: 'ok', value };
    });
  return { lists, take, open };
}

test('a reading that was under way when something changed is not kept', async () => {
  const { lists, take, open } = setup();
  const first = take();
  lists.forget();
  const second = take();
  expect(open).toHaveLength(2);
  const [old, current] = [listing(), listing()];
  open[1]?.(current);
  await second;
  open[0]?.(old);
  expect(await first).toEqual({ kind: 'ok', value: old });
  expect((await take()) as unknown).toMatchObject({ value: current });
  expect(open).toHaveLength(2);
});

test('a reading that was under way when something changed, and ends alone, is not kept', async () => {
  const { lists, take, open } = setup();
  const first = take();
  lists.forget();
  open[0]?.(listing());
  await first;
  void take();
  expect(open).toHaveLength(2);
});

test('a list that is not whole is not kept', async () => {
  const { take, open } = setup();
  const first = take();
  open[0]?.(listing(false));
  await first;
  void take();
  expect(open).toHaveLength(2);
});

test("another caller's stop ends no look-up but its own", async () => {
  const lists = createWholeLists(() => 0);
  const stopped = lists.take('read-learners', false, () => Promise.reject(new Error('stopped')));
  const other = lists.take('read-learners', false, async () => ({ kind: 'ok', value: listing() }));
  await expect(stopped).rejects.toThrow('stopped');
  expect(await other).toMatchObject({ kind: 'ok' });
});
