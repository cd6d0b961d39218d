import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createRegistry, RegistryUnavailable } from './registry.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

type Seen = { readonly request: string; readonly body: string };
type Answer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The line is cut in the middle of the body. */
  readonly isCut?: boolean;
};

const html = '<html><body>default backend - 404</body></html>';

/** A registry whose responses the test chooses. A text is sent as it is, anything else as JSON. */
async function setup(answer: (request: string) => Answer) {
  const seen: Seen[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const asked = `${request.method} ${request.url}`;
    seen.push({ request: asked, body });
    const { status, body: answered, headers = {}, isCut = false } = answer(asked);
    const text = typeof answered === 'string' ? answered : JSON.stringify(answered);
    const length = isCut ? { 'content-length': '100' } : {};
    response.writeHead(status, { 'content-type': 'application/json', ...headers, ...length });
    if (isCut) response.write(text, () => response.destroy());
    else response.end(text);
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  closers.push(close);
  const { port } = server.address() as AddressInfo;
  const open = (url = `http://127.0.0.1:${port}/`) =>
    createRegistry({ url, attempts: 3, timeoutMs: 2_000, sleep: async () => {} });
  return { registry: open(), open, seen, close, port };
}

test('a schema is fetched by id, once for all concurrent requests', async () => {
  const schema = {
    type: 'record',
    name: 'A',
    fields: [{ name: 'at', type: { type: 'long', 'connect.name': 'X' } }],
  };
  const { registry, seen } = await setup(() => ({ status: 200, body: { schema: JSON.stringify(schema) } }));
  const answers = await Promise.all([registry.getWriterSchema(7), registry.getWriterSchema(7)]);
  expect(answers).toEqual([schema, schema]);
  expect(seen.map(({ request }) => request)).toEqual(['GET /apis/ccompat/v7/schemas/ids/7']);
});

test('an id that the registry says it does not have gives null, not an error', async () => {
  const { registry, seen } = await setup(() => ({ status: 404, body: { error_code: 40403, message: 'no' } }));
  expect(await registry.getWriterSchema(7)).toBe(null);
  expect(seen).toHaveLength(1);
  await registry.check();
});

describe('what is no answer of a registry in order is an outage, and the next record asks again', () => {
  const schema = { schemaType: 'AVRO', schema: '"string"' };
  const outages: readonly (readonly [string, Answer])[] = [
    ['a 404 of a proxy without a registry behind it', { status: 404, body: html }],
    ['a 404 in JSON that is not about the schema', { status: 404, body: { message: 'no route' } }],
    ['a 404 about something else', { status: 404, body: { error_code: 404, message: 'not found' } }],
    ['a 400', { status: 400, body: { error_code: 400, message: 'bad request' } }],
    ['a token that has expired', { status: 401, body: { message: 'unauthorised' } }],
    ['a permission that was taken away', { status: 403, body: html }],
    ['a redirect to a sign-in page', { status: 302, body: '', headers: { location: '/sign-in' } }],
    ['a page of HTML with status 200', { status: 200, body: html }],
    ['JSON without a schema', { status: 200, body: { status: 'UP' } }],
    ['a bare null', { status: 200, body: null }],
    ['a line that is cut within the answer', { status: 200, body: '{"schema":"\\"str', isCut: true }],
    ['too many requests', { status: 429, body: {} }],
    ['an error of the server', { status: 500, body: { error_code: 50001 } }],
    ['a gateway that cannot reach it', { status: 502, body: html }],
  ];

  test.each(outages)('%s', async (_, outage) => {
    let isAway = true;
    const { registry, seen } = await setup((request) =>
      isAway && !request.includes('sign-in') ? outage : { status: 200, body: schema },
    );
    await expect(registry.getWriterSchema(7)).rejects.toThrow(RegistryUnavailable);
    await expect(registry.check()).rejects.toThrow(RegistryUnavailable);
    await expect(registry.registerSchema('t', { type: 'string' })).rejects.toThrow(RegistryUnavailable);
    expect(seen).toHaveLength(9);
    isAway = false;
    expect(await registry.getWriterSchema(7)).toEqual({ type: 'string' });
  });

  test('a port that nothing listens on, another protocol, a name that does not resolve', async () => {
    const { registry, open, close, port } = await setup(() => ({ status: 200, body: schema }));
    const tlsToPlain = open(`https://127.0.0.1:${port}`);
    await expect(tlsToPlain.getWriterSchema(7)).rejects.toThrow(RegistryUnavailable);
    await expect(open('http://registry.invalid').getWriterSchema(7)).rejects.toThrow(RegistryUnavailable);
    await close();
    await expect(registry.getWriterSchema(7)).rejects.toThrow(RegistryUnavailable);
    await expect(registry.check()).rejects.toThrow('does not answer');
  });

  test('no answer in time', async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(async () => server.close(() => {}) && server.closeAllConnections());
    const { port } = server.address() as AddressInfo;
    const registry = createRegistry({ url: `http://127.0.0.1:${port}`, attempts: 1, timeoutMs: 20 });
    await expect(registry.getWriterSchema(7)).rejects.toThrow(RegistryUnavailable);
  });
});

