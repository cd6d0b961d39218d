import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createRegistry, RegistryUnavailable } from './registry.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

type Seen = { readonly request: string; readonly body: string };

/** A registry whose responses the test chooses. */
async function setup(answer: (request: string) => { status: number; body: unknown }) {
  const seen: Seen[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const asked = `${request.method} ${request.url}`;
    seen.push({ request: asked, body });
    const { status, body: answered } = answer(asked);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answered));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  closers.push(close);
  const { port } = server.address() as AddressInfo;
  const registry = createRegistry({ url: `http://127.0.0.1:${port}/`, attempts: 3, sleep: async () => {} });
  return { registry, seen, close };
}

test('a schema is fetched by id, once for all concurrent requests', async () => {
  const schema = {
    type: 'record',
    name: 'A',
    fields: [{ name: 'at', type: { type: 'long', 'connect.name': 'X' } }],
  };
  const { registry, seen } = await setup(() => ({ status: 200, body: { schema: JSON.stringify(schema) } }));
  const answers = await Promise.all([registry.getWriterSchema(7), registry.getWriterSchema(7)]);
  const asRead = { type: 'record', name: 'A', fields: [{ name: 'at', type: 'long' }] };
  expect(answers).toEqual([asRead, asRead]);
  expect(seen.map(({ request }) => request)).toEqual(['GET /apis/ccompat/v7/schemas/ids/7']);
});

test('an unknown id gives null, not an error', async () => {
  const { registry } = await setup(() => ({ status: 404, body: { error_code: 40403, message: 'no' } }));
  expect(await registry.getWriterSchema(7)).toBe(null);
});

test('a server error is retried; one that persists is an infrastructure failure', async () => {
  let failures = 2;
  const { registry, seen } = await setup(() => {
    failures -= 1;
    return failures >= 0
      ? { status: 503, body: { message: 'busy' } }
      : { status: 200, body: { schema: '"string"' } };
  });
  expect(await registry.getWriterSchema(7)).toEqual({ type: 'string' });
  expect(seen).toHaveLength(3);
  failures = 99;
  await expect(registry.getWriterSchema(8)).rejects.toThrow(RegistryUnavailable);
});

test('a registry that is down is an infrastructure failure, and the next record asks again', async () => {
  const { registry, close } = await setup(() => ({ status: 200, body: null }));
  await close();
  await expect(registry.getWriterSchema(7)).rejects.toThrow(RegistryUnavailable);
  await expect(registry.getWriterSchema(7)).rejects.toThrow(RegistryUnavailable);
  await expect(registry.check()).rejects.toThrow('does not answer');
});

test('a schema that is not Avro is returned as one that decodes nothing', async () => {
  const { registry } = await setup(() => ({ status: 200, body: { schema: 'syntax = "proto3"' } }));
  expect(await registry.getWriterSchema(7)).toEqual({ type: 'not-avro' });
});

test('a schema is registered for the values of its topic, and must stay readable by older ones', async () => {
  const { registry, seen } = await setup((request) =>
    request.startsWith('GET /apis/ccompat/v7/config')
      ? { status: 404, body: {} }
      : { status: 200, body: { id: 12 } },
  );
  const schema = { type: 'record', name: 'A', fields: [] };
  expect(await registry.registerSchema('t1.picsync.link', schema)).toBe(12);
  const asked = seen.map(({ request }) => request.replace('/apis/ccompat/v7', ''));
  expect(asked).toEqual([
    'GET /config/t1.picsync.link-value',
    'POST /subjects/t1.picsync.link-value/versions',
    'PUT /config/t1.picsync.link-value',
  ]);
  expect(JSON.parse(seen[1]?.body ?? '')).toEqual({ schema: JSON.stringify(schema) });
  expect(JSON.parse(seen[2]?.body ?? '')).toEqual({ compatibility: 'BACKWARD' });
});

test('a subject that another process sets up at the same moment is still registered', async () => {
  let puts = 0;
  let gets = 0;
  const { registry } = await setup((request) => {
    if (request.startsWith('POST')) return { status: 200, body: { id: 12 } };
    if (request.startsWith('PUT')) {
      puts += 1;
      return {
        status: 409,
        body: { error_code: 409, message: "A rule named 'COMPATIBILITY' already exists." },
      };
    }
    gets += 1;
    if (gets === 1) return { status: 404, body: {} };
    return { status: 200, body: { compatibilityLevel: gets === 2 ? 'NONE' : 'BACKWARD' } };
  });
  expect(await registry.registerSchema('picsync.link', { type: 'record', name: 'A', fields: [] })).toBe(12);
  expect({ gets, puts }).toEqual({ gets: 3, puts: 1 });
});

test('when the registry refuses a schema, the error names the topic', async () => {
  const { registry } = await setup((request) =>
    request.startsWith('GET') ? { status: 404, body: {} } : { status: 409, body: { error_code: 409 } },
  );
  const schema = { type: 'record', name: 'A', fields: [] };
  await expect(registry.registerSchema('picsync.link', schema)).rejects.toThrow('picsync.link');
});
