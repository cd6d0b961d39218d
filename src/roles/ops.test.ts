import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../base/log.ts';
import { createMetrics } from '../base/metrics.ts';
import { toConfig } from '../config/config.ts';
import { createHealth } from '../ops/health.ts';
import { runOps } from './ops.ts';
import { requireSameTime } from './ports.ts';

const passwords = { PICS_SYNC_PICS_PASSWORD: 'a', PICS_SYNC_STORE_PASSWORD: 'b' };

/** A Kafka Connect whose answers wait until they are let go. */
async function openSlowConnect() {
  const asked = Promise.withResolvers<void>();
  const mayAnswer = Promise.withResolvers<void>();
  const server = createServer((_request, response) => {
    asked.resolve();
    void mayAnswer.promise.then(() => response.writeHead(404).end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked: asked.promise, answer: mayAnswer.resolve };
}

test('a part that fails ends the others, and only then the role: none is left when it is started again', async () => {
  const connect = await openSlowConnect();
  const read = toConfig(`connect: { url: '${connect.url}' }`, { env: passwords, readFile: () => '' });
  if (read.kind === 'faults') throw new Error('the configuration is wrong');
  let state = 'running';
  const running = runOps(
    {
      config: read.config,
      log: silentLog,
      metrics: createMetrics(),
      health: createHealth(),
      status: {
        set: () => {
          throw new Error('one part has failed');
        },
        readDocument: async () => null,
        readStanding: async () => null,
      },
    },
    new AbortController().signal,
  ).catch((error: Error) => {
    state = error.message;
  });
  await connect.asked;
  expect(state).toBe('running');
  connect.answer();
  await running;
  expect(state).toBe('one part has failed');
});

/** A database whose clock is so far behind this machine's. */
function aDatabase(behindMs: number) {
  return { query: async () => ({ rows: [{ nowMs: 1_000_000 - behindMs }] }) } as never;
}

test.each([
  ['PICS', { pics: aDatabase(3_600_000), store: aDatabase(0) }, /3600\.0 s ahead of that of PICS/],
  [
    'the sync database',
    { pics: aDatabase(0), store: aDatabase(-8_000) },
    /8\.0 s behind that of the sync database/,
  ],
])('G-11: a role does not start with another time than %s, and says so', async (_of, databases, sentence) => {
  await expect(requireSameTime(databases, () => 1_000_000)).rejects.toThrow(sentence);
});

test('G-11: a few seconds between the clocks are no reason not to start', async () => {
  const databases = { pics: aDatabase(4_000), store: aDatabase(-4_000) };
  await expect(requireSameTime(databases, () => 1_000_000)).resolves.toBeUndefined();
});
