import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { isSecretReference, readSecret, Secret } from './secret.ts';

const sources = {
  env: { PASSWORD: 'open sesame', EMPTY: '' },
  readFile: (path: string) => {
    if (path === '/run/token') return 'first line\n';
    throw Object.assign(new Error('no such file, and the content was open sesame'), { code: 'ENOENT' });
  },
};

test('a secret is shown only by reveal', () => {
  const secret = new Secret('open sesame');
  const ways = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }),
    inspect(secret, { showHidden: true }),
  ];
  for (const shown of ways) {
    expect(shown).toContain('[secret]');
    expect(shown).not.toContain('sesame');
  }
  expect(secret.reveal()).toBe('open sesame');
});

test('a reference reads a variable, or a file without its last line break', () => {
  const fromEnv = readSecret({ env: 'PASSWORD' }, sources);
  const fromFile = readSecret({ file: '/run/token' }, sources);
  expect(fromEnv.kind === 'secret' && fromEnv.secret.reveal()).toBe('open sesame');
  expect(fromFile.kind === 'secret' && fromFile.secret.reveal()).toBe('first line');
});

test.each([
  [{ env: 'MISSING' }, 'The environment variable MISSING is not set.'],
  [{ env: 'EMPTY' }, 'The environment variable EMPTY is not set.'],
  [{ file: '/nowhere' }, 'The file /nowhere cannot be read (ENOENT).'],
])('the reference %o that cannot be read gives a sentence without content', (reference, sentence) => {
  expect(readSecret(reference, sources)).toEqual({ kind: 'fault', sentence });
});

test('only an object with exactly one of the two names is a reference', () => {
  expect(isSecretReference({ env: 'A' })).toBe(true);
  for (const other of ['A', null, {}, { env: 1 }, { env: 'A', file: 'b' }, { url: 'A' }, ['env']]) {
    expect(isSecretReference(other)).toBe(false);
  }
});
