import { expect, test } from 'vitest';
import { setupOneFile } from '../../../../test/support/onefile-client.ts';
import { createSessions } from './api.ts';

const read = { name: 'read-learner', request: { learnerId: '400061', ident: '10001' } };

async function setup(options: Parameters<typeof setupOneFile>[0] = {}) {
  const one = await setupOneFile(options);
  const routesOf = async () => (await one.calls()).map(({ route, status }) => `${route} ${status}`);
  return Object.assign(one, { routesOf });
}

test('rule 2: a hundred callers share one sign-in', async () => {
  await using one = await setup();
  const results = await Promise.all(Array.from({ length: 100 }, () => one.execute(read)));
  expect(results.every(({ kind }) => kind === 'done')).toBe(true);
  expect((await one.routesOf()).filter((line) => line.startsWith('Authentication'))).toHaveLength(1);
  expect(one.taken).toEqual(['command']); // a sign-in counts against the limit, and goes first
});

test('rule 2: a session in the shared cache saves the sign-in', async () => {
  await using one = await setup();
  await one.execute(read);
  const { session } = one.shared;
  await using two = await setup();
  two.shared.session = session;
  expect(await two.execute(read)).toMatchObject({ kind: 'done' }); // replaced once
  expect(await two.routesOf()).toEqual(['User/{id} 401', 'Authentication 200', 'User/{id} 200']);
});

test('rule 3: a session is renewed after 23 hours, before the next call', async () => {
  await using one = await setup();
  await one.execute(read);
  one.passMs(23 * 3_600_000 - 1);
  await one.execute(read);
  one.passMs(1);
  await one.execute(read);
  expect(await one.routesOf()).toEqual([
    'Authentication 200',
    'User/{id} 200',
    'User/{id} 200',
    'Authentication 200',
    'User/{id} 200',
  ]);
});

test.each(['401-json', '401-empty', '403-json'])(
  'rule 4: an expired session (%s) costs one sign-in and one repeat',
  async (answer) => {
    await using one = await setup({ switches: { 'expired-session': answer } });
    await one.execute(read);
    await one.control('POST', '/sessions/expire', {});
    const results = await Promise.all(Array.from({ length: 10 }, () => one.execute(read)));
    expect(results.every(({ kind }) => kind === 'done')).toBe(true);
    expect((await one.routesOf()).filter((line) => line === 'Authentication 200')).toHaveLength(2);
  },
);

test('rule 4: a second 401 is final', async () => {
  await using one = await setup();
  await one.control('POST', '/rules', {
    match: { path: 'User/{id}' },
    times: null,
    action: { type: 'answer', status: 401 },
  });
  expect(await one.execute(read)).toEqual({ kind: 'unauthorized', detail: 'HTTP 401' });
  expect(await one.routesOf()).toEqual([
    'Authentication 200',
    'User/{id} 401',
    'Authentication 200',
    'User/{id} 401',
  ]);
});

test('rule 5: a repeated 403 concerns a permission, and a closed centre causes no storm of sign-ins', async () => {
  await using one = await setup();
  await one.control('POST', '/rules', {
    match: { path: 'User/{id}' },
    times: null,
    action: { type: 'answer', status: 403, body: { code: -9999, message: 'No' } },
  });
  expect(await one.execute(read)).toEqual({ kind: 'rejected', code: 'VENDOR_REFUSED', detail: 'No' });
  const before = (await one.routesOf()).length;
  for (let n = 0; n < 5; n += 1) expect(await one.execute(read)).toMatchObject({ kind: 'unauthorized' });
  expect((await one.routesOf()).slice(before)).toEqual(Array(5).fill('User/{id} 403'));
  one.passMs(60_000);
  expect(await one.execute(read)).toMatchObject({ kind: 'rejected' });
});

test.each(['401-json', '403-json', '400-json'])(
  'rule 6: a refused token (%s) is tried once a minute at most',
  async (answer) => {
    await using one = await setup({
      switches: { 'bad-customer-token': answer },
      connection: { customerToken: () => 'wrong-token' },
    });
    const results = await Promise.all(Array.from({ length: 5 }, () => one.execute(read)));
    results.push(await one.execute(read));
    for (const result of results) expect(result).toEqual({ kind: 'unauthorized', detail: 'BAD_SIGN_IN' });
    expect(await one.routesOf()).toHaveLength(1);
    one.passMs(59_999);
    await one.execute(read);
    expect(await one.routesOf()).toHaveLength(1);
    one.passMs(1);
    await one.execute(read);
    expect(await one.routesOf()).toHaveLength(2);
  },
);

test.each([86_400_000, -86_400_000])(
  'rule 5, rule 6: a minute is a minute, although the time of day is set by %i ms meanwhile',
  async (stepMs) => {
    await using one = await setup({ connection: { customerToken: () => 'wrong-token' } });
    await one.execute(read);
    one.stepMs(stepMs);
    await one.execute(read);
    expect(await one.routesOf()).toHaveLength(1);
    one.passMs(60_000);
    await one.execute(read);
    expect(await one.routesOf()).toHaveLength(2);
  },
);

test('an unanswered sign-in leaves the call certainly unsent', async () => {
  await using one = await setup();
  const drop = { match: { path: 'Authentication' }, action: { type: 'drop' } };
  await one.control('POST', '/rules', drop);
  expect(await one.execute(read)).toMatchObject({ kind: 'unreachable' });
  for (const body of ['', 'two words', '""']) {
    await one.control('POST', '/rules', { ...drop, action: { type: 'answer', status: 200, body } });
    expect(await one.execute(read)).toMatchObject({ kind: 'unreachable' });
  }
  expect(await one.execute(read)).toMatchObject({ kind: 'done' });
});

test('rule 1: log lines contain neither token and no personal data', async () => {
  await using one = await setup();
  await one.execute(read);
  await one.execute({ name: 'read-aims', request: { learnerId: '400061' } });
  const text = one.lines.join('');
  expect(text).toContain('User/{id}');
  for (const secret of [
    'sim-customer-1',
    one.shared.session?.token,
    'Tarrant',
    'Imogen',
    'i@x.example.org',
    'RG-1',
  ]) {
    expect(text).not.toContain(secret);
  }
});

test('rule 4: a late caller with the old session gets the newer one, also without a shared cache', async () => {
  let signIns = 0;
  const sessions = createSessions({
    authenticate: async () => {
      signIns += 1;
      return { kind: 'session', session: { token: `t${signIns}`, issuedAtMs: 0 } };
    },
    cache: { read: async () => null, write: async () => {}, forget: () => Promise.reject(new Error('away')) },
    now: () => 0,
    steadyMs: () => 0,
  });
  const first = await sessions.current();
  if (first.kind !== 'session') throw new Error(first.kind);
  const answers = [await sessions.replace(first.session), await sessions.replace(first.session)];
  for (const answer of answers)
    expect(answer).toEqual({ kind: 'session', session: { token: 't2', issuedAtMs: 0 } });
  expect(signIns).toBe(2);
});
