import { describe, expect } from 'vitest';
import type { NewUser } from '../../src/domain/user.ts';
import type { ClaimTest, SetUpStore } from './store.ts';

const ann: NewUser = {
  name: 'ann',
  role: 'operator',
  seesNames: true,
  mustChange: true,
  password: 'hash-of-ann',
};
const { password: _, ...shownAnn } = ann;

/** People who use the page, their sessions, failed attempts, and the record of what they did. */
export function claimUsers(test: ClaimTest, setup: SetUpStore): void {
  describe('users of the page', () => {
    test('a name is given once, and the first user is added only while there are none', async () => {
      const { users } = (await setup()).store;
      expect(await users.addFirst({ ...ann, name: 'admin', role: 'admin' })).toBe(true);
      expect(await users.addFirst({ ...ann, name: 'other' })).toBe(false);
      expect(await users.add(ann)).toBe(true);
      expect(await users.add({ ...ann, role: 'admin' })).toBe(false);
      expect(await users.list()).toMatchObject([
        { name: 'admin', role: 'admin', sessions: 0, lastSignInAtMs: null },
        { ...shownAnn, addedAtMs: expect.any(Number) },
      ]);
      expect(JSON.stringify(await users.list())).not.toContain('hash-of-ann');
    });

    test('of processes that add the first user at once, one does', async () => {
      const { users } = (await setup()).store;
      const names = ['admin', 'admin', 'other', 'third'];
      const added = await Promise.all(names.map((name) => users.addFirst({ ...ann, name })));
      expect(added.filter(Boolean)).toHaveLength(1);
      expect(await users.list()).toHaveLength(1);
    });

    test('a session is found by its digest until it is ended, and no other digest finds one', async () => {
      const { users } = (await setup()).store;
      expect(await users.openSession('ann', 'd1')).toBe(false);
      await users.add(ann);
      expect(await users.openSession('ann', 'd1')).toBe(true);
      expect(await users.readSession('d1', true)).toEqual(shownAnn);
      expect(await users.readSession('d2', true)).toBeNull();
      expect(await users.list()).toMatchObject([{ sessions: 1, lastSignInAtMs: expect.any(Number) }]);
      await users.endSession('d1');
      expect(await users.readSession('d1', true)).toBeNull();
    });

    test('a new password ends every session of its user and of no other', async () => {
      const { users } = (await setup()).store;
      await users.add(ann);
      await users.add({ ...ann, name: 'bob' });
      for (const [name, digest] of [
        ['ann', 'd1'],
        ['ann', 'd2'],
        ['bob', 'd3'],
      ] as const)
        await users.openSession(name, digest);
      expect(await users.setPassword('ann', { password: 'new', mustChange: false })).toBe(true);
      expect(await users.setPassword('nobody', { password: 'new', mustChange: false })).toBe(false);
      expect(await users.readSession('d1', false)).toBeNull();
      expect(await users.readSession('d2', false)).toBeNull();
      expect(await users.readSession('d3', false)).toMatchObject({ name: 'bob', mustChange: true });
      expect(await users.readPassword('ann')).toBe('new');
      expect(await users.readPassword('nobody')).toBeNull();
    });

    test('a removed user has no session and no password any more', async () => {
      const { users } = (await setup()).store;
      await users.add(ann);
      await users.openSession('ann', 'd1');
      expect(await users.remove('ann')).toBe(true);
      expect(await users.remove('ann')).toBe(false);
      expect(await users.readSession('d1', true)).toBeNull();
      expect(await users.readPassword('ann')).toBeNull();
    });

    test('failed attempts count by name and address until one succeeds', async () => {
      const { users } = (await setup()).store;
      const of = { name: 'n1', address: 'a1' };
      for (const name of ['n1', 'n1', 'n2']) await users.noteFailure({ name, address: 'a1' });
      await users.noteFailure({ name: 'n1', address: 'a2' });
      expect(await users.countFailures(of)).toEqual({ ofBoth: 2, ofAddress: 3 });
      await users.forgetFailures(of);
      expect(await users.countFailures(of)).toEqual({ ofBoth: 0, ofAddress: 1 });
      expect(await users.countFailures({ name: 'n1', address: 'a2' })).toEqual({ ofBoth: 1, ofAddress: 1 });
    });

    test('what was done is listed newest first, page by page', async () => {
      const { users } = (await setup()).store;
      const entry = { by: 'ann', act: 'view', about: 'VENDOR_REFUSED', idents: ['00017'], address: null };
      for (const act of ['sign-in', 'view', 'command'])
        await users.recordAudit({ ...entry, act, address: '127.0.0.1' });
      const first = await users.listAudit({ beforeId: null, limit: 2 });
      expect(first.map(({ act }) => act)).toEqual(['command', 'view']);
      expect(first[0]).toEqual({
        ...entry,
        act: 'command',
        address: '127.0.0.1',
        id: expect.any(String),
        atMs: expect.any(Number),
      });
      const beforeId = first.at(-1)?.id ?? null;
      expect((await users.listAudit({ beforeId, limit: 2 })).map(({ act }) => act)).toEqual(['sign-in']);
    });
  });
}
