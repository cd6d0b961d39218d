import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BackgroundPace } from './background-pace.ts';

test('a few calls go at once, the others one after the other at the pace of the limit', () => {
  const pace = new BackgroundPace({ limit: 280, windowMs: 60_000 });
  const waits = Array.from({ length: 300 }, () => pace.next(0));
  expect(waits.filter((wait) => wait === 0).length).toBeLessThan(15);
  // All of a minute's calls take about a minute, so the window is never filled in one go.
  expect(waits[279]).toBeGreaterThan(54_000);
  expect(waits[279]).toBeLessThan(60_000);
});

test('whoever was quiet may start with a few again', () => {
  const pace = new BackgroundPace({ limit: 60, windowMs: 60_000 });
  for (let n = 0; n < 20; n += 1) pace.next(0);
  expect(pace.next(0)).toBeGreaterThan(10_000);
  expect(Array.from({ length: 5 }, () => pace.next(120_000))).toEqual([0, 0, 0, 0, 0]);
});

test('however calls come, none waits for longer than those before it take, and the pace is never slower than the limit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 }),
      (limit, gaps) => {
        const pace = new BackgroundPace({ limit, windowMs: 60_000 });
        let nowMs = 0;
        let sent = 0;
        for (const gap of gaps) {
          nowMs += gap;
          const waitMs = pace.next(nowMs);
          expect(waitMs).toBeLessThanOrEqual((sent * 60_000) / limit + 1e-6);
          sent += 1;
        }
      },
    ),
  );
});
