import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createStream } from './stream.ts';

test('the same record has the same stream, and any other record another', () => {
  const draw = (...record: (string | number)[]) => {
    const stream = createStream(1, 'trainee', ...record);
    return [stream.next(), stream.next(), stream.next()];
  };
  expect(draw(5)).toEqual(draw(5));
  expect(draw(5)).not.toEqual(draw(6));
  expect(draw(1, 12)).not.toEqual(draw(11, 2));
});

test('the numbers never change: another machine or version makes the same set', () => {
  const stream = createStream(1, 'trainee', '10001');
  expect([stream.int(0, 999), stream.int(0, 999), stream.int(0, 999), stream.digits(6)]).toEqual([
    38,
    349,
    567,
    '115212',
  ]);
});

test('whole numbers stay within their ends, and both ends occur', () => {
  const seen = new Set<number>();
  for (let record = 0; record < 500; record += 1) seen.add(createStream(1, 'test', record).int(3, 6));
  expect([...seen].sort()).toEqual([3, 4, 5, 6]);
});

test('first numbers of neighbouring records are spread evenly', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 31 - 1), (seed) => {
      let below = 0;
      for (let record = 1; record <= 2000; record += 1)
        if (createStream(seed, 'trainee', record).isBelow(0.3)) below += 1;
      expect(Math.abs(below / 2000 - 0.3)).toBeLessThan(0.06);
    }),
    { numRuns: 20 },
  );
});

test('a quarter of a million records all begin differently', () => {
  const beginnings = new Set<number>();
  for (let record = 0; record < 250_000; record += 1) {
    const stream = createStream(1, 'itp_revu', record);
    beginnings.add(stream.next() * 2 ** 52 + stream.int(0, 2 ** 20 - 1)); // 52 bits in one number
  }
  expect(beginnings.size).toBe(250_000);
});

test('nothing can be picked from an empty list', () => {
  expect(() => createStream(1, 'test').pick([])).toThrow('nothing to pick from');
});
