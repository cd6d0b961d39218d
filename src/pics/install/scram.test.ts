import { expect, test } from 'vitest';
import { encodeScramVerifier, isVerifierOf } from './scram.ts';

test('a verifier belongs to its password only, and does not show it', () => {
  const verifier = encodeScramVerifier("p'ssword");
  expect(isVerifierOf("p'ssword", verifier)).toBe(true);
  expect(isVerifierOf('password', verifier)).toBe(false);
  expect(verifier).not.toContain("p'ssword");
});

test('a verifier made by Postgres is known to belong to its password', () => {
  const stored =
    'SCRAM-SHA-256$4096:8AiE7UJRoaNRBEq11LEntg==$unlPhEMlVeJEl0lGFbhWpIybwxtlUzbluYjoQSt2PlU=:JcgoKii/6aH1D3XGBABKNdjNrmDaBHLp/4c6+bduzIk=';
  expect(isVerifierOf('secret', stored)).toBe(true);
  expect(isVerifierOf('secre', stored)).toBe(false);
});

test.each(['', 'md5d41d8cd98f00b204e9800998ecf8427e'])('%j is no verifier of any password', (verifier) => {
  expect(isVerifierOf('', verifier)).toBe(false);
});
