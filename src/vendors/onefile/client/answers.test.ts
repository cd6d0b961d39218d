import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { setupOneFile } from '../../../../test/support/onefile-client.ts';
import type { Call } from '../../../domain/step.ts';
import { classifyAnswer } from './answers.ts';

type Meaning = ReturnType<typeof classifyAnswer>;
type Answering = (request: IncomingMessage, response: ServerResponse) => void;

const oneFilesError = {
  'content-type': 'application/json',
  body: '{"code":-9999,"message":"No such thing"}',
};
const page = { 'content-type': 'text/html', body: '<!DOCTYPE html><title>Down for maintenance</title>' };
const gatewaysJson = { 'content-type': 'application/json', body: '{"message":"no Route matched"}' };
const words = { 'content-type': 'text/plain', body: 'default backend - 404' };
const silence = { 'content-type': 'text/plain', body: '' };
const bodies = { oneFilesError, page, gatewaysJson, words, silence };

/** By status: what an answer means with each body, in the order of `bodies`. */
const table: readonly { readonly status: number; readonly expected: readonly Meaning[] }[] = [
  { status: 200, expected: ['unknown', 'unknown', 'done', 'unknown', 'done'] },
  { status: 301, expected: ['unknown', 'unknown', 'unknown', 'unknown', 'unknown'] },
  { status: 302, expected: ['unknown', 'unknown', 'unknown', 'unknown', 'unknown'] },
  { status: 307, expected: ['unknown', 'unknown', 'unknown', 'unknown', 'unknown'] },
  { status: 308, expected: ['unknown', 'unknown', 'unknown', 'unknown', 'unknown'] },
  { status: 400, expected: ['refused', 'unknown', 'refused', 'refused', 'refused'] },
  { status: 401, expected: ['unauthorized', 'unauthorized', 'unauthorized', 'unauthorized', 'unauthorized'] },
  { status: 403, expected: ['refused', 'unknown', 'unknown', 'unknown', 'unknown'] },
  { status: 404, expected: ['refused', 'unknown', 'unknown', 'unknown', 'unknown'] },
  { status: 405, expected: ['refused', 'unknown', 'unknown', 'unknown', 'unknown'] },
  { status: 407, expected: ['refused', 'unknown', 'unknown', 'unknown', 'unknown'] },
  { status: 408, expected: ['unknown', 'unknown', 'unknown', 'unknown', 'unknown'] },
  { status: 409, expected: ['refused', 'unknown', 'refused', 'refused', 'refused'] },
  { status: 413, expected: ['refused', 'unknown', 'unknown', 'unknown', 'unknown'] },
  { status: 415, expected: ['refused', 'unknown', 'unknown', 'unknown', 'unknown'] },
  { status: 422, expected: ['refused', 'unknown', 'refused', 'refused', 'refused'] },
  { status: 425, expected: ['unknown', 'unknown', 'unknown', 'unknown', 'unknown'] },
  { status: 429, expected: ['limited', 'limited', 'limited', 'limited', 'limited'] },
  { status: 499, expected: ['unknown', 'unknown', 'unknown', 'unknown', 'unknown'] },
  { status: 500, expected: ['unknown', 'unknown', 'unknown', 'unknown', 'unknown'] },
  { status: 502, expected: ['unknown', 'unknown', 'unknown', 'unknown', 'unknown'] },
  { status: 503, expected: ['unknown', 'unknown', 'unknown', 'unknown', 'unknown'] },
  { status: 504, expected: ['unknown', 'unknown', 'unknown', 'unknown', 'unknown'] },
];

const kinds: Readonly<Record<Meaning, string>> = {
  done: 'done',
  refused: 'rejected',
  unauthorized: 'unauthorized',
  limited: 'throttled',
  unknown: 'unknown',
};

/** An update is done with any body, so that its result shows the meaning alone. */
const update: Pick<Call, 'name' | 'request' | 'effect'> = {
  name: 'update-aim',
  effect: 'update',
  request: { aimId: '600045', learnerId: '400061', fields: { registrationNumber: 'R-7' }, verify: [] },
};
const create: Pick<Call, 'name' | 'request' | 'effect'> = {
  name: 'create-review',
  effect: 'create',
  request: {
    ...{ ident: '10001', reviewId: 'r1', learnerId: '400061', assessorId: '400002' },
    ...{ visitId: '700001', scheduledForMs: Date.UTC(2026, 5, 22, 9) },
  },
};

/** A server on the way to OneFile that answers sign-ins itself, and all else as the test wants. */
async function setup(answering: Answering, callTimeoutMs = 5_000) {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url?.endsWith('Authentication')) response.end('c2Vzc2lvbg==');
    else answering(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const one = await setupOneFile({
    connection: { baseUrl: `http://127.0.0.1:${port}/api/v2.1`, callTimeoutMs },
  });
  return {
    execute: one.execute,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await one[Symbol.asyncDispose]();
    },
  };
}

