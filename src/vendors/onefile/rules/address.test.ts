import { expect, test } from 'vitest';
import { isSameAddress, splitAddress, toAddress, toFourLines } from './details-fields.ts';

test.each<[string | null, string | null, string | null]>([
  ['1 Mill Lane\r\nLeeds\r\nLS1 4AB', '1 Mill Lane\r\nLeeds', 'LS1 4AB'],
  ['1 Mill Lane, Leeds, ls14ab ', '1 Mill Lane, Leeds', 'ls14ab'],
  ['1 Mill Lane\nLeeds', '1 Mill Lane\nLeeds', null],
  ['1 Mill Lane LS1 4AB', '1 Mill Lane LS1 4AB', null], // not on a line of its own: unclear
  ['Leeds\nLS1 4AB\nls14ab', 'Leeds', 'ls14ab'], // repeated: taken once
  ['Leeds\nLS1 4AB\n , ', 'Leeds', 'LS1 4AB'], // what follows is empty
  ['ZZ99 9ZZ', null, 'ZZ99 9ZZ'],
  [' ,\n ', null, null],
  [null, null, null],
])('OF-72: %j is split into address and postcode', (text, address, postcode) => {
  expect(splitAddress(text)).toEqual({ address, postcode });
});

test('OF-72: the postcode of PICS counts before one in its lines, and an invalid one does not count', () => {
  expect(toAddress(['1 Mill Lane', 'LS1 4AB', null, null], 'LS1 4AX')).toEqual({
    address: '1 Mill Lane',
    postcode: 'LS1 4AX',
  });
  expect(toAddress(['1 Mill Lane', ' ', 'Leeds', 'LS1 4AB'], 'UNKNOWN')).toEqual({
    address: '1 Mill Lane\nLeeds',
    postcode: 'LS1 4AB',
  });
  expect(toAddress([null, null, null, null], null)).toEqual({ address: null, postcode: null });
});

test('A-15: lines and commas divide alike', () => {
  expect(isSameAddress('Unit 3, Mill Lane\nLeeds', 'Unit 3\r\nMill Lane , Leeds')).toBe(true);
  expect(isSameAddress('Unit 3\nLeeds', 'Unit 3\nYork')).toBe(false);
  expect(toFourLines('a, b')).toEqual(['a', 'b', null, null]);
  expect(toFourLines('a\nb\nc\nd\ne')).toEqual(['a', 'b', 'c', 'd, e']);
});
