import { createServer, type Server, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { closePool, openPool } from './pool.ts';

/** What a PostgreSQL server says first: signed in, ready for a statement. */
const ready = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);
/** The statement is done, ready for the next. */
const done = Buffer.concat([
  Buffer.from([0x43, 0, 0, 0, 13]),
  Buffer.from('SELECT 0\0'),
  Buffer.from([0x5a, 0, 0, 0, 5, 0x49]),
]);

/**
 * A server that signs everyone in and answers a statement when the test lets it; `isMute`: not even the sign-in.
 * Time-outs of the client are the test's to let pass.
 */
async function setup({ isMute = false } = {}) {
  const sockets: Socket[] = [];
  const asked: (() => void)[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    let isSignedIn = false;
    socket.on('data', (data) => {
      if (isMute) return;
      if (!isSignedIn) socket.write(ready);
      else if (data[0] === 0x51) asked.push(() => void socket.write(done));
      isSignedIn = true;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const pool = openPool({
    connection: { host: '127.0.0.1', port: address.port, database: 'd', user: 'u', password: 'p' },
    connections: 2,
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(async () => {
    vi.useRealTimers();
    pool.on('connect', (client) => client.on('error', () => {}));
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const until = (isSo: () => boolean) => vi.waitUntil(isSo, { timeout: 5_000, interval: 5 });
  return { pool, asked, sockets, until };
}

test('more statements than connections wait for their turn, however long that takes', async () => {
  const { pool, asked, until } = await setup();
  const ends = Array.from({ length: 5 }, () => pool.query('select'));
  await until(() => asked.length === 2);
  expect(pool.waitingCount).toBe(3);
  await vi.advanceTimersByTimeAsync(20_000);
  for (let turn = 0; turn < 5; turn += 1) {
    await until(() => asked.length > 0);
    asked.shift()?.();
    await vi.advanceTimersByTimeAsync(3_000);
  }
  expect(await Promise.all(ends)).toHaveLength(5);
  await closePool(pool);
});

test('a server that takes a connection and says nothing fails the connecting', async () => {
  const { pool, sockets, until } = await setup({ isMute: true });
  const end = pool.query('select').catch((error: Error) => error.message);
  await until(() => sockets.length === 1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await end).toMatch(/timeout/);
  await closePool(pool);
});

test('a statement that is never answered fails, and its connection is not used again', async () => {
  const { pool, asked, sockets, until } = await setup();
  const end = pool.query('select').catch((error: Error) => error.message);
  await until(() => asked.length === 1);
  await vi.advanceTimersByTimeAsync(35_000);
  expect(await end).toBe('Query read timeout');
  expect(pool.totalCount).toBe(0);
  const next = pool.query('select');
  await until(() => asked.length === 2);
  asked[1]?.();
  await next;
  expect(sockets).toHaveLength(2);
  await closePool(pool);
});

test('closing waits for a lent connection, but not without end', async () => {
  const { pool } = await setup();
  const client = await pool.connect();
  client.on('error', () => {});
  let isClosed = false;
  const end = closePool(pool).then(() => {
    isClosed = true;
  });
  await vi.advanceTimersByTimeAsync(4_000);
  expect(isClosed).toBe(false);
  await vi.advanceTimersByTimeAsync(2_000);
  await end;
});
