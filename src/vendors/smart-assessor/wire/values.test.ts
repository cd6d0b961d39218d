import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toLondonTime } from '../../../domain/london.ts';
import { readDate, readTime, slashDate } from './dates.ts';
import { idOf, isSameId, normalId } from './ids.ts';
import {
  date,
  employerId,
  type FieldKind,
  flag,
  id,
  minutes,
  percent,
  readValue,
  share,
  text,
  whole,
} from './values.ts';
import { courseReference, courseStatuses, sessionStatuses, sessionTypes, sexes } from './words.ts';

/** Printed when a property fails, so that the case can be repeated. */
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const property = { seed, numRuns: 300 };

describe('dates', () => {
  test.each([
    ['2004-02-29', '2004-02-29'],
    ['2004/02/29', '2004-02-29'],
    ['29/02/2004', '2004-02-29'],
    ['01/02/2004', '2004-02-01'],
    ['1/2/2004', '2004-02-01'],
    [' 2004-02-29 ', '2004-02-29'],
    ['2004-02-29T00:00:00', '2004-02-29'],
    ['29/02/2004 12:00:00 AM', '2004-02-29'],
    ['1990-06-30T23:30:00Z', '1990-07-01'],
    ['1990-12-31T23:30:00Z', '1990-12-31'],
    ['', null],
    ['   ', null],
    ['0001-01-01', null],
    ['1900-01-01T00:00:00', null],
    ['01/01/0001 00:00:00', null],
    ['1753-01-01', null],
    ['9999-12-31T23:59:59.9999999', null],
    ['31/12/9999', null],
    ['0001-01-01T00:00:00Z', null],
    ['1919-12-31', 'bad'],
    ['2101-01-01', 'bad'],
    ['0026-03-10', 'bad'],
    ['30/02/2004', 'bad'],
    ['2003-02-29', 'bad'],
    ['13/13/2004', 'bad'],
    ['02/29/2004', 'bad'],
    ['2004-02-29x', 'bad'],
    ['2004-02-29T', 'bad'],
    ['2004-02-29 soon', 'bad'],
    ['tomorrow', 'bad'],
    ['29.02.2004', 'bad'],
    ['290204', 'bad'],
  ])('D-17: %j is the date %j', (given, expected) => {
    expect(readDate(given)).toBe(expected);
  });

  test.each([
    ['2026-03-10T10:00:00', '2026-03-10T10:00:00'],
    ['2026-03-10 10:00', '2026-03-10T10:00:00'],
    ['10/03/2026 10:00:00', '2026-03-10T10:00:00'],
    ['10/03/2026 2:05 PM', '2026-03-10T14:05:00'],
    ['10/03/2026 12:05:30 am', '2026-03-10T00:05:30'],
    ['10/03/2026 12:05pm', '2026-03-10T12:05:00'],
    ['2026-03-10T10:00:00.1234567', '2026-03-10T10:00:00'],
    ['2026-07-10T10:00:00Z', '2026-07-10T11:00:00'],
    ['2026-07-10T10:00:00+01:00', '2026-07-10T10:00:00'],
    ['2026-07-10T10:00:00+0100', '2026-07-10T10:00:00'],
    ['2026-01-10T23:30:00-02:00', '2026-01-11T01:30:00'],
    ['2026-03-10', '2026-03-10T00:00:00'],
    ['9999-12-31T23:59:59', null],
    ['10/03/0206 10:00', 'bad'],
    ['2026-03-10T24:00:00', 'bad'],
    ['2026-03-10T10:60', 'bad'],
    ['2026-03-10 13:00 pm', 'bad'],
    ['2026-03-10 0:30 am', 'bad'],
    ['2026-03-10T10', 'bad'],
  ])('%j is the time %j', (given, expected) => {
    expect(readTime(given)).toBe(expected);
  });

  test('every form of every moment is read alike (property)', () => {
    const moments = fc.integer({ min: Date.UTC(1920, 0, 1), max: Date.UTC(2099, 0, 1) });
    fc.assert(
      fc.property(moments, (atMs) => {
        const local = toLondonTime(atMs);
        const [day = '', clock = ''] = local.split('T');
        const turned = day.split('-').toReversed().join('/');
        for (const form of [
          local,
          `${day} ${clock}`,
          `${turned} ${clock}`,
          `${slashDate(day)}T${clock}`,
          new Date(atMs).toISOString(),
        ]) {
          expect(readTime(form)).toBe(local);
          expect(readDate(form)).toBe(day);
        }
      }),
      property,
    );
  });
});

