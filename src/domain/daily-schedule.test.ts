import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDailyRunDue, toDailyTime, toLastDueAtMs, toNextDueAtMs } from './schedule.ts';

const time = { hour: 3, minute: 30 };
const at = (text: string): number => Date.parse(text);

test.each([
  ['03:30', { hour: 3, minute: 30 }],
  ['00:00', { hour: 0, minute: 0 }],
  ['02:00', { hour: 2, minute: 0 }],
  ['01:15', null],
  ['24:00', null],
  ['3:30', null],
])('the daily time %s is %o', (text, expected) => {
  expect(toDailyTime(text)).toEqual(expected);
});

test.each([
  ['winter', '2026-01-15T04:00:00Z', '2026-01-15T03:30:00Z', '2026-01-16T03:30:00Z'],
  ['summer', '2026-07-15T04:00:00Z', '2026-07-15T02:30:00Z', '2026-07-16T02:30:00Z'],
  ['before the time', '2026-01-15T03:29:59Z', '2026-01-14T03:30:00Z', '2026-01-15T03:30:00Z'],
  ['at the time', '2026-01-15T03:30:00Z', '2026-01-15T03:30:00Z', '2026-01-16T03:30:00Z'],
  ['the day clocks go forward', '2026-03-29T12:00:00Z', '2026-03-29T02:30:00Z', '2026-03-30T02:30:00Z'],
  ['the day clocks go back', '2026-10-25T12:00:00Z', '2026-10-25T03:30:00Z', '2026-10-26T03:30:00Z'],
  ['late in a summer evening', '2026-07-15T23:30:00Z', '2026-07-15T02:30:00Z', '2026-07-16T02:30:00Z'],
])('OF-40: %s: the last and the next due moment by London clocks', (_, now, last, next) => {
  expect(new Date(toLastDueAtMs(time, at(now))).toISOString()).toBe(new Date(last).toISOString());
  expect(new Date(toNextDueAtMs(time, at(now))).toISOString()).toBe(new Date(next).toISOString());
});

test('the daily time comes exactly once a day, and now always lies between two of them', () => {
  const moment = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2028-01-01T00:00:00Z') });
  const clock = fc.record({
    hour: fc.constantFrom(0, 2, 3, 12, 23),
    minute: fc.integer({ min: 0, max: 59 }),
  });
  fc.assert(
    fc.property(moment, clock, (nowMs, daily) => {
      const last = toLastDueAtMs(daily, nowMs);
      const next = toNextDueAtMs(daily, nowMs);
      expect(last).toBeLessThanOrEqual(nowMs);
      expect(next).toBeGreaterThan(nowMs);
      expect([23, 24, 25]).toContain((next - last) / 3_600_000);
      expect(toLastDueAtMs(daily, next)).toBe(next);
    }),
  );
});

const base = {
  time,
  nowMs: at('2026-01-15T09:00:00Z'),
  startedAtMs: at('2026-01-15T08:00:00Z'),
};

test.each([
  [
    'yesterday’s run was the last: missed while down, made up for',
    { lastPassAtMs: at('2026-01-14T03:30:10Z') },
    true,
  ],
  ['today’s run is done', { lastPassAtMs: at('2026-01-15T03:31:00Z') }, false],
  ['9c: the last run is stamped an hour ahead', { lastPassAtMs: at('2026-01-15T10:00:00Z') }, true],
  ['never run, the time passed before the start', { lastPassAtMs: null }, false],
  [
    'never run, the time comes while running',
    { lastPassAtMs: null, startedAtMs: at('2026-01-15T03:00:00Z') },
    true,
  ],
])('OF-40: %s', (_, known, expected) => {
  expect(isDailyRunDue({ ...base, ...known })).toBe(expected);
});
