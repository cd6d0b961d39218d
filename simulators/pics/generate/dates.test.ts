import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDays, changeDate, countDays, isDate, nextChangeDate, timestampAt, toInstant } from './dates.ts';

test('days are added over months, years and leap days', () => {
  fc.assert(
    fc.property(fc.integer({ min: -40_000, max: 40_000 }), (days) => {
      const expected = new Date(Date.UTC(2026, 0, 15) + days * 86_400_000).toISOString().slice(0, 10);
      expect(addDays('2026-01-15', days)).toBe(expected);
      expect(countDays('2026-01-15', expected)).toBe(days);
    }),
  );
});

test('a day that is not in the calendar is no date', () => {
  expect(isDate('2026-02-28')).toBe(true);
  expect(['2026-02-29', '2026-13-01', '15/01/2026', ''].filter(isDate)).toEqual([]);
});

test('clocks change on the last Sundays of March and October', () => {
  expect([changeDate(2026, 3), changeDate(2026, 10), changeDate(2024, 3)]).toEqual([
    '2026-03-29',
    '2026-10-25',
    '2024-03-31',
  ]);
  expect(nextChangeDate('2026-03-30', 3)).toBe('2027-03-28');
});

test.each([
  ['2026-01-15 09:30:00', '2026-01-15T09:30:00.000Z', 'in winter'],
  ['2026-07-15 09:30:00', '2026-07-15T08:30:00.000Z', 'in summer'],
  ['2026-03-29 01:30:00', '2026-03-29T01:30:00.000Z', 'that does not exist moves an hour later (A-14)'],
  ['2026-03-29 02:00:00', '2026-03-29T01:00:00.000Z', 'right after the clocks went forward'],
  ['2026-10-25 01:30:00', '2026-10-25T00:30:00.000Z', 'that occurs twice means the first (A-14)'],
  ['2026-10-25 02:00:00', '2026-10-25T02:00:00.000Z', 'right after the clocks went back'],
])('London time %s is %s: a time %s', (timestamp, instant) => {
  expect(toInstant(timestamp)).toBe(instant);
});

test('a minute of the day is written as PICS writes times', () => {
  expect(timestampAt('2026-01-15', 7 * 60 + 15)).toBe('2026-01-15 07:15:00');
});
