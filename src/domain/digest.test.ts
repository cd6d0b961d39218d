import { expect, test } from 'vitest';
import { digestOf } from './digest.ts';

test('equal values have equal digests whatever the order of their properties', () => {
  expect(digestOf({ a: 1, b: { c: [1, 2], d: null } })).toBe(digestOf({ b: { d: null, c: [1, 2] }, a: 1 }));
});

test('a changed value, list order or type changes the digest', () => {
  const digests = [{ a: 1 }, { a: '1' }, { a: [1, 2] }, { a: [2, 1] }, { a: null }].map(digestOf);
  expect(new Set(digests).size).toBe(digests.length);
});
