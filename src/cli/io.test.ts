import { expect, test } from 'vitest';
import { toCsv } from '../domain/csv.ts';

test.each<[string, string | number | null, string]>([
  ['a text', 'Berg', 'Berg'],
  ['a number', -3, '-3'],
  ['a blank', null, ''],
  ['a comma', 'Hill, Ltd', '"Hill, Ltd"'],
  ['a quotation mark', 'the "Hill"', '"the ""Hill"""'],
  ['a line end', 'Hill\nLtd', '"Hill\nLtd"'],
  ['what a spreadsheet takes for a formula', '=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ['a sum', '+1', "'+1"],
  ['an at', '@cmd', "'@cmd"],
])('%s is one cell of a file for a spreadsheet', (_what, value, cell) => {
  expect(
    toCsv([
      ['a', 'b'],
      [value, 'z'],
    ]),
  ).toBe(`a,b\r\n${cell},z\r\n`);
});
