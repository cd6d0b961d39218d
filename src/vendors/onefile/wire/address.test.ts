import { expect, test } from 'vitest';
import { joinAddress } from './values.ts';

test('OF-72: address and postcode are sent as one text; a part that is not given stays', () => {
  const present = '2 Mill Row\r\nOldham\r\nOL1 2AB';
  expect(joinAddress({ address: '3 Mill Row\nOldham', postcode: 'OL1 2AC' }, null)).toBe(
    '3 Mill Row\r\nOldham\r\nOL1 2AC',
  );
  expect(joinAddress({ postcode: 'OL1 2AC' }, present)).toBe('2 Mill Row\r\nOldham\r\nOL1 2AC');
  expect(joinAddress({ address: '3 Mill Row' }, present)).toBe('3 Mill Row\r\nOL1 2AB');
  expect(joinAddress({ address: '3 Mill Row' }, null)).toBe('3 Mill Row');
});
