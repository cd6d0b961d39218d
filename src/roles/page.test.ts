import { expect, test } from 'vitest';
import { createPageWorld, createVisit } from '../../test/support/page-world.ts';
import { createLog } from '../base/log.ts';
import { addFirstAdmin } from './page.ts';

async function setup() {
  const { server, store } = await createPageWorld();
  const lines: string[] = [];
  const told: string[] = [];
  const log = createLog({ write: (line: string) => void lines.push(line) });
  return { server, users: store.users, lines, told, log, tell: (text: string) => void told.push(text) };
}

test('the first start on a terminal makes one admin, whose password is told once and logged never', async () => {
  const { server, users, lines, told, log, tell } = await setup();
  await Promise.all([addFirstAdmin(users, { log, tell }), addFirstAdmin(users, { log, tell })]);
  await addFirstAdmin(users, { log, tell });
  expect(await users.list()).toMatchObject([{ name: 'admin', role: 'admin', mustChange: true }]);
  expect(told).toHaveLength(1);
  const password = /password {2}(\S+)/.exec(told[0] ?? '')?.[1] ?? '';
  expect(lines.join('')).not.toContain(password);
  expect(JSON.stringify(await users.listAudit({ beforeId: null, limit: 9 }))).not.toContain(password);
  expect((await createVisit({ server }).signIn('admin', password)).statusCode).toBe(204);
  await server.close();
});

test('without a terminal, where what is written ends in a log, no user is made and the log says how', async () => {
  const { server, users, lines, log } = await setup();
  await addFirstAdmin(users, { log, tell: null });
  expect(await users.list()).toEqual([]);
  expect(lines.join('')).toContain('users add');
  await server.close();
});
