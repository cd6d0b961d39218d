import { expect, test } from 'vitest';
import {
  dateOf,
  datesOf,
  flagOf,
  idOf,
  integerOf,
  numberOf,
  textOf,
  toInstant,
  toWireDate,
  toWireInstant,
} from './values.ts';

const moment = Date.parse('2022-02-23T12:49:33.150Z');

test.each([
  ['milliseconds and Z', '2022-02-23T12:49:33.150Z', moment],
  ['seven digits', '2022-02-23T12:49:33.1509999Z', moment],
  ['one digit', '2022-02-23T12:49:33.1Z', moment - 50],
  ['no digits', '2022-02-23T12:49:33Z', moment - 150],
  ['an offset', '2022-02-23T13:49:33.150+01:00', moment],
  ['an offset without colon', '2022-02-23T13:49:33.150+0100', moment],
  ['no zone, which is UTC', '2022-02-23T12:49:33.150', moment],
  ['a bare date', '2022-02-23', Date.parse('2022-02-23T00:00:00Z')],
  ['a blank in the middle', '2022-02-23 12:49:33.150', moment],
  ['no date', 'tomorrow', null],
  ['a month that does not exist', '2022-13-01', null],
  ['a day that does not exist', '2022-02-30', null],
  ['a leap day', '2024-02-29', Date.parse('2024-02-29T00:00:00Z')],
  ['nothing', '', null],
])('4.3: reads %s', (_title, text, expected) => {
  expect(toInstant(text)).toBe(expected);
});

test('4.3: sends UTC with milliseconds, and a date as midnight UTC', () => {
  expect(toWireInstant(moment)).toBe('2022-02-23T12:49:33.150Z');
  expect(toWireDate('2026-06-15')).toBe('2026-06-15T00:00:00.000Z');
});

test('4.3: a calendar date is the London date of the instant', () => {
  expect(dateOf({ D: '2026-06-14T23:00:00Z' }, 'D')).toBe('2026-06-15');
  expect(dateOf({ D: '2026-01-14T23:00:00Z' }, 'D')).toBe('2026-01-14');
  expect(dateOf({ D: null }, 'D')).toBeNull();
});

/** What a field with this text reads as. */
function reading(text: unknown): string | null {
  const { day, unreadable } = datesOf({ D: text }, { day: 'D' }, dateOf);
  return unreadable === null ? day : 'unreadable';
}

test.each<[string, string | null]>([
  ['0001-01-01T00:00:00', null],
  ['0001-01-01T00:00:00.0000000Z', null],
  ['0001-01-01T00:00:00+01:00', null],
  ['1753-01-01', null],
  ['1753-01-01T00:00:00.000Z', null],
  ['1900-01-01T00:00:00', null],
  ['1900-01-01 09:30:00', null],
  ['1899-12-31T23:30:00-01:00', null],
  ['9999-12-31', null],
  ['9999-12-31T23:59:59.9999999', null],
  ['9999-12-31T23:59:59.9999999-05:00', null],
  ['0001-01-02T00:00:00', 'unreadable'],
  ['0026-06-15T00:00:00Z', 'unreadable'],
  ['1899-12-30T00:00:00', 'unreadable'],
  ['1919-12-31T23:59:59Z', 'unreadable'],
  ['1920-01-01T00:00:00Z', '1920-01-01'],
  ['2100-12-31T23:59:59Z', '2100-12-31'],
  ['2101-01-01T00:00:00Z', 'unreadable'],
  ['9999-12-30', 'unreadable'],
  ['20226-01-15T10:00:00Z', 'unreadable'],
  ['infinity', 'unreadable'],
])('D-17: %s of OneFile reads as %s', (text, expected) => {
  expect(reading(text)).toBe(expected);
  expect(toInstant(text) === null).toBe(expected === null || expected === 'unreadable');
});

test.each([
  'infinity',
  '-infinity',
  '0044-03-15 BC',
  '20226-01-15',
  '0026-01-15',
  '2101-01-01',
  '2026-02-30',
  '',
  'soon',
])('D-17: %j is never put on the wire as a date', (date) => {
  expect(toWireDate(date)).toBeNull();
});

test('D-17: an instant that is no time of a person is never put on the wire', () => {
  const odd = [
    Number.NaN,
    Infinity,
    -Infinity,
    8.64e15,
    8.65e15,
    Date.UTC(1919, 11, 31),
    Date.UTC(2101, 0, 1),
  ];
  for (const instantMs of odd) expect(toWireInstant(instantMs)).toBeNull();
});

test('O8: numbers and digit strings are ids; zero and other text are not', () => {
  expect(idOf({ ID: 600045 }, 'ID')).toBe('600045');
  expect(idOf({ ID: ' 600045 ' }, 'ID')).toBe('600045');
  for (const ID of [0, '0', '', null, undefined, 'x1', -4, 1.5, true]) expect(idOf({ ID }, 'ID')).toBeNull();
});

test('O8: absent and null are the same, blank text is null, numbers come in text too', () => {
  const row = { a: null, b: '  ', c: ' x ', d: '40.25', e: 8, f: '8.5', g: 'true', h: 0 };
  expect([textOf(row, 'a'), textOf(row, 'missing'), textOf(row, 'b'), textOf(row, 'c')]).toEqual([
    null,
    null,
    null,
    'x',
  ]);
  expect([numberOf(row, 'd'), numberOf(row, 'c'), integerOf(row, 'e'), integerOf(row, 'f')]).toEqual([
    40.25,
    null,
    8,
    null,
  ]);
  expect([flagOf(row, 'g'), flagOf(row, 'h'), flagOf(row, 'c')]).toEqual([true, false, null]);
});
