import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OffsetTracker } from './partition-work.ts';

test('a committed offset never passes a record that is still in work', () => {
  const tracker = new OffsetTracker(5n);
  for (const offset of [5n, 6n, 9n]) tracker.start(offset);
  expect(tracker.committable).toBe(5n);
  tracker.finish(6n);
  expect(tracker.committable).toBe(5n);
  tracker.finish(5n);
  expect(tracker.committable).toBe(9n);
  tracker.finish(9n);
  expect(tracker.committable).toBe(10n);
});

test('everything below the committable offset is finished, for any gaps and any order of finishing', () => {
  const schedule = fc.record({
    gaps: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 60 }),
    picks: fc.array(fc.nat(), { maxLength: 60 }),
  });
  fc.assert(
    fc.property(schedule, ({ gaps, picks }) => {
      const tracker = new OffsetTracker(0n);
      const open: bigint[] = [];
      let at = -1n;
      let highest = 0n;
      for (const gap of gaps) {
        at += BigInt(gap);
        tracker.start(at);
        open.push(at);
      }
      for (const pick of picks) {
        if (open.length === 0) break;
        tracker.finish(open.splice(pick % open.length, 1)[0]!);
        const committable = tracker.committable;
        expect(open.every((offset) => offset >= committable)).toBe(true);
        expect(committable >= highest).toBe(true);
        highest = committable;
      }
      expect(tracker.inWorkCount).toBe(open.length);
    }),
  );
});

test('finishing a record that was never started is a broken invariant', () => {
  expect(() => new OffsetTracker(0n).finish(1n)).toThrow('offset 1 was not in work');
});