test.each(table)(
  'O4: what $status means depends on its body, over a real connection',
  async ({ status, expected }) => {
    let sent = bodies.silence;
    await using one = await setup((_request, response) => {
      const { body, ...headers } = sent;
      response.writeHead(status, { ...headers, location: '/maintenance' }).end(body);
    });
    const seen: string[] = [];
    for (const body of Object.values(bodies)) {
      sent = body;
      seen.push((await one.execute(update)).kind);
      expect(
        classifyAnswer({ kind: 'answer', status, body: body.body, serverTimeMs: null, retryAfter: null }),
      ).toBe(expected[seen.length - 1]);
    }
    expect(seen).toEqual(expected.map((meaning) => kinds[meaning]));
  },
);

test('O4: every status from 300 up that no gateway may use for a refusal is unknown without OneFile’s error', () => {
  for (let status = 300; status < 600; status += 1) {
    const answer = { kind: 'answer', status, body: page.body, serverTimeMs: null, retryAfter: null } as const;
    const expected = status === 401 ? 'unauthorized' : status === 429 ? 'limited' : 'unknown';
    expect([status, classifyAnswer(answer)]).toEqual([status, expected]);
  }
});

const half: Answering = (_request, response) => {
  response.writeHead(400, { 'content-type': 'application/json', 'content-length': '90' });
  response.write('{"code":-57,');
  setImmediate(() => response.destroy());
};
const manyBytes: Answering = (_request, response) => {
  const piece = Buffer.alloc(1024 * 1024, 0x20);
  response.writeHead(200, { 'content-type': 'application/json' });
  const write = (): void => {
    while (!response.destroyed && response.write(piece));
    if (!response.destroyed) response.once('drain', write);
  };
  write();
};
const neverHead: Answering = () => {};
const headAlone: Answering = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
};
const byDrops: Answering = (_request, response) => {
  response.writeHead(400, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
};

test.each<[string, Answering, string, number]>([
  ['a 400 is cut within its body', half, 'UND_ERR_SOCKET', 5_000],
  ['a body has no end', manyBytes, 'TOO_LARGE', 20_000],
  ['the head never comes', neverHead, 'TIMEOUT', 300],
  ['the body never comes', headAlone, 'TIMEOUT', 300],
  ['the body comes in drops for ever', byDrops, 'TIMEOUT', 300],
])('O3, O4: a create is unknown when %s', async (_title, answering, detail, callTimeoutMs) => {
  await using one = await setup(answering, callTimeoutMs);
  expect(await one.execute(create)).toEqual({ kind: 'unknown', detail });
});

test('O4: a 200 without a body is no list without records', async () => {
  await using one = await setup((_request, response) => void response.writeHead(200).end());
  const request = { learnerId: '400061' };
  expect(await one.execute({ name: 'read-reviews', request })).toEqual({
    kind: 'unknown',
    detail: 'UNREADABLE',
  });
});

test.each([403, 404])('O4: a page with %i does not mean that a record is gone', async (status) => {
  await using one = await setup((_request, response) => void response.writeHead(status).end(page.body));
  const request = { learnerId: '400061', ident: '10001' };
  const failure = { kind: 'unknown', detail: `HTTP ${status}` };
  expect(await one.execute({ name: 'check-learner', request })).toEqual(failure);
  expect(await one.execute({ name: 'read-learner', request })).toEqual(failure);
});

test.each<[string, number, string]>([
  ['OneFile answers another call', 200, 'rejected'],
  ['nothing else is answered either', 404, 'unknown'],
])('O4, G5: a 404 without a body means that a record is gone only if %s', async (_title, status, kind) => {
  await using one = await setup((request, response) => {
    const isCustomer = request.url?.endsWith('/Customer') === true;
    response.writeHead(isCustomer ? status : 404).end(isCustomer && status === 200 ? '{"ID":11}' : '');
  });
  const request = { learnerId: '400061', ident: '10001' };
  expect(await one.execute({ name: 'check-learner', request })).toMatchObject({ kind });
});

test.each<[string, number, string, string]>([
  ['a page with 403', 403, page.body, 'unreachable'],
  ['a page with 200', 200, '<html>soon</html>', 'unreachable'],
  ["OneFile's own 403", 403, oneFilesError.body, 'unauthorized'],
])('O1: a sign-in answered by %s', async (_title, status, body, kind) => {
  const server = createServer((_request, response) => void response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await using one = await setupOneFile({ connection: { baseUrl: `http://127.0.0.1:${port}/api/v2.1` } });
  expect(await one.execute(create)).toMatchObject({ kind });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
