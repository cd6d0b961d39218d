import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { type Bench, openCentre } from './testing/open-simulator.ts';

const PLACEMENT = { OrganisationID: 301, Name: 'Scripted' };

const rule = (bench: Bench, action: unknown, more: Record<string, unknown> = {}) =>
  bench.door('POST', '/rules', { match: { method: 'post', path: 'Placement' }, action, ...more });

async function countScripted({ doorJson }: Bench): Promise<number> {
  return (await doorJson('/records/placements')).filter(({ Name }: { Name: string }) => Name === 'Scripted')
    .length;
}

const lastCall = async ({ doorJson }: Bench) => (await doorJson('/calls')).at(-1);

/** The bytes of an answer as they came, until the other side closed. */
async function readRaw({ baseUrl, authenticate }: Bench, path: string, body: string): Promise<string> {
  const token = await authenticate();
  const { hostname, port } = new URL(baseUrl);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname, () =>
      socket.write(
        `POST /api/v2.1/${path} HTTP/1.1\r\nHost: x\r\nX-TokenID: ${token}\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      ),
    );
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}

test('answer: the answer as written, and no work', async () => {
  const bench = await openCentre();
  await rule(bench, { type: 'answer', status: 500, headers: { 'X-Why': 'scripted' }, body: 'no luck' });
  const answer = await bench.post('Placement', PLACEMENT);
  expect(answer).toMatchObject({ status: 500, text: 'no luck' });
  expect(answer.headers.get('x-why')).toBe('scripted');
  expect(await countScripted(bench)).toBe(0);
  expect(await lastCall(bench)).toMatchObject({
    status: 500,
    outcome: 'answered',
    applied: false,
    ruleId: 1,
  });
});

test('apply-then-answer: the work is done, the answer is another', async () => {
  const bench = await openCentre();
  await rule(bench, { type: 'apply-then-answer', status: 503, body: { code: 1 } });
  expect(await bench.post('Placement', PLACEMENT)).toMatchObject({ status: 503, text: '{"code":1}' });
  expect(await countScripted(bench)).toBe(1);
  expect(await lastCall(bench)).toMatchObject({ status: 503, applied: true });
});

test('drop: the socket is cut without a byte and without work', async () => {
  const bench = await openCentre();
  await rule(bench, { type: 'drop' });
  expect(await readRaw(bench, 'Placement', JSON.stringify(PLACEMENT))).toBe('');
  expect(await countScripted(bench)).toBe(0);
  expect(await lastCall(bench)).toMatchObject({ status: null, outcome: 'dropped-before', applied: false });
});

test('apply-then-drop: the work is done, then the socket is cut without a byte', async () => {
  const bench = await openCentre();
  await rule(bench, { type: 'apply-then-drop' });
  expect(await readRaw(bench, 'Placement', JSON.stringify(PLACEMENT))).toBe('');
  expect(await countScripted(bench)).toBe(1);
  expect(await lastCall(bench)).toMatchObject({ status: null, outcome: 'dropped-after', applied: true });
});

test.each([
  ['hang', 0, 'dropped-before'],
  ['apply-then-hang', 1, 'dropped-after'],
] as const)('%s: no byte comes, and the connection is cut in the end', async (type, count, outcome) => {
  const bench = await openCentre();
  await rule(bench, { type, holdMs: 40 });
  const startedAtMs = performance.now();
  expect(await readRaw(bench, 'Placement', JSON.stringify(PLACEMENT))).toBe('');
  expect(performance.now() - startedAtMs).toBeGreaterThan(35);
  expect(await countScripted(bench)).toBe(count);
  expect(await lastCall(bench)).toMatchObject({ outcome, applied: count === 1 });
});

test('truncate: some bytes under the full length, then the cut', async () => {
  const bench = await openCentre();
  await rule(bench, { type: 'truncate', bytes: 3 });
  const raw = await readRaw(bench, 'Placement', JSON.stringify(PLACEMENT));
  expect(raw).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(raw).toContain('Content-Length: 5\r\n');
  expect(raw.split('\r\n\r\n')[1]).toBe('300');
  expect(await countScripted(bench)).toBe(1);
  expect(await lastCall(bench)).toMatchObject({ outcome: 'truncated', responseBody: '30009' });
});

test('slow-body: the head comes at once and the body in pieces over the time', async () => {
  const bench = await openCentre();
  await rule(bench, { type: 'slow-body', totalMs: 200 });
  await bench.get('Customer');
  const startedAtMs = performance.now();
  const token = await bench.authenticate();
  const response = await fetch(`${bench.baseUrl}/Placement`, {
    method: 'POST',
    headers: { 'X-TokenID': token, 'Content-Type': 'application/json' },
    body: JSON.stringify(PLACEMENT),
  });
  const headAfterMs = performance.now() - startedAtMs;
  expect(await response.text()).toBe('30009');
  const bodyAfterMs = performance.now() - startedAtMs;
  expect(bodyAfterMs - headAfterMs).toBeGreaterThan(100);
  expect(await lastCall(bench)).toMatchObject({ outcome: 'slow', status: 200 });
});

test('slow-body with a stall: some bytes, a long wait, the cut', async () => {
  const bench = await openCentre();
  await rule(bench, { type: 'slow-body', totalMs: 50, stallAfterBytes: 2 });
  const raw = await readRaw(bench, 'Placement', JSON.stringify(PLACEMENT));
  expect(raw.split('\r\n\r\n')[1]).toBe('30');
  expect(await countScripted(bench)).toBe(1);
});

test('a delay alone lets the normal work follow', async () => {
  const bench = await openCentre();
  await bench.door('POST', '/rules', { match: { path: 'Customer' }, delayMs: 60 });
  await bench.post('Unit/Search');
  const startedAtMs = performance.now();
  expect((await bench.get('Customer')).status).toBe(200);
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(55);
});

test('rules skip, run out, match by route, exact path and body, and the oldest goes first', async () => {
  const bench = await openCentre();
  const say = (text: string) => ({ type: 'answer', status: 200, body: text });
  const add = (match: object, text: string, more = {}) =>
    bench.door('POST', '/rules', { match, action: say(text), ...more });
  await add({ path: 'user/{anything}' }, 'route', { skip: 1 });
  await add({ path: 'User/400060' }, 'path', { times: 2 });
  await add({ bodyIncludes: 'Harrow' }, 'body', { times: null });
  const texts = async (count: number, path: string) => {
    const answers: string[] = [];
    for (let at = 0; at < count; at += 1) answers.push((await bench.get(path)).text.slice(0, 5));
    return answers;
  };
  expect(await texts(4, 'User/400060')).toEqual(['path', 'route', 'path', '{"ID"']);
  expect((await bench.post('Placement', { Name: 'Harrow' })).text).toBe('body');
  expect((await bench.post('Placement', { Name: 'Harrow' })).text).toBe('body');
  expect(
    (await bench.doorJson('/rules')).map(({ hitsLeft }: { hitsLeft: number | null }) => hitsLeft),
  ).toEqual([0, 0, null]);
  expect((await bench.door('DELETE', '/rules/3')).status).toBe(200);
  expect((await bench.post('Placement', { Name: 'Harrow' })).status).toBe(400);
  await bench.door('DELETE', '/rules');
  expect(await bench.doorJson('/rules')).toEqual([]);
});

test('a call whose client went away during the delay is done and marked as such', async () => {
  const bench = await openCentre();
  await rule(bench, null, { action: undefined, delayMs: 80 });
  const token = await bench.authenticate();
  const gone = fetch(`${bench.baseUrl}/Placement`, {
    method: 'POST',
    headers: { 'X-TokenID': token, 'Content-Type': 'application/json' },
    body: JSON.stringify(PLACEMENT),
    signal: AbortSignal.timeout(30),
  });
  await expect(gone).rejects.toThrow();
  await expect.poll(() => countScripted(bench)).toBe(1);
  expect(await lastCall(bench)).toMatchObject({ outcome: 'client-gone', applied: true });
});

test('latency holds up every answer, many at a time', async () => {
  const bench = await openCentre();
  await bench.get('Customer');
  await bench.set({ 'latency-ms': 60 });
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: 40 }, () => bench.get('Customer')));
  const tookMs = performance.now() - startedAtMs;
  expect(tookMs).toBeGreaterThanOrEqual(55);
  expect(tookMs).toBeLessThan(40 * 60);
});

test('a client that goes away in the middle of a slow body does no harm', async () => {
  const bench = await openCentre();
  await rule(bench, { type: 'slow-body', totalMs: 300 });
  const token = await bench.authenticate();
  const gone = async () => {
    const response = await fetch(`${bench.baseUrl}/Placement`, {
      method: 'POST',
      headers: { 'X-TokenID': token, 'Content-Type': 'application/json' },
      body: JSON.stringify(PLACEMENT),
      signal: AbortSignal.timeout(60),
    });
    return response.text();
  };
  await expect(gone()).rejects.toThrow();
  expect((await bench.post('Placement', PLACEMENT)).text).toBe('30010');
});
