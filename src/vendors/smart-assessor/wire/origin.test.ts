import { expect, test } from 'vitest';
import { findOriginFault, isLocalHost, toOrigin } from './origin.ts';

test.each([
  ['http://localhost:4020', 'http://localhost:4020'],
  ['https://api.smartassessor.example:883/', 'https://api.smartassessor.example:883'],
  ['HTTPS://Host.Example:443', 'https://host.example'],
  ['http://[::1]:1', 'http://[::1]:1'],
  ['http://user@host.example', null],
  ['http://user:secret@host.example', null],
  ['http://host.example/api', null],
  ['http://host.example?x', null],
  ['http://host.example/#x', null],
  ['ftp://host.example', null],
  ['host.example', null],
  ['', null],
])('7.3: the origin of %j is %j', (address, origin) => {
  expect(toOrigin(address)).toBe(origin);
});

test.each([
  ['localhost', true],
  ['LOCALHOST.', true],
  ['smart.localhost', true],
  ['127.0.0.1', true],
  ['127.9.8.7', true],
  ['[::1]', true],
  ['0.0.0.0', false],
  ['10.0.0.1', false],
  ['172.16.0.1', false],
  ['192.168.0.1', false],
  ['[::]', false],
  ['[fd00::1]', false],
  ['[::ffff:10.0.0.1]', false],
  ['notlocalhost', false],
  ['localhost.example', false],
  ['127.0.0.1.example', false],
  ['simulator', false],
  ['host.local', false],
])('7.3: %s is this machine: %s', (host, isLocal) => {
  expect(isLocalHost(host)).toBe(isLocal);
});

const assumed = { id: 'assumed-rest-v0', trust: 'assumed' } as const;
const seen = { id: 'soap-g1', trust: 'seen' } as const;
const verified = { id: 'g2', trust: 'verified' } as const;
const misnamed = { id: 'assumed-x', trust: 'verified' } as const;
const away = 'https://api.smartassessor.example:883';

test.each([
  ['http://127.0.0.1:4020', assumed, undefined, null],
  [away, assumed, undefined, 'must be on this machine'],
  [away, seen, undefined, 'must be on this machine'],
  [away, misnamed, undefined, 'must be on this machine'],
  [away, assumed, away, null],
  [away, assumed, `${away}/`, null],
  [away, assumed, 'https://api.smartassessor.example', 'must be on this machine'],
  [away, assumed, 'http://api.smartassessor.example:883', 'must be on this machine'],
  [away, assumed, 'https://smartassessor.example:883', 'must be on this machine'],
  [away, assumed, 'https://*.smartassessor.example:883', 'must be on this machine'],
  [away, verified, undefined, null],
  ['http://api.smartassessor.example:883', verified, undefined, 'must begin with https'],
  ['http://api.smartassessor.example:883', verified, 'http://api.smartassessor.example:883', null],
  ['http://u:p@127.0.0.1', assumed, undefined, 'must be a scheme'],
])('7.3: %s by %o, excepted %s: %s', (origin, contract, allowed, expected) => {
  const fault = findOriginFault({ origin, contract, allowed });
  if (expected === null) expect(fault).toBe(null);
  else expect(fault).toContain(expected);
});
