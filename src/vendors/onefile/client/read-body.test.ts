import { expect, test } from 'vitest';
import { toBody, toRefusalText } from './answers.ts';

test.each<[string, string, unknown]>([
  ['nothing of the kind', '[{"ID":7,"Name":"Siobhán 😀"}]', [{ ID: 7, Name: 'Siobhán 😀' }]],
  ['a NUL', '[{"Name":"AB\\u0000123"}]', [{ Name: 'AB123' }]],
  ['half a character', '[{"Name":"AB\\ud83d"}]', [{ Name: 'AB\ufffd' }]],
])('O8: text with %s is changed to what a database accepts', (_what, text, value) => {
  expect(toBody(text)).toEqual({ kind: 'json', value });
});

test('a refusal text that is cut off ends with a whole character', () => {
  const words = toRefusalText(JSON.stringify({ message: `${'x'.repeat(499)}😀` }));
  expect(words).toBe(`${'x'.repeat(499)}\ufffd`);
  expect(toRefusalText(`plain\0 words`)).toBe('plain words');
});
