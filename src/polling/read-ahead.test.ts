import { expect, test } from 'vitest';
import { readAhead } from './page.ts';

function setup(count: number) {
  const open = new Map<number, { done: (text: string) => void; fail: (error: Error) => void }>();
  let most = 0;
  const items = Array.from({ length: count }, (_, n) => n);
  const read = (item: number): Promise<string> =>
    new Promise((done, fail) => {
      open.set(item, { done, fail });
      most = Math.max(most, open.size);
    });
  const answer = (item: number): void => {
    open.get(item)?.done(`of ${item}`);
    open.delete(item);
  };
  return { items, read, open, answer, most: () => most };
}

test('so many readings are under way at once, and never more', async () => {
  const { items, read, open, answer, most } = setup(9);
  const taken: string[] = [];
  const taking = (async () => {
    for await (const [, text] of readAhead(items, 4, read)) taken.push(text);
  })();
  while (taken.length < 9) {
    const [oldest] = open.keys();
    if (oldest !== undefined) answer(oldest);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await taking;
  expect(most()).toBe(4);
  expect(taken).toEqual(items.map((n) => `of ${n}`));
});

test('what is answered first waits for those before it', async () => {
  const { items, read, answer } = setup(3);
  const reading = readAhead(items, 3, read);
  const first = reading.next();
  answer(2);
  answer(1);
  answer(0);
  expect((await first).value).toEqual([0, 'of 0']);
  expect((await reading.next()).value).toEqual([1, 'of 1']);
});

test('a failure comes when it is its turn, and what was begun after it disturbs nobody', async () => {
  const { items, read, open, answer } = setup(3);
  const reading = readAhead(items, 3, read);
  const first = reading.next();
  open.get(1)?.fail(new Error('second'));
  open.get(2)?.fail(new Error('third'));
  answer(0);
  await first;
  await expect(reading.next()).rejects.toThrow('second');
});

test('nothing to read is nothing to hand on', async () => {
  const { value, done } = await readAhead([], 3, async () => 1).next();
  expect([value, done]).toEqual([undefined, true]);
});
