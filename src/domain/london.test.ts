import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isReadableDate, toInstantMs, toLondonDate, toLondonTime } from './london.ts';

test.each([
  ['a winter time is UTC', '2026-01-15T09:00:00', '2026-01-15T09:00:00.000Z'],
  ['a summer time is an hour ahead', '2026-06-22T10:00:00', '2026-06-22T09:00:00.000Z'],
  ['the last second before summer time', '2026-03-29T00:59:59', '2026-03-29T00:59:59.000Z'],
  ['01:30 in spring does not exist and means 02:30 BST', '2026-03-29T01:30:00', '2026-03-29T01:30:00.000Z'],
  ['the first second of summer time', '2026-03-29T02:00:00', '2026-03-29T01:00:00.000Z'],
  ['01:30 in autumn occurs twice and means the first', '2026-10-25T01:30:00', '2026-10-25T00:30:00.000Z'],
  ['02:00 in autumn is winter again', '2026-10-25T02:00:00', '2026-10-25T02:00:00.000Z'],
  ['seconds may be missing', '2026-10-25T02:00', '2026-10-25T02:00:00.000Z'],
])('A-14: %s', (_title, london, utc) => {
  expect(new Date(toInstantMs(london) ?? Number.NaN).toISOString()).toBe(utc);
});

test('A-14: a text that is not a time has no instant', () => {
  expect(toInstantMs('soon')).toBeNull();
  expect(toInstantMs('')).toBeNull();
});

test.each([
  ['infinity', false],
  ['-infinity', false],
  ['0044-03-15 BC', false],
  ['20226-01-15', false],
  ['0001-01-01', false],
  ['1900-01-01', false],
  ['1919-12-31', false],
  ['1920-01-01', true],
  ['2100-12-31', true],
  ['2101-01-01', false],
  ['9999-12-31', false],
  ['2026-02-29', false],
  ['2028-02-29', true],
  ['2026-1-5', false],
])('D-17: %s is a date of a person: %s', (date, isReadable) => {
  expect(isReadableDate(date)).toBe(isReadable);
  expect(toInstantMs(`${date}T10:00:00`) !== null).toBe(isReadable);
});

test.each([
  ['midnight UTC', '2026-06-15T00:00:00.000Z', '2026-06-15'],
  ['midnight in London in summer', '2026-06-14T23:00:00.000Z', '2026-06-15'],
  ['the evening before in winter', '2026-01-14T23:00:00.000Z', '2026-01-14'],
  ['a birth date in the years of all-year summer time', '1970-01-14T23:00:00.000Z', '1970-01-15'],
  ['a birth date on an autumn change of the older rule', '1990-10-28T23:00:00.000Z', '1990-10-28'],
])('A-42: the London date of %s', (_title, instant, date) => {
  expect(toLondonDate(Date.parse(instant))).toBe(date);
});

test('A-14: the rule agrees with the time zone tables for every hour from 1996 to 2037', () => {
  const london = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Europe/London',
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const fromMs = Date.UTC(1996, 0, 1);
  const toMs = Date.UTC(2037, 11, 31);
  fc.assert(
    fc.property(fc.integer({ min: fromMs / 1000, max: toMs / 1000 }), (second) => {
      expect(toLondonTime(second * 1000)).toBe(london.format(second * 1000).replace(' ', 'T'));
    }),
  );
});

test('A-14: a London time made from an instant converts back to its first occurrence', () => {
  fc.assert(
    fc.property(fc.integer({ min: 820_454_400, max: 2_145_916_800 }), (second) => {
      const back = toInstantMs(toLondonTime(second * 1000)) ?? Number.NaN;
      expect([0, 3_600_000]).toContain(second * 1000 - back);
      expect(toLondonTime(back)).toBe(toLondonTime(second * 1000));
    }),
  );
});
