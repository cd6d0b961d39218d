import { createServer } from 'node:http';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import {
  setupSmartAssessor,
  simulatorConnection,
  type Way,
  ways,
} from '../../../../test/support/smart-assessor-client.ts';
import { silentLog } from '../../../base/log.ts';
import { createSmartAssessor } from './client.ts';
import { testConnection } from './connection-test.ts';

type ConnectionTest = Awaited<ReturnType<typeof testConnection>>;

const rest = ways[0];

/** The test over HTTP. Beyond this machine only the origin `allowed` could be called. */
async function testOrigin(origin: string, way: Way = rest, allowed?: string): Promise<ConnectionTest> {
  const port = createSmartAssessor({
    connection: simulatorConnection(way, {
      origin,
      connectMs: 300,
      readMs: 500,
      allowUnverifiedOrigin: allowed,
    }),
    budget: { take: async () => ({ waitedMs: 0 }), pauseFor: async () => {} },
    sessionCache: { read: async () => null, write: async () => {}, forget: async () => {} },
    log: silentLog,
    now: Date.now,
    steadyMs: () => performance.now(),
    sleep: async () => {},
    chance: () => 0,
  });
  onTestFinished(() => port.close());
  return testConnection(port);
}

async function listen(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return (server.address() as net.AddressInfo).port;
}

const reasonOf = (test: ConnectionTest) => (test.kind === 'failed' ? [test.code, test.reason] : test.kind);

test('SA-1: connected, through every way', async () => {
  for (const way of ways) {
    const { port } = setupSmartAssessor(way);
    expect(await testConnection(port)).toMatchObject({ kind: 'connected' });
  }
});

test('SA-1: a closed port is told apart from a wrong password, and asks for port 883', async () => {
  const server = net.createServer();
  const port = await listen(server);
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  const closed = await testOrigin(`http://127.0.0.1:${port}`);
  expect(closed).toMatchObject({ code: 'UNREACHABLE', reason: 'refused' });
  expect(closed).toMatchObject({ sentence: expect.stringContaining('is outbound port 883 open?') });
  const wrong = setupSmartAssessor(rest, { switches: { sso: 'on' } });
  expect(await testConnection(wrong.port)).toMatchObject({
    code: 'BAD_SIGN_IN',
    reason: 'login',
    sentence: expect.stringContaining('single sign-on'),
  });
});

test('SA-1: a name that is not known', async () => {
  const origin = 'http://no-such-host.invalid:883';
  expect(reasonOf(await testOrigin(origin, rest, origin))).toEqual(['UNREACHABLE', 'name']);
});

test('SA-1: a server that never answers', async () => {
  const sockets = new Set<net.Socket>();
  const port = await listen(net.createServer((socket) => void sockets.add(socket.on('error', () => {}))));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  expect(reasonOf(await testOrigin(`http://127.0.0.1:${port}`))).toEqual(['UNREACHABLE', 'timeout']);
});

test('SA-1: a port that does not speak TLS', async () => {
  const plain = await listen(createServer((_, response) => void response.end()));
  expect(reasonOf(await testOrigin(`https://127.0.0.1:${plain}`))).toEqual(['UNREACHABLE', 'tls']);
});

test.each([
  ['a web server without the interface', 404, ['UNREACHABLE', 'contract']],
  ['an error page', 502, ['UNREACHABLE', 'answer']],
  ['too many calls', 429, ['UNREACHABLE', 'busy']],
  ['the key', 403, ['BAD_SIGN_IN', 'key']],
])('SA-1: %s', async (_title, status, expected) => {
  const site = setupSmartAssessor(rest);
  site.rule({ type: 'answer', status, body: '<html></html>' }, {}, { times: null });
  expect(reasonOf(await testConnection(site.port))).toEqual(expected);
});
