import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSimulator } from '../../../../simulators/smart-assessor/simulator.ts';
import { simulatorConnection, ways } from '../../../../test/support/smart-assessor-client.ts';
import { createTransport, type Transport, type WireAnswer } from './transport.ts';

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

/** A server of one test and a transport to it. */
async function setup(serve: Serve, limits: { readonly timeoutMs?: number } = {}) {
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transport = createTransport(simulatorConnection(ways[0], { origin, connectMs: 1_000 }));
  onTestFinished(async () => {
    await transport.close();
    server.closeAllConnections();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  return { origin, transport, get: (path = '/') => get(transport, path, limits.timeoutMs) };
}

function get(transport: Transport, path: string, timeoutMs = 5_000): Promise<WireAnswer> {
  return transport.send({
    method: 'GET',
    path,
    headers: { accept: 'application/json' },
    body: null,
    timeoutMs,
  });
}

describe('an answer', () => {
  test('comes with its status, its headers and its text', async () => {
    const { get } = await setup((request, response) => {
      response
        .writeHead(201, { 'X-Next-Page': '2' })
        .end(JSON.stringify([request.url, request.headers['accept-encoding']]));
    });
    expect(await get('/a?b=c')).toMatchObject({
      kind: 'answer',
      status: 201,
      body: '["/a?b=c","gzip"]',
      headers: { 'x-next-page': '2' },
    });
  });

  test('is unpacked, and a mark of the byte order is left out', async () => {
    const { get } = await setup((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('\uFEFF["é"]'));
    });
    expect(await get()).toMatchObject({ kind: 'answer', body: '["é"]' });
  });

  test('that leads elsewhere is an answer; nothing is followed, and no cookie comes back', async () => {
    const seen: (string | undefined)[] = [];
    const { get } = await setup((request, response) => {
      seen.push(`${request.url} ${request.headers.cookie ?? 'no cookie'}`);
      response.writeHead(302, { location: '/elsewhere', 'set-cookie': 'a=b' }).end();
    });
    expect(await get('/here')).toMatchObject({ status: 302 });
    await get('/again');
    expect(seen).toEqual(['/here no cookie', '/again no cookie']);
  });
});

describe('an answer that is not whole is lost, whatever its status', () => {
  test.each([
    [
      'it ends before its length',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('[{"id":1}]', () => response.destroy());
      },
    ],
    [
      'its last chunk does not come',
      (response: ServerResponse) => {
        response.writeHead(200);
        response.write('[{"id":1},', () => response.destroy());
      },
    ],
    [
      'it is packed and cut',
      (response: ServerResponse) => {
        response
          .writeHead(200, { 'content-encoding': 'gzip' })
          .end(gzipSync('[1,2,3]'.repeat(99)).subarray(0, 20));
      },
    ],
    [
      'it is not packed although it says so',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end('[]');
      },
    ],
  ])('%s', async (_title, answer) => {
    const { get } = await setup((_, response) => answer(response));
    expect(await get()).toMatchObject({ kind: 'lost', cause: 'cut' });
  });

  test('it stalls until the time limit', async () => {
    const { get } = await setup((_, response) => void response.writeHead(200).write('['), { timeoutMs: 150 });
    expect(await get()).toEqual({ kind: 'lost', cause: 'timeout', detail: 'TIMEOUT' });
  });

  test('it is longer than 64 MiB, packed or not', async () => {
    const mebibyte = Buffer.alloc(1024 * 1024, 'a');
    const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024, 'a'), { level: 1 });
    const { get } = await setup((request, response) => {
      response.on('error', () => {});
      if (request.url === '/packed')
        return void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
      for (let n = 0; n < 65; n += 1) response.write(mebibyte);
      return void response.end();
    });
    expect(await get('/packed')).toMatchObject({ kind: 'lost', cause: 'cut' });
    expect(await get('/plain')).toEqual({ kind: 'lost', cause: 'cut', detail: 'TOO_LARGE' });
  });
});

describe('the guard (7.3)', () => {
  test.each([['//evil.example/x'], ['http://evil.example/x'], ['learners'], ['']])(
    'the path %j leads nowhere else',
    async (path) => {
      let count = 0;
      const { get } = await setup(() => {
        count += 1;
      });
      await expect(get(path)).rejects.toThrow('not one that may be called');
      expect(count).toBe(0);
    },
  );

  test.each([
    'https://api.smartassessor.example:883',
    'http://10.0.0.1',
    'http://192.168.1.1:8080',
    'http://0.0.0.0:1',
  ])('is asked before each request: %s is never called', async (origin) => {
    for (const way of ways) {
      const transport = createTransport(simulatorConnection(way, { origin }));
      await expect(get(transport, '/x')).rejects.toThrow('not one that may be called');
      await transport.close();
    }
  });
});

test('the simulator over sockets: both contracts, with a fault on the wire', async () => {
  const simulator = await startSimulator({ size: 'small' });
  onTestFinished(() => simulator.stop());
  const { origin } = new URL(simulator.baseUrl);
  const transport = createTransport(simulatorConnection(ways[0], { origin }));
  onTestFinished(() => transport.close());
  expect(await get(transport, '/api/v1/ping')).toMatchObject({ kind: 'answer', status: 401 });
  await fetch(`${simulator.controlUrl}/rules`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ match: {}, action: { type: 'drop' } }),
  });
  expect(await get(transport, '/api/v1/ping')).toMatchObject({ kind: 'lost', cause: 'cut' });
});
