import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { listAllSettings, toConfig } from './config.ts';
import { toSettingsDocument } from './setting-list.ts';

test('docs/configuration.md matches the schemas (if not: npm run generate:docs)', () => {
  const file = new URL('../../docs/configuration.md', import.meta.url);
  expect(readFileSync(file, 'utf8')).toBe(toSettingsDocument(listAllSettings()));
});

test('every setting has a description', () => {
  const silent = listAllSettings().filter(({ description }) => description === '');
  expect(silent.map(({ path }) => path)).toEqual([]);
});

test('the example is valid once its secrets exist', () => {
  const text = readFileSync(new URL('../../pics-sync.example.yaml', import.meta.url), 'utf8');
  const names = [...text.matchAll(/env: (\w+)/g)].map(([, name = '']) => name);
  const env = Object.fromEntries(names.map((name) => [name, 'sesame']));
  const read = toConfig(text, { env, readFile: () => '' });
  expect(read.kind === 'faults' ? read.faults : read.config.warnings).toEqual([]);
});
