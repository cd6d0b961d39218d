import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../config/config.ts';
import type { WorkState } from '../ops/connector.ts';
import { toStateOf } from '../ops/connector.ts';
import { readConnectorDrift } from './connector.ts';
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

async function apply(url: string, settings: Readonly<Record<string, string>> = {}, file?: string) {
  const texts = { out: '', told: '' };
  const folder = await mkdtemp(path.join(tmpdir(), 'pics-sync-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const config = path.join(folder, 'pics-sync.yaml');
  if (file !== undefined) await writeFile(config, file);
  const code = await runProgram(['connector', 'apply', '--timeout', '1'], {
    env: {
      PICS_SYNC_CONFIG: file === undefined ? '' : config,
      PICS_SYNC_CONNECT_URL: url,
      PICS_SYNC_PICS_PASSWORD: 'sesame',
      PICS_SYNC_CONNECTOR_PASSWORD: 'sesame',
      ...settings,
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

test('A-43: the captured columns follow the settings: a details mode adds the columns that it sends', async () => {
  await using one = await startConnect();
  const columns = () =>
    String((one.connector.config as Record<string, string>)['column.include.list']).split(',');
  await apply(one.url);
  const before = columns();
  expect(before).toContain(String.raw`pics\.trqual\.regno`);
  const personal =
    /sex|birthdate|ninumber|ethnic|disab|prim_lldd|email|phone|mobile|postcode|addr|surname|miap_uln/;
  expect(before.filter((column) => personal.test(column))).toEqual([]);
  const pushed = await apply(one.url, {
    PICS_SYNC_ONEFILE_LEARNER_DETAILS: 'push',
    PICS_SYNC_ONEFILE_LEARNER_DETAIL_FIELDS: 'phones,ethnicity',
  });
  expect(pushed.code).toBe(0);
  expect(columns().filter((column) => !before.includes(column))).toEqual([
    String.raw`pics\.trainee\.phone`,
    String.raw`pics\.trainee\.mobile`,
    String.raw`pics\.pctrndet\.ethnic`,
  ]);
});

test('what differs between the settings and the connector is named, and the password is no difference', async () => {
  await using one = await startConnect();
  const drift = async (settings: Readonly<Record<string, string>> = {}) => {
    const env = { PICS_SYNC_CONNECT_URL: one.url, PICS_SYNC_PICS_PASSWORD: 'sesame', ...settings };
    const read = readConfig(undefined, env);
    if (read.kind === 'faults') throw new Error(JSON.stringify(read.faults));
    return readConnectorDrift(read.config);
  };
  expect(await drift()).toBeNull();
  await apply(one.url);
  expect(await drift()).toEqual([]);
  expect(await drift({ PICS_SYNC_ONEFILE_OFFICER_DETAILS: 'push' })).toEqual([
    'column.include.list',
    'column.truncate.to.2000.chars',
  ]);
  expect(await drift({ PICS_SYNC_CONNECTOR_SLOT: 'other' })).toEqual(['slot.name']);
});

test('A-11: a site’s own names are in the connector’s lists', async () => {
  await using one = await startConnect();
  await apply(
    one.url,
    {},
    'pics:\n  mapping:\n    qualification: { schema: mis, table: aims, columns: { registrationNumber: reg_no } }\n',
  );
  expect(one.connector.config).toMatchObject({
    'table.include.list': expect.stringContaining(String.raw`mis\.aims`),
    'column.include.list': expect.stringContaining(String.raw`mis\.aims\.reg_no`),
    'column.truncate.to.2000.chars': expect.stringContaining(String.raw`mis\.aims\.reg_no`),
  });
});

test('apply refuses while a vendor’s settings have faults: its columns would be left out', async () => {
  await using one = await startConnect();
  const refused = await apply(one.url, { PICS_SYNC_ONEFILE_LEARNER_DETAILS: 'both' });
  expect(refused.code).not.toBe(0);
  expect(refused.told).toContain('config check');
  expect(one.connector.config).toBeNull();
});
