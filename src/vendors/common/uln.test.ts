import { expect, test } from 'vitest';
import { isUln, toUln } from './values.ts';

test.each(['9276308686', '1234567899'])('A-47: %s is a ULN', (uln) => {
  expect(isUln(uln)).toBe(true);
  expect(toUln(` ${uln} `)).toBe(uln);
});

test.each([
  ['not known', '9999999999'],
  ['a wrong check digit', '9276308687'],
  ['nine digits', '927630868'],
  ['a leading nought', '0276308686'],
  ['letters', '92763O8686'],
  ['blank', '   '],
])('A-47: %s is not a ULN', (_what, uln) => {
  expect(isUln(uln)).toBe(false);
  expect(toUln(uln)).toBeNull();
});

test('A-47: of a number and its nine neighbours in the last digit at most one is a ULN', () => {
  for (let n = 100_000_000; n < 100_002_000; n += 1) {
    const valid = Array.from({ length: 10 }, (_, digit) => isUln(`${n}${digit}`)).filter(Boolean);
    expect(valid.length).toBeLessThanOrEqual(1);
  }
});
