import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createConnectClient, toFirstLine } from './connector.ts';

type Answer = { readonly status: number; readonly body?: unknown };

/** A Kafka Connect that gives prepared answers in turn and remembers the requests. */
async function setup(...answers: Answer[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const { status, body } = answers.shift() ?? { status: 500 };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? '' : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { connect: createConnectClient({ url }), asked, [Symbol.asyncDispose]: close };
}

test('a status shows connector and tasks, and only the first line of a trace', async () => {
  const trace = 'org.apache.ConnectException: gone\n\tat Some.java:1\nCaused by: Key (surname)=(Canary)';
  const body = { connector: { state: 'RUNNING' }, tasks: [{ id: 0, state: 'FAILED', trace }] };
  await using one = await setup({ status: 200, body });
  expect(await one.connect.readStatus('pics')).toEqual({
    state: 'RUNNING',
    reason: null,
    tasks: [{ id: 0, state: 'FAILED', reason: 'org.apache.ConnectException: gone' }],
  });
  expect(one.asked).toEqual(['GET /connectors/pics/status']);
});

test('a connector that does not exist gives null, not a fault', async () => {
  await using one = await setup({ status: 404, body: {} }, { status: 404, body: {} });
  expect(await one.connect.readStatus('pics')).toBeNull();
  expect(await one.connect.readConfig('pics')).toBeNull();
});

test('a refused configuration returns its reasons', async () => {
  const message =
    'Connector configuration is invalid and contains the following 1 error(s):\nslot.name is wrong\nYou can also find the above list of errors at the endpoint';
  await using one = await setup({ status: 400, body: { message } });
  expect(await one.connect.putConfig('pics', {})).toEqual({
    kind: 'refused',
    reasons: ['slot.name is wrong'],
  });
});

test('while the workers rebalance the request is repeated', async () => {
  await using one = await setup({ status: 409, body: {} }, { status: 202 });
  await one.connect.restart('pics', { onlyFailed: true });
  const restart = 'POST /connectors/pics/restart?includeTasks=true&onlyFailed=true';
  expect(one.asked).toEqual([restart, restart]);
});

test('any other answer gives a sentence with its status', async () => {
  await using one = await setup({ status: 500, body: { message: 'Canary' } });
  await expect(one.connect.pause('pics')).rejects.toThrow(
    'Kafka Connect answered 500 to PUT /connectors/pics/pause.',
  );
});

test('a first line never shows a password', () => {
  expect(toFirstLine('failed for postgres://cdc:sesame@db:5432/pics\nmore')).toBe(
    'failed for postgres://db:5432/pics',
  );
  expect(toFirstLine(undefined)).toBeNull();
});
