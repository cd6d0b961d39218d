import { expect, test } from 'vitest';
import { joinAddress, splitAddress } from './address.ts';

test.each([
  ['a last line', '2 Mill Row\r\nOldham\r\nOL1 2AB', '2 Mill Row\r\nOldham', 'OL1 2AB'],
  ['after the last comma', '2 Mill Row, Oldham, ol12ab', '2 Mill Row, Oldham', 'ol12ab'],
  ['alone', 'OL1 2AB', '', 'OL1 2AB'],
  ['none', '2 Mill Row\nOldham', '2 Mill Row\nOldham', null],
  ['none, only something like it inside a line', 'Unit OL1 2AB', 'Unit OL1 2AB', null],
  ['nothing at all', '', '', null],
])('a postcode is %s', (_what, text, address, postcode) => {
  expect(splitAddress(text)).toEqual({ address, postcode });
});

test('OF-72: address and postcode are sent as one text; what is not given stays', () => {
  const present = '2 Mill Row\r\nOldham\r\nOL1 2AB';
  expect(joinAddress({ address: '3 Mill Row\nOldham', postcode: 'OL1 2AC' }, null)).toBe(
    '3 Mill Row\r\nOldham\r\nOL1 2AC',
  );
  expect(joinAddress({ postcode: 'OL1 2AC' }, present)).toBe('2 Mill Row\r\nOldham\r\nOL1 2AC');
  expect(joinAddress({ address: '3 Mill Row' }, present)).toBe('3 Mill Row\r\nOL1 2AB');
  expect(joinAddress({ address: '3 Mill Row' }, null)).toBe('3 Mill Row');
});
