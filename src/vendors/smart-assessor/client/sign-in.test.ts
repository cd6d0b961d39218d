import { describe, expect, test } from 'vitest';
import { classes, setupSmartAssessor, ways } from '../../../../test/support/smart-assessor-client.ts';
import { toWord } from '../../../../test/support/smart-assessor-essentials.ts';

const [rest] = ways;

describe('sign-in', () => {
  const [, token] = ways;

  test('a token is asked for once, shared, and renewed when four fifths of its life have passed', async () => {
    const site = setupSmartAssessor(token, { switches: { 'token-life-s': 100 } });
    await Promise.all([
      site.ok('read-courses', {}),
      site.ok('read-employers', {}),
      site.ok('read-sessions', {}),
    ]);
    const signIns = () => site.calls().filter(({ operation }) => operation === 'POST token').length;
    expect(signIns()).toBe(1);
    expect(site.taken[0]).toBe('command');
    site.passMs(78_000);
    await site.ok('read-courses', {});
    expect(signIns()).toBe(1);
    site.passMs(3_000);
    await Promise.all([site.ok('read-courses', {}), site.ok('read-employers', {})]);
    expect([signIns(), site.calls().filter(({ status }) => status === 401).length]).toEqual([2, 0]);
  });

  test('a token that another process has got is used', async () => {
    const site = setupSmartAssessor(token);
    await site.ok('read-courses', {});
    const other = setupSmartAssessor(token, { simulator: site.simulator });
    other.shared.session = site.shared.session;
    await other.ok('read-courses', {});
    expect(site.calls().filter(({ operation }) => operation === 'POST token')).toHaveLength(1);
  });

  test('a token that the vendor no longer takes is replaced once, and the call repeated', async () => {
    for (const input of ['read', 'guarded'] as const) {
      const site = setupSmartAssessor(token);
      await site.ok('read-courses', {});
      site.rule({ type: 'answer', status: 401, body: '' });
      expect(toWord(await classes[input](site))).toBe('ok');
      expect(site.calls().filter(({ operation }) => operation === 'POST token')).toHaveLength(2);
    }
  });

  test.each([
    ['password', { password: () => 'wrong' }, 'unauthorized login'],
    ['user', { userName: () => 'nobody' }, 'unauthorized login'],
    ['key', { clientKey: () => 'wrong' }, 'unauthorized key'],
  ] as const)('SA-1: a wrong %s is told, with either way of signing in', async (_part, wrong, expected) => {
    for (const way of [rest, token]) {
      const right = {
        userName: () => 'api.smartassessor@provider.example',
        password: () => 'local-password',
      };
      const keys = { clientKey: () => 'local-key', g1ApiKey: () => '' };
      const site = setupSmartAssessor(way, { connection: { credential: { ...right, ...keys, ...wrong } } });
      expect(toWord(await classes.read(site))).toBe(expected);
      expect(toWord(await classes.guarded(site))).toBe(expected);
      expect(site.lines.join()).toContain('BAD_SIGN_IN');
      expect(site.simulator.changes().filter(({ source }) => source === 'rest')).toEqual([]);
    }
  });

  test('a refused sign-in is not tried again for a minute', async () => {
    const site = setupSmartAssessor(token, { switches: { sso: 'on' } });
    for (let n = 0; n < 3; n += 1) expect(toWord(await classes.read(site))).toBe('unauthorized login');
    expect(site.calls()).toHaveLength(1);
    site.door('PATCH', '/switches', { sso: 'off' });
    site.passMs(61_000);
    expect(toWord(await classes.read(site))).toBe('ok');
  });
});
