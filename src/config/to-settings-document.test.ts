import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { listAllSettings } from './to-config.ts';
import { toSettingsDocument } from './to-settings-document.ts';

test('docs/configuration.md is what the schemas say (else: npm run generate:docs)', () => {
  const file = new URL('../../docs/configuration.md', import.meta.url);
  expect(readFileSync(file, 'utf8')).toBe(toSettingsDocument(listAllSettings()));
});

test('every setting says what it means', () => {
  const silent = listAllSettings().filter(({ description }) => description === '');
  expect(silent.map(({ path }) => path)).toEqual([]);
});