test('an outage that is over before the attempts are used up is not seen', async () => {
  const answers: Answer[] = [
    { status: 503, body: { message: 'busy' } },
    { status: 404, body: html },
    { status: 200, body: { schema: '"string"' } },
  ];
  const { registry, seen } = await setup(() => answers.shift() ?? { status: 500, body: {} });
  expect(await registry.getWriterSchema(7)).toEqual({ type: 'string' });
  expect(seen).toHaveLength(3);
});

test.each([{ schema: 'syntax = "proto3"' }, { schema: '{"type":"object"}', schemaType: 'JSON' }])(
  'a schema that is not Avro is returned as one that decodes nothing',
  async (body) => {
    const { registry } = await setup(() => ({ status: 200, body }));
    expect(await registry.getWriterSchema(7)).toEqual({ type: 'not-avro' });
  },
);

const noLevel = { status: 404, body: { error_code: 40408, message: 'no level' } };

test('a schema is registered for the values of its topic, and must stay readable by older ones', async () => {
  const { registry, seen } = await setup((request) =>
    request.startsWith('GET /apis/ccompat/v7/config') ? noLevel : { status: 200, body: { id: 12 } },
  );
  const schema = { type: 'record', name: 'A', fields: [] };
  expect(await registry.registerSchema('t1.picsync.link', schema)).toBe(12);
  const asked = seen.map(({ request }) => request.replace('/apis/ccompat/v7', ''));
  expect(asked).toEqual([
    'POST /subjects/t1.picsync.link-value/versions',
    'GET /config/t1.picsync.link-value',
    'PUT /config/t1.picsync.link-value',
  ]);
  expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ schema: JSON.stringify(schema) });
  expect(JSON.parse(seen[2]?.body ?? '')).toEqual({ compatibility: 'BACKWARD' });
});

test.each(['BACKWARD', 'FULL_TRANSITIVE'])('a level of %s that is set already stays', async (level) => {
  const { registry, seen } = await setup((request) =>
    request.startsWith('POST')
      ? { status: 200, body: { id: 12 } }
      : { status: 200, body: { compatibilityLevel: level } },
  );
  expect(await registry.registerSchema('picsync.link', { type: 'record', name: 'A', fields: [] })).toBe(12);
  expect(seen.filter(({ request }) => request.startsWith('PUT'))).toEqual([]);
});

test('a subject that another process sets up at the same moment is registered', async () => {
  const taken = { error_code: 409, message: "A rule named 'COMPATIBILITY' already exists." };
  let posts = 0;
  const { registry } = await setup((request) => {
    if (request.startsWith('POST')) posts += 1;
    const isMade = { error_code: 409, message: 'An artifact with that ID already exists.' };
    if (request.startsWith('POST'))
      return posts === 1 ? { status: 409, body: isMade } : { status: 200, body: { id: 12 } };
    return request.startsWith('PUT') ? { status: 409, body: taken } : noLevel;
  });
  expect(await registry.registerSchema('picsync.link', { type: 'record', name: 'A', fields: [] })).toBe(12);
});

test('when the registry refuses a schema, the error names the topic', async () => {
  const { registry } = await setup(() => ({ status: 409, body: { error_code: 409 } }));
  const schema = { type: 'record', name: 'A', fields: [] };
  await expect(registry.registerSchema('picsync.link', schema)).rejects.toThrow('picsync.link');
});
