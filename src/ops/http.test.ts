import { expect, test } from 'vitest';
import { createMetrics } from '../base/metrics.ts';
import { createHealth, createOpsServer, startOpsServer } from './health.ts';

function setup({ status }: { status?: () => Promise<unknown> } = {}) {
  const metrics = createMetrics();
  const health = createHealth({ timeoutMs: 20 });
  const server = createOpsServer({ metrics, health, ...(status && { status }) });
  return { metrics, health, server };
}

test('metrics are served as text for Prometheus', async () => {
  const { metrics, server } = setup();
  metrics.counter({ name: 'calls_total', help: 'Calls.', labels: [] }).add({});
  const reply = await server.inject('/metrics');
  expect(reply.headers['content-type']).toContain('text/plain');
  expect(reply.body).toContain('pics_sync_calls_total 1');
});

test('live and ready are separate, with each check by name', async () => {
  const { health, server } = setup();
  health.register('live', 'loop', () => ({ isOk: true, detail: 'turning' }));
  health.register('ready', 'outbound', async () => ({ isOk: false, detail: 'starting' }));
  expect((await server.inject('/healthz')).statusCode).toBe(200);
  const ready = await server.inject('/readyz');
  expect(ready.statusCode).toBe(503);
  expect(ready.json()).toEqual({ isOk: false, checks: { outbound: { isOk: false, detail: 'starting' } } });
  health.register('ready', 'outbound', () => ({ isOk: true, detail: 'running' }));
  expect((await server.inject('/readyz')).statusCode).toBe(200);
});

test('a check that throws or hangs is not ok, and its error is not shown', async () => {
  const { health, server } = setup();
  health.register('ready', 'throws', () => {
    throw new Error('Canary');
  });
  health.register('ready', 'hangs', () => new Promise(() => {}));
  const { body, statusCode } = await server.inject('/readyz');
  expect(statusCode).toBe(503);
  expect(JSON.parse(body).checks).toEqual({
    throws: { isOk: false, detail: 'the check failed' },
    hangs: { isOk: false, detail: 'no answer in time' },
  });
});

test.each([
  ['GET', '/nowhere', 404, 'This page does not exist. Try /metrics, /healthz, /readyz.'],
  ['POST', '/metrics', 405, 'Only GET is allowed here.'],
  ['GET', '/status.json', 404, 'This page does not exist. Try /metrics, /healthz, /readyz.'],
] as const)('%s %s is answered with %i and a sentence', async (method, url, code, error) => {
  const reply = await setup().server.inject({ method, url });
  expect(reply.statusCode).toBe(code);
  expect(reply.json()).toEqual({ error });
});

test('an error while reading is not shown', async () => {
  const { server } = setup({ status: () => Promise.reject(new Error('Canary')) });
  const reply = await server.inject('/status.json');
  expect(reply.statusCode).toBe(500);
  expect(reply.body).not.toContain('Canary');
});

test('a port in use gives one clear sentence', async () => {
  const first = await startOpsServer(setup().server, { host: '127.0.0.1', port: 0 });
  const second = startOpsServer(setup().server, { host: '127.0.0.1', port: first.port });
  await expect(second).rejects.toThrow(`Port ${first.port} on 127.0.0.1 is in use by another process.`);
  await first.close();
});
