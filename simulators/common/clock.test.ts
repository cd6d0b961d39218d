import fc from 'fast-check';
import { expect, test } from 'vitest';
import { londonDate, londonMidnightMs, londonMinuteOfDay } from './clock.ts';

test.each([
  ['2026-01-15', '2026-01-15T00:00:00.000Z'],
  ['2026-06-15', '2026-06-14T23:00:00.000Z'],
  ['2026-03-29', '2026-03-29T00:00:00.000Z'],
  ['2026-03-30', '2026-03-29T23:00:00.000Z'],
  ['2026-10-25', '2026-10-24T23:00:00.000Z'],
  ['2026-10-26', '2026-10-26T00:00:00.000Z'],
])('%s begins in London at %s', (date, expected) => {
  expect(new Date(londonMidnightMs(date)).toISOString()).toBe(expected);
});

const instants = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });

test('every instant lies on the London day that begins at its midnight', () => {
  fc.assert(
    fc.property(instants, (instant) => {
      const atMs = instant.getTime();
      const midnightMs = londonMidnightMs(londonDate(atMs));
      expect(midnightMs).toBeLessThanOrEqual(atMs);
      expect(londonMinuteOfDay(midnightMs)).toBe(0);
    }),
  );
});
