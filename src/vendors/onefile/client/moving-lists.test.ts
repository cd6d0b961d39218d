import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { setupOneFile, smallCentre, toShort } from '../../../../test/support/onefile-client.ts';

/** A vendor whose filters do nothing, and whose list of users changes before each page. */
async function setup(count: number, change: (users: { ID: number; Email: string }[], call: number) => void) {
  const users = Array.from({ length: count }, (_, n) => ({
    ...{ ID: 410_000 + n, Username: `u${n}`, Role: 1, OrganisationID: 301 },
    ...{ FirstName: 'Ann', LastName: `N${n}`, Email: `u${n}@x.example.org`, MISID: String(n) },
  }));
  let calls = 0;
  const server = createServer((request, response) => {
    request.resume();
    const [, page, size] = /User\/Search\/(\d+)\/(\d+)$/.exec(request.url ?? '') ?? [];
    if (page === undefined) return response.end('c2Vzc2lvbg==');
    calls += 1;
    change(users, calls);
    const from = (Number(page) - 1) * Number(size);
    return response.end(JSON.stringify(users.slice(from, from + Number(size))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}/api/v2.1`;
  const one = await setupOneFile({ connection: { baseUrl, pageSize: 10 } });
  return {
    client: one.client,
    callCount: () => calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await one[Symbol.asyncDispose]();
    },
  };
}

const learner = (misId: string) => ({
  ...{ step: 'create-learner', subject: `learner:${misId}`, naturalKey: `misId=${misId} not=`, ident: misId },
});

test('O10, D-21: a record that slips over a page while others are deleted is found all the same', async () => {
  // After the first page its first row is deleted, so the row with MIS value 10 moves onto the page just read.
  await using vendor = await setup(25, (users, call) => {
    if (call === 2) users.splice(0, 1);
  });
  const found = await vendor.client.resolve(learner('10'), { priority: 'live', cause: 'after-write' });
  expect(found).toMatchObject({ kind: 'found', done: { vendorId: '410010' } });
});

test('O10, D-21: what is on no page of two readings is absent', async () => {
  await using vendor = await setup(25, () => {});
  const found = await vendor.client.resolve(learner('99'), { priority: 'live', cause: 'after-write' });
  expect(found).toEqual({ kind: 'absent' });
  expect(vendor.callCount()).toBe(2 * 3);
});

test('O10, D-21: a list that moves at every page is read three times at most, and each row counts once', async () => {
  // A new record in front of all others moves the list back before each page: rows repeat.
  await using vendor = await setup(25, (users, call) => {
    const row = { ...users[0]!, ID: 420_000 + call, Email: 'new@x.example.org' };
    users.unshift({ ...row, MISID: '7' } as never);
  });
  const found = await vendor.client.resolve(learner('12'), { priority: 'live', cause: 'after-write' });
  expect(found).toMatchObject({ kind: 'found', done: { vendorId: '410012' } });
  expect(vendor.callCount()).toBeLessThan(20);
});

test('O10: a placement that is looked for twice by its callers costs one reading of the list each time', async () => {
  const placements = Array.from({ length: 25 }, (_, n) => ({
    ID: 30_001 + n,
    OrganisationID: 301,
    Name: `P${n}`,
  }));
  await using one = await setupOneFile({
    records: { ...smallCentre, placements } as never,
    connection: { pageSize: 10 },
  });
  const found = await one.execute({ name: 'find-placement', request: { code: 'NONE1', typedId: null } });
  expect(found).toMatchObject({ kind: 'done', links: [] });
  expect(toShort(await one.calls())).toHaveLength(3);
});
