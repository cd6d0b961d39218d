import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBatch } from './batch.ts';

/** Batches that the test ends explicitly. */
function setup(options: { maxItems?: number; inFlight?: number } = {}) {
  const runs: { items: readonly number[]; answer: () => void; fail: (reason: Error) => void }[] = [];
  const ask = createBatch<number, string>({
    ...{ maxItems: options.maxItems ?? 100, inFlight: options.inFlight ?? 1 },
    run: (items) =>
      new Promise((resolve, reject) => {
        runs.push({ items, answer: () => resolve(items.map((item) => `answer ${item}`)), fail: reject });
      }),
  });
  return { ask, runs };
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('a single item runs at once, and items that arrive meanwhile form the next batch', async () => {
  const { ask, runs } = setup();
  const first = ask(1);
  await turn();
  const rest = [ask(2), ask(3)];
  await turn();
  expect(runs.map(({ items }) => items)).toEqual([[1]]);
  runs[0]?.answer();
  expect(await first).toBe('answer 1');
  await turn();
  expect(runs.map(({ items }) => items)).toEqual([[1], [2, 3]]);
  runs[1]?.answer();
  expect(await Promise.all(rest)).toEqual(['answer 2', 'answer 3']);
});

test('items of one turn share a batch, up to the maximum size', async () => {
  const { ask, runs } = setup({ maxItems: 2, inFlight: 2 });
  for (const item of [1, 2, 3, 4, 5]) void ask(item);
  await turn();
  await turn();
  expect(runs.map(({ items }) => items)).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test('a failed batch rejects its own items and no others', async () => {
  const { ask, runs } = setup();
  const failed = ask(1);
  await turn();
  const fine = ask(2);
  runs[0]?.fail(new Error('the database is away'));
  await expect(failed).rejects.toThrow('the database is away');
  await turn();
  runs[1]?.answer();
  expect(await fine).toBe('answer 2');
});

test('answers that do not match the items are an error for all of them', async () => {
  const ask = createBatch<number, number>({ run: async () => [1], maxItems: 10 });
  const answers = await Promise.allSettled([ask(1), ask(2)]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test('every item gets its own answer, for all sizes and timings', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(3), { maxLength: 60 }),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 3 }),
      async (pauses, maxItems, inFlight) => {
        let running = 0;
        const ask = createBatch<number, number>({
          maxItems,
          inFlight,
          run: async (items) => {
            running += 1;
            expect(items.length).toBeLessThanOrEqual(maxItems);
            expect(running).toBeLessThanOrEqual(inFlight);
            await turn();
            running -= 1;
            return items.map((item) => item * 2);
          },
        });
        const answers: Promise<number>[] = [];
        for (const [item, pause] of pauses.entries()) {
          answers.push(ask(item));
          for (let turns = 0; turns < pause; turns += 1) await turn();
        }
        expect(await Promise.all(answers)).toEqual(pauses.map((_, item) => item * 2));
      },
    ),
    { numRuns: 40 },
  );
});

test('where a batch failed because of one of its items, each runs by itself and that one alone is rejected', async () => {
  const runs: (readonly number[])[] = [];
  const ask = createBatch<number, string>({
    maxItems: 9,
    isItemFault: (error) => error instanceof RangeError,
    run: async (items) => {
      runs.push(items);
      if (items.includes(2)) throw new RangeError('two');
      if (items.includes(9)) throw new Error('away');
      return items.map(String);
    },
  });
  const ends = await Promise.allSettled([1, 2, 3].map(ask));
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(runs).toEqual([[1, 2, 3], [1], [2], [3]]);
  const all = await Promise.allSettled([8, 9].map(ask));
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(runs.slice(4)).toEqual([[8, 9]]);
});
