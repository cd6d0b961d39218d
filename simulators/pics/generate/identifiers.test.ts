import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  drawEdrs,
  drawMobile,
  drawNiNumber,
  drawPhone,
  drawPostcode,
  drawUln,
  drawUuid,
  isEdrs,
  isUln,
} from './identifiers.ts';
import { createStream } from './stream.ts';
import { outwardCodes } from './words.ts';

const anyStream = fc.nat().map((number) => createStream(1, 'test', number));

test.each(['9276308686', '1234567899'])('%s is a learner number with a right check digit', (uln) => {
  expect(isUln(uln)).toBe(true);
});

test.each(['9999999999', '9276308687', '0276308686', '927630868'])('%s is no valid learner number', (uln) => {
  expect(isUln(uln)).toBe(false);
});

test.each(['100000002', '100000010', '200000004'])(
  '%s is an employer reference with a right check digit',
  (edrs) => {
    expect(isEdrs(edrs)).toBe(true);
  },
);

test('the "not known" employer reference fails the check', () => {
  expect(isEdrs('999999999')).toBe(false);
});

test('every drawn learner number and employer reference passes its check', () => {
  fc.assert(
    fc.property(anyStream, (stream) => {
      expect(isUln(drawUln(stream))).toBe(true);
      expect(isEdrs(drawEdrs(stream))).toBe(true);
    }),
  );
});

test('a drawn National Insurance number keeps to the letters in use', () => {
  fc.assert(
    fc.property(anyStream, (stream) => {
      expect(drawNiNumber(stream)).toMatch(
        /^(?!BG|GB|KN|NK|NT|TN|ZZ)[^DFIQUV\d\W][^DFIOQUV\d\W]\d{6}[ABCD]$/,
      );
    }),
  );
});

test('the 80 outward parts have the six shapes', () => {
  const shapes = outwardCodes.map((code) => code.replace(/[A-Z]/g, 'A').replace(/\d/g, '9'));
  expect(new Set(shapes)).toEqual(new Set(['A9', 'A99', 'A9A', 'AA9', 'AA99', 'AA9A']));
  expect(new Set(outwardCodes).size).toBe(80);
});

test('a drawn postcode has one of them, one space, and inward letters that are in use', () => {
  fc.assert(
    fc.property(anyStream, (stream) => {
      const [outward = '', inward = ''] = drawPostcode(stream).split(' ');
      expect(outwardCodes).toContain(outward);
      expect(inward).toMatch(/^\d[^CIKMOV\d\W]{2}$/);
    }),
  );
});

test('phones come from the ranges reserved for drama', () => {
  fc.assert(
    fc.property(anyStream, (stream) => {
      expect(drawMobile(stream)).toMatch(/^07700 900\d{3}$/);
      expect(drawPhone(stream)).toMatch(/^01632 960\d{3}$/);
    }),
  );
});

test('a drawn review id is a version 4 uuid', () => {
  fc.assert(
    fc.property(anyStream, (stream) => {
      expect(drawUuid(stream)).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    }),
  );
});
