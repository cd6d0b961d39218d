import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { WorkState } from '../ops/connector.ts';
import { toStateOf } from '../ops/connector.ts';
import { runProgram } from './program.ts';

/** A Kafka Connect with at most one connector, which follows every request. */
async function startConnect() {
  const connector = { state: 'RUNNING' as WorkState, config: null as unknown };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const act = `${request.method} ${request.url?.replace('/connectors/pics', '')}`;
    if (act === 'PUT /config') connector.config = JSON.parse(body);
    if (act === 'PUT /resume') connector.state = 'RUNNING';
    const { state, config } = connector;
    const tasks = state === 'STOPPED' ? [] : [{ id: 0, state }];
    const answer = act === 'GET /status' ? { connector: { state }, tasks } : config;
    response.writeHead(config === null ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { connector, url, [Symbol.asyncDispose]: close };
}

async function apply(url: string) {
  const texts = { out: '', told: '' };
  const code = await runProgram(['connector', 'apply', '--timeout', '1'], {
    env: {
      PICS_SYNC_CONFIG: '',
      PICS_SYNC_CONNECT_URL: url,
      PICS_SYNC_PICS_PASSWORD: 'sesame',
      PICS_SYNC_CONNECTOR_PASSWORD: 'sesame',
    },
    write: (text) => {
      texts.out += text;
    },
    tell: (text) => {
      texts.told += text;
    },
    isTerminal: false,
    signal: new AbortController().signal,
  });
  return { code, ...texts };
}

test.each(['STOPPED', 'PAUSED'] as const)(
  'apply resumes a connector that is %s and says so',
  async (state) => {
    await using one = await startConnect();
    const first = await apply(one.url);
    expect(first).toMatchObject({ code: 0, out: 'pics: connector RUNNING, task 0 RUNNING\n' });
    expect(first.told).not.toContain('resumed');
    one.connector.state = state;
    const again = await apply(one.url);
    expect(again).toMatchObject({ code: 0, out: 'pics: connector RUNNING, task 0 RUNNING\n' });
    expect(again.told).toContain(`The connector was ${state} and has been resumed.`);
  },
);

test.each<[string, WorkState, WorkState[], string]>([
  ['both run', 'RUNNING', ['RUNNING'], 'RUNNING'],
  ['both are paused', 'PAUSED', ['PAUSED'], 'PAUSED'],
  ['the task has failed', 'RUNNING', ['FAILED'], 'FAILED'],
  ['the connector has failed', 'FAILED', [], 'FAILED'],
  ['there is no task yet', 'RUNNING', [], 'STARTING'],
  ['the task still runs while the connector is paused', 'PAUSED', ['RUNNING'], 'CHANGING'],
  ['the connector starts again', 'RESTARTING', ['RUNNING'], 'RESTARTING'],
  ['the task has no worker', 'RUNNING', ['UNASSIGNED'], 'UNASSIGNED'],
])('%s', (_title, state, tasks, expected) => {
  const status = { state, reason: null, tasks: tasks.map((one, id) => ({ id, state: one, reason: null })) };
  expect(toStateOf(status)).toBe(expected);
});