describe('ids', () => {
  const guid = '1ACD456D-8C17-4821-BB5B-8BAB3241D0CB';
  test.each([
    [guid, 'text', guid.toLowerCase()],
    [` {${guid}} `, 'text', guid.toLowerCase()],
    ['Course-7', 'text', 'Course-7'],
    ['{Course-7}', 'text', 'Course-7'],
    ['', 'text', null],
    ['  ', 'text', null],
    ['0', 'text', null],
    ['00000000-0000-0000-0000-000000000000', 'text', null],
    ['{00000000-0000-0000-0000-000000000000}', 'text', null],
    [null, 'text', null],
    [undefined, 'text', null],
    ['a/b', 'text', 'bad'],
    ['a b', 'text', 'bad'],
    ['x'.repeat(51), 'text', 'bad'],
    [{}, 'text', 'bad'],
    [1004, 'digits', '1004'],
    ['0001004', 'digits', '1004'],
    [0, 'digits', null],
    ['000', 'digits', null],
    ['-4', 'digits', 'bad'],
    ['4.5', 'digits', 'bad'],
    ['Acme', 'digits', 'bad'],
    [guid, 'digits', 'bad'],
    ['1'.repeat(19), 'digits', 'bad'],
  ] as const)('Q1: %j as %s is %j', (given, form, expected) => {
    expect(idOf(given, form)).toBe(expected);
  });

  test('the normal form of a normal form is itself, and is the same id (property)', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uuid(), fc.string()), (given) => {
        const normal = normalId(normalId(normalId(given)));
        expect(normalId(normal)).toBe(normal);
        expect(isSameId(normal, normal.toUpperCase())).toBe(
          normal.toLowerCase() === normal.toUpperCase().toLowerCase(),
        );
      }),
      property,
    );
    expect(isSameId(`{${guid}}`, guid.toLowerCase())).toBe(true);
  });
});

describe('values', () => {
  const only = (words: object) => ({ is: 'only', words }) as FieldKind;
  const open = (words: object) => ({ is: 'words', words }) as FieldKind;
  test.each([
    [text, ' a\r\nb ', 'a\nb', null],
    [text, 'Ada\u0000', 'Ada', null],
    [text, 'e\u0301', 'é', null],
    [text, 7, '7', null],
    [text, '  ', null, null],
    [text, null, null, null],
    [text, undefined, null, null],
    [text, { a: 1 }, null, 'bad-record'],
    [text, ['a'], null, 'bad-record'],
    [date, '31/02/2004', null, 'bad-date'],
    [id, 'a b', null, 'bad-id'],
    [employerId, 'x', null, 'bad-id'],
    [flag, true, true, null],
    [flag, 'False', false, null],
    [flag, 'perhaps', null, 'unknown-value'],
    [flag, 'constructor', null, 'unknown-value'],
    [percent, 38.5, 38.5, null],
    [percent, '38.5', 38.5, null],
    [percent, '45 %', 45, null],
    [percent, '0', 0, null],
    [percent, 100, 100, null],
    [percent, 101, null, 'bad-number'],
    [percent, -1, null, 'bad-number'],
    [percent, 'half', null, 'bad-number'],
    [percent, '1e1', null, 'bad-number'],
    [share, 0.8, 0.8, null],
    [share, 1.2, null, 'bad-number'],
    [whole, '12', 12, null],
    [whole, 1.5, null, 'bad-number'],
    [minutes, 90, 90, null],
    [minutes, '1:30', 90, null],
    [minutes, '01:30:00', 90, null],
    [minutes, '1:75', null, 'bad-number'],
    [minutes, 'long', null, 'bad-number'],
    [open(courseStatuses), 'In Training', 'in-training', null],
    [open(courseStatuses), 'InTraining', 'in-training', null],
    [open(courseStatuses), 'it', 'in-training', null],
    [open(courseStatuses), 'Paused', { other: 'Paused' }, null],
    [open(sessionTypes), 6, 'out-of-the-workplace', null],
    [open(sessionTypes), 'Tests/Exams', 'tests-exams', null],
    [open(sessionStatuses), 'CE', 'cancelled-by-employer', null],
    [only(sexes), 'FEMALE', 'female', null],
    [only(sexes), 'M', null, null],
    [only(sexes), 'Prefer not to say', null, null],
  ])('%o reads %j as %j, problem %s', (kind, raw, value, problem) => {
    expect(readValue(kind, raw)).toEqual({ value, problem });
  });

  test('Q12: whatever comes is read or is a problem, and never throws (property)', () => {
    const kinds = [text, date, flag, percent, whole, minutes, id, employerId, open(courseStatuses)];
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...kinds), (raw, kind) => {
        const { value, problem } = readValue(kind, raw);
        if (problem !== null) expect(value).toBe(null);
      }),
      property,
    );
  });

  test('Q10: references are compared without slashes and spaces', () => {
    expect([courseReference('601/1234/5'), courseReference(' 603 /1122/ x')]).toEqual([
      '60112345',
      '6031122X',
    ]);
  });
});
