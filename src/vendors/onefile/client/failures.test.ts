import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { setupOneFile } from '../../../../test/support/onefile-client.ts';
import type { Json } from '../../../domain/json.ts';

const visit = {
  name: 'create-visit',
  effect: 'create',
  request: {
    ident: '10001',
    reviewId: 'r1',
    learnerId: '400061',
    assessorId: '400002',
    fromMs: 0,
    toMs: 3_600_000,
    visitType: 'notSpecified',
  },
} as const;

async function setup(action?: Json, options: Parameters<typeof setupOneFile>[0] = {}) {
  const one = await setupOneFile(options);
  await one.execute({ name: 'read-learner', request: { learnerId: '400061', ident: '1' } }); // signed in
  if (action !== undefined) await one.control('POST', '/rules', { match: { path: 'Visit' }, action });
  return one;
}

test.each<[string, Json]>([
  ['the socket is cut before the work', { type: 'drop' }],
  ['the work is done and the socket cut', { type: 'apply-then-drop' }],
  ['500', { type: 'answer', status: 500, body: 'oops' }],
  ['503 in JSON', { type: 'answer', status: 503, body: { code: -9999, message: 'Maintenance' } }],
  ['503 in HTML', { type: 'answer', status: 503, body: '<html>Maintenance</html>' }],
  ['a 200 that is no JSON', { type: 'apply-then-answer', status: 200, body: '<html>fine</html>' }],
  ['a 200 without an id', { type: 'apply-then-answer', status: 200, body: '' }],
  ['a 200 with half a body', { type: 'truncate', bytes: 2 }],
  ['a body that never ends', { type: 'slow-body', totalMs: 60_000, stallAfterBytes: 1 }],
])('O4: a create is unknown after %s', async (_title, action) => {
  await using one = await setup(action, { connection: { callTimeoutMs: 300 } });
  expect(await one.execute(visit)).toMatchObject({ kind: 'unknown' });
});

test('O3: the whole call has a time limit', async () => {
  await using one = await setup(undefined, { connection: { callTimeoutMs: 200 } });
  await one.control('POST', '/rules', { match: { path: 'Visit' }, delayMs: 5_000 });
  expect(await one.execute(visit)).toEqual({ kind: 'unknown', detail: 'TIMEOUT' });
});

test.each<[string, Json, string]>([
  ['JSON', { code: -57, message: 'Placement not found' }, 'Placement not found'],
  ['Pascal names', { Code: -57, Message: 'Placement not found' }, 'Placement not found'],
  ['text', 'Placement not found', 'Placement not found'],
  ['nothing', '', ''],
])("O4, G4: a 400 explained by %s is a refusal with OneFile's words", async (_title, body, detail) => {
  await using one = await setup({ type: 'answer', status: 400, body });
  expect(await one.execute(visit)).toEqual({ kind: 'rejected', code: 'VENDOR_REFUSED', detail });
});

test.each([404, 405, 409, 415, 422])('O4: %i is permanent', async (status) => {
  await using one = await setup({ type: 'answer', status, body: { code: -9999, message: 'No' } });
  expect(await one.execute(visit)).toMatchObject({ kind: 'rejected', code: 'VENDOR_REFUSED' });
});

test('O4: a refusal whose text is cut off is unknown', async () => {
  await using one = await setup(undefined, { connection: { callTimeoutMs: 300 } });
  await one.control('POST', '/rules', { match: { path: 'Visit' }, action: { type: 'truncate', bytes: 2 } });
  const request = { ...visit.request, learnerId: '499999' };
  expect(await one.execute({ ...visit, request })).toMatchObject({ kind: 'unknown' });
});

test.each([{}, { 'error-400': 'text' }, { 'error-400': 'empty' }, { 'error-400': 'pascal-names' }])(
  'O4: an unknown reference is refused (%o)',
  async (switches) => {
    await using one = await setup(undefined, { switches });
    const request = { ...visit.request, learnerId: '499999' };
    expect(await one.execute({ ...visit, request })).toMatchObject({
      kind: 'rejected',
      code: 'VENDOR_REFUSED',
    });
  },
);

test('O4: a refused connection means certainly not done', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
  await new Promise((resolve) => server.close(resolve));
  await using one = await setupOneFile({ connection: { baseUrl: `http://127.0.0.1:${port}/api/v2.1` } });
  one.shared.session = { token: 'known', issuedAtMs: one.now() };
  expect(await one.execute(visit)).toEqual({ kind: 'unreachable', detail: 'ECONNREFUSED' });
});

test.each(['503-json', '503-html', 'refuse'])(
  'G30: maintenance (%s) is no refusal of a record',
  async (answer) => {
    await using one = await setup(undefined, { switches: { 'maintenance-answer': answer } });
    await one.control('POST', '/maintenance', { seconds: 60 });
    expect(await one.execute(visit)).toMatchObject({ kind: 'unknown' });
  },
);

test('a base address works with and without a slash at its end', async () => {
  await using one = await setupOneFile();
  await using two = await setupOneFile({ connection: { baseUrl: `${one.simulator.baseUrl}/` } });
  expect(await two.execute(visit)).toMatchObject({ kind: 'done' });
});

test.each<[string, Json, number]>([
  ['Retry-After in seconds', { 'Retry-After': '7' }, 7_000],
  [
    'Retry-After as a date',
    { 'Retry-After': 'Thu, 15 Jan 2026 09:00:09 GMT', Date: 'Thu, 15 Jan 2026 09:00:02 GMT' },
    7_000,
  ],
  ['at most five minutes', { 'Retry-After': '9000' }, 300_000],
  ['no time: the rest of the minute by the server', { Date: 'Thu, 15 Jan 2026 09:00:40 GMT' }, 20_000],
  ['nonsense is no time', { 'Retry-After': 'later', Date: 'Thu, 15 Jan 2026 09:00:40 GMT' }, 20_000],
])('4.6: a 429 pauses every call of the token: %s', async (_title, headers, waitMs) => {
  await using one = await setup({ type: 'answer', status: 429, headers });
  const retryAfterMs = waitMs + 500; // chance 0 is the least jitter
  expect(await one.execute(visit)).toEqual({ kind: 'throttled', detail: 'HTTP 429', retryAfterMs });
  expect(one.paused).toEqual([retryAfterMs]);
  expect(await one.execute(visit)).toMatchObject({ kind: 'done' });
});

test('4.6: the simulator refuses the 301st call, with and without a body, and the call is not done', async () => {
  for (const switches of [{ 'rate-limit': 3 }, { profile: 'awkward', 'rate-limit': 5 }]) {
    await using one = await setupOneFile({ switches });
    const results: string[] = [];
    for (let n = 0; n < 6; n += 1) results.push((await one.execute(visit)).kind);
    expect(results).toContain('throttled');
    const visits = (await one.control('GET', '/records/visits')) as Json[];
    expect(visits).toHaveLength(results.filter((kind) => kind === 'done').length);
  }
});
