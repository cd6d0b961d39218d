import { expect, test } from 'vitest';
import { Holding } from './partition-work.ts';

const at = { topic: 't', partition: 0 };

/** A batch as kafkajs delivers it. */
function batch(fetchedOffset: bigint, lastOffset: bigint, partition = 0) {
  return {
    topic: 't',
    partition,
    fetchedOffset: String(fetchedOffset),
    lastOffset: () => String(lastOffset),
  };
}

function setup(offset = 10n): Holding {
  const holding = new Holding(3, [at]);
  holding.begin([{ ...at, offset }]);
  return holding;
}

test('batches fetched at the starting offset are taken, and those after them', () => {
  const holding = setup();
  expect(holding.take(batch(10n, 14n), false)).toEqual({ kind: 'next' });
  expect(holding.take(batch(15n, 15n), false)).toEqual({ kind: 'next' });
});

test('a batch that arrives before the starting offset is known belongs to the last generation', () => {
  const holding = new Holding(3, [at]);
  expect(holding.take(batch(90n, 99n), false)).toEqual({ kind: 'stale' });
});

test('a batch of a partition that is not assigned is not taken', () => {
  expect(setup().take(batch(10n, 14n, 7), false)).toEqual({ kind: 'stale' });
});

test('a first batch from another offset would skip records: the client must seek again', () => {
  const holding = setup();
  expect(holding.take(batch(90n, 99n), false)).toEqual({ kind: 'elsewhere', expected: 10n });
  expect(holding.take(batch(10n, 14n), false)).toEqual({ kind: 'next' });
});

test('a client that keeps its offset has skipped filtered records, and its offset is accepted', () => {
  const holding = setup();
  for (let time = 0; time < 3; time += 1) {
    expect(holding.take(batch(12n, 14n), false).kind).toBe('elsewhere');
  }
  expect(holding.take(batch(12n, 14n), false)).toEqual({ kind: 'next' });
});

test('when the client fell back to the oldest record, the result says what is lost', () => {
  const holding = setup();
  holding.take(batch(10n, 14n), false);
  expect(holding.take(batch(40n, 44n), true)).toEqual({ kind: 'reset', expected: 15n, continuedAt: 40n });
  expect(holding.take(batch(45n, 45n), false)).toEqual({ kind: 'next' });
});

test('only assigned partitions pass', () => {
  expect(setup().only([at, { topic: 't', partition: 1 }])).toEqual([at]);
});
