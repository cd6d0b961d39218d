import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createPageWorld, createVisit, ownPassword, type PageWorld } from '../../test/support/page-world.ts';
import { certificate, key } from '../../test/support/tls-certificate.ts';
import { createLog } from '../base/log.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function setup(options: Parameters<typeof createPageWorld>[0] = {}) {
  const world = await createPageWorld(options);
  closers.push(() => world.server.close());
  await world.addUser('vera', 'viewer');
  await world.addUser('olaf', 'operator');
  await world.addUser('ada', 'admin');
  return world;
}

async function visit(world: PageWorld, name: string) {
  const browser = createVisit(world);
  await browser.signIn(name);
  return browser;
}

const skip = { kind: 'skip', vendor: 'onefile', payload: { held: '1', reason: 'left the company' } };

describe('signing in', () => {
  test('the cookie of a session cannot be read by scripts, nor sent from other sites', async () => {
    const world = await setup();
    const reply = await createVisit(world).signIn('olaf');
    expect(reply.statusCode).toBe(204);
    const [cookie] = reply.cookies;
    expect(cookie).toMatchObject({ name: 'picsync_session', httpOnly: true, sameSite: 'Strict', path: '/' });
    expect(cookie).not.toHaveProperty('secure');
    expect(cookie?.value).toMatch(/^[\w-]{43}$/);
  });

  test('behind TLS the cookie is sent over TLS alone', async () => {
    const world = await setup({ trustedProxies: ['127.0.0.1'] });
    const headers = { 'x-forwarded-proto': 'https', origin: 'https://localhost' };
    const body = { name: 'olaf', password: ownPassword };
    const reply = await createVisit(world).call('POST', '/api/sign-in', { body, headers });
    expect(reply.cookies[0]).toMatchObject({ secure: true });
    expect(reply.headers['strict-transport-security']).toContain('max-age');
  });

  test('a wrong name and a wrong password are answered alike, and as much is computed for both', async () => {
    const world = await setup();
    const wrong = await createVisit(world).signIn('olaf', 'not the password');
    const unknown = await createVisit(world).signIn('nobody', 'not the password');
    expect([wrong.statusCode, wrong.json()]).toEqual([401, unknown.json()]);
    expect(unknown.statusCode).toBe(401);
    expect(JSON.stringify(await world.store.users.listAudit({ beforeId: null, limit: 9 }))).not.toContain(
      'nobody',
    );
  });

  test('five wrong passwords within a quarter of an hour slow the user down at that address alone', async () => {
    let atMs = Date.now();
    const world = await setup({ nowMs: () => atMs });
    const codes: number[] = [];
    for (let n = 0; n < 6; n += 1) codes.push((await createVisit(world).signIn('olaf', 'guess')).statusCode);
    expect(codes).toEqual([401, 401, 401, 401, 401, 429]);
    const right = await createVisit(world).signIn('olaf');
    expect([right.statusCode, right.headers['retry-after']]).toEqual([429, '900']);
    expect((await createVisit(world).signIn('ada')).statusCode).toBe(204);
    atMs += 15 * 60_000;
    expect((await createVisit(world).signIn('olaf')).statusCode).toBe(204);
  });

  test('a name that does not exist is slowed down like one that does', async () => {
    const world = await setup();
    const codes: number[] = [];
    for (let n = 0; n < 6; n += 1)
      codes.push((await createVisit(world).signIn('nobody', 'guess')).statusCode);
    expect(codes).toEqual([401, 401, 401, 401, 401, 429]);
  });

  test('a thousand attempts with a thousand names are stopped after 25', async () => {
    const world = await setup();
    const codes = new Map<number, number>();
    for (let n = 0; n < 1_000; n += 1) {
      const body = { name: `name${n}`, password: 'guess' };
      const { statusCode } = await createVisit(world).call('POST', '/api/sign-in', { body });
      codes.set(statusCode, (codes.get(statusCode) ?? 0) + 1);
    }
    expect(Object.fromEntries(codes)).toEqual({ 401: 25, 429: 975 });
  });

  test('a session that was planted before signing in is worth nothing afterwards', async () => {
    const world = await setup();
    const planted = `picsync_session=${'a'.repeat(43)}`;
    const body = { name: 'olaf', password: ownPassword };
    const browser = createVisit(world);
    await browser.call('POST', '/api/sign-in', { body, headers: { cookie: planted } });
    expect(browser.cookie).not.toBe(planted);
    const reply = await createVisit(world).call('GET', '/api/home', { headers: { cookie: planted } });
    expect([reply.statusCode, reply.json().code]).toEqual([401, 'SIGNED_OUT']);
  });
});

describe('a session', () => {
  test('ends after an hour without a sign of its user, and after twelve hours in any case', async () => {
    let atMs = Date.now();
    const world = await setup({ nowMs: () => atMs });
    const browser = await visit(world, 'olaf');
    const look = async (headers: Record<string, string>) =>
      (await browser.call('GET', '/api/home', { headers })).statusCode;
    atMs += 50 * 60_000;
    expect(await look({ 'x-picsync-active': 'yes' })).toBe(200);
    atMs += 50 * 60_000;
    // A page that is left open goes on asking: that is no sign of a person.
    expect(await look({})).toBe(200);
    atMs += 11 * 60_000;
    expect(await look({ 'x-picsync-active': 'yes' })).toBe(401);
    await browser.signIn('olaf');
    for (let minutes = 0; minutes < 12 * 60 - 30; minutes += 30) {
      atMs += 30 * 60_000;
      expect(await look({ 'x-picsync-active': 'yes' })).toBe(200);
    }
    atMs += 30 * 60_000;
    expect(await look({ 'x-picsync-active': 'yes' })).toBe(401);
  });

  test('of a removed user ends at once', async () => {
    const world = await setup();
    const browser = await visit(world, 'olaf');
    await world.store.users.remove('olaf');
    expect((await browser.call('GET', '/api/home')).statusCode).toBe(401);
    expect((await browser.call('POST', '/api/commands', { body: skip })).statusCode).toBe(401);
    expect(world.given).toEqual([]);
  });

  test('ends at a change of password in all browsers, but for a new one in the browser that asked', async () => {
    const world = await setup();
    const [mine, other] = [await visit(world, 'olaf'), await visit(world, 'olaf')];
    const before = mine.cookie;
    const body = { current: ownPassword, next: 'another horse 43' };
    expect((await mine.call('POST', '/api/password', { body })).statusCode).toBe(204);
    expect(mine.cookie).not.toBe(before);
    expect((await mine.call('GET', '/api/home')).statusCode).toBe(200);
    expect((await mine.call('GET', '/api/home', { headers: { cookie: before } })).statusCode).toBe(401);
    expect((await other.call('GET', '/api/home')).statusCode).toBe(401);
    expect((await createVisit(world).signIn('olaf')).statusCode).toBe(401);
    expect((await createVisit(world).signIn('olaf', 'another horse 43')).statusCode).toBe(204);
  });

  test('ends when its user signs out', async () => {
    const world = await setup();
    const browser = await visit(world, 'olaf');
    const { cookie } = browser;
    expect((await browser.call('POST', '/api/sign-out')).statusCode).toBe(204);
    expect((await browser.call('GET', '/api/home', { headers: { cookie } })).statusCode).toBe(401);
  });

  test.each([
    ['short', 'too short', 'at least 12 characters'],
    ['as before', ownPassword, 'must be another one'],
    ['with the name', 'my olaf password', 'must not contain'],
    ['of few letters', 'aaaaaaaaaaaaab', 'repeats'],
  ])('a new password that is %s is refused with a sentence', async (_kind, next, sentence) => {
    const browser = await visit(await setup(), 'olaf');
    const reply = await browser.call('POST', '/api/password', { body: { current: ownPassword, next } });
    expect(reply.statusCode).toBe(400);
    expect(reply.json().sentence).toContain(sentence);
    expect((await browser.call('GET', '/api/home')).statusCode).toBe(200);
  });

  test('with a password that another person gave, only the password can be changed', async () => {
    const world = await setup();
    await world.addUser('new', 'admin', { mustChange: true });
    const browser = await visit(world, 'new');
    expect((await browser.call('GET', '/api/start')).json().user).toMatchObject({ mustChange: true });
    expect((await browser.call('GET', '/api/home')).json()).toMatchObject({ code: 'PASSWORD_FIRST' });
    expect((await browser.call('POST', '/api/commands', { body: skip })).statusCode).toBe(403);
    const body = { current: ownPassword, next: 'another horse 43' };
    expect((await browser.call('POST', '/api/password', { body })).statusCode).toBe(204);
    expect((await browser.call('GET', '/api/home')).statusCode).toBe(200);
  });
});

describe('what is refused', () => {
  const views = [
    '/api/home',
    '/api/waiting',
    '/api/waiting/onefile/X',
    '/api/runs',
    '/api/runs/1',
    '/api/live',
  ];

  test.each([
    ...views,
    '/api/runs/1/items',
    '/api/runs/1/report.csv',
    '/api/commands/9f0b6a52-0c55-4a0e-9b3f-000000000000',
  ])('%s without a session', async (url) => {
    const world = await setup();
    const reply = await createVisit(world).call('GET', url);
    expect([reply.statusCode, reply.json().code]).toEqual([401, 'SIGNED_OUT']);
    const forged = { cookie: 'picsync_session=forged' };
    expect((await createVisit(world).call('GET', url, { headers: forged })).statusCode).toBe(401);
  });

  test('a command of a viewer, who calls the address of operators; it is recorded', async () => {
    const world = await setup();
    const browser = await visit(world, 'vera');
    const reply = await browser.call('POST', '/api/commands', { body: skip });
    expect([reply.statusCode, reply.json().code]).toEqual([403, 'NOT_ALLOWED']);
    expect(world.given).toEqual([]);
    expect((await world.store.users.listAudit({ beforeId: null, limit: 1 }))[0]).toMatchObject({
      by: 'vera',
      act: 'refused',
      about: 'POST /api/commands',
      address: '127.0.0.1',
    });
  });

  test.each([
    ['another origin', { origin: 'https://evil.example' }, 'OTHER_ORIGIN'],
    ['another port', { origin: 'http://localhost:81' }, 'OTHER_ORIGIN'],
    ['no origin', { origin: undefined }, 'OTHER_ORIGIN'],
    [
      'another site, as the browser says',
      { origin: undefined, 'sec-fetch-site': 'cross-site' },
      'OTHER_ORIGIN',
    ],
    ['no token', { 'x-picsync-token': undefined }, 'NO_TOKEN'],
    ['a forged token', { 'x-picsync-token': 'forged' }, 'NO_TOKEN'],
  ])('a command from %s', async (_from, headers, code) => {
    const world = await setup();
    const reply = await (await visit(world, 'olaf')).call('POST', '/api/commands', { body: skip, headers });
    expect([reply.statusCode, reply.json().code]).toEqual([403, code]);
    expect(world.given).toEqual([]);
  });

  test('signing in from another origin, so that no one works under a name that is not theirs', async () => {
    const world = await setup();
    const body = { name: 'olaf', password: ownPassword };
    const headers = { origin: 'https://evil.example' };
    const reply = await createVisit(world).call('POST', '/api/sign-in', { body, headers });
    expect([reply.statusCode, reply.cookies]).toEqual([403, []]);
  });

  test('the token of another session', async () => {
    const world = await setup();
    const [olaf, ada] = [await visit(world, 'olaf'), await visit(world, 'ada')];
    const { token } = (await ada.call('GET', '/api/start')).json().user;
    const headers = { 'x-picsync-token': token };
    expect((await olaf.call('POST', '/api/commands', { body: skip, headers })).json().code).toBe('NO_TOKEN');
  });

  test('a body of 10 MB, and one that is no JSON', async () => {
    const world = await setup();
    const browser = await visit(world, 'olaf');
    const large = { ...skip, payload: { held: '1', reason: 'x'.repeat(10_000_000) } };
    expect((await browser.call('POST', '/api/commands', { body: large })).json().code).toBe('TOO_LARGE');
    const form = { headers: { 'content-type': 'text/plain' }, body: '{}' };
    expect((await browser.call('POST', '/api/commands', form)).statusCode).toBe(415);
    expect(world.given).toEqual([]);
  });

  test.each([
    ['an unknown command', { ...skip, kind: 'drop' }],
    ['a command with more than it needs', { ...skip, requestedBy: 'someone else' }],
    ['a command without a reason', { ...skip, payload: { held: '1', reason: '  ' } }],
    ['an id with more than digits', { ...skip, payload: { held: '1; drop', reason: 'x' } }],
    ['a vendor with markup', { ...skip, vendor: '<b>x</b>' }],
    ['a run that is no number', { kind: 'run-stop', vendor: 'onefile', payload: { run: 'x' } }],
  ])('%s, without repeating it', async (_what, body) => {
    const world = await setup();
    const reply = await (await visit(world, 'olaf')).call('POST', '/api/commands', { body });
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'BAD_REQUEST']);
    expect(reply.body).not.toContain('drop');
    expect(reply.body).not.toContain('<b>');
    expect(world.given).toEqual([]);
  });

  test('a vendor that is not there', async () => {
    const browser = await visit(await setup(), 'olaf');
    const reply = await browser.call('POST', '/api/commands', { body: { ...skip, vendor: 'another' } });
    expect([reply.statusCode, reply.json().code]).toEqual([404, 'NO_VENDOR']);
  });
});

describe('the files', () => {
  function build(): string {
    const root = mkdtempSync(path.join(tmpdir(), 'picsync-page-'));
    closers.push(async () => rmSync(root, { recursive: true }));
    const folder = path.join(root, 'page');
    mkdirSync(path.join(folder, 'assets'), { recursive: true });
    writeFileSync(path.join(root, 'secret.txt'), 'secret');
    writeFileSync(path.join(folder, 'index.html'), '<meta nonce="__NONCE__">');
    writeFileSync(path.join(folder, 'assets/app.js'), 'let a;');
    return folder;
  }

  test('every view is the same document, with a nonce of its own that the policy names', async () => {
    const world = await setup({ folder: build() });
    const nonces = new Set<string>();
    for (const url of ['/', '/waiting', '/waiting/onefile/NO_ASSESSOR', '/runs', '/runs/7', '/password']) {
      const reply = await createVisit(world).call('GET', url);
      expect(reply.headers['content-type']).toContain('text/html');
      const nonce = /nonce="([^"]+)"/.exec(reply.body)?.[1] ?? 'none';
      nonces.add(nonce);
      const policy = String(reply.headers['content-security-policy']);
      expect(policy).toContain(`'nonce-${nonce}'`);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(reply.headers['x-content-type-options']).toBe('nosniff');
    }
    expect(nonces.size).toBe(6);
  });

  test.each([
    '/assets/../../secret.txt',
    '/assets/%2e%2e/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/..\\..\\secret.txt',
    '/assets//../index.html',
    '/assets/',
    '/assets',
  ])('nothing outside their folder is served: %s', async (url) => {
    const world = await setup({ folder: build() });
    expect((await createVisit(world).call('GET', '/assets/app.js')).body).toBe('let a;');
    const reply = await createVisit(world).call('GET', url);
    expect(reply.statusCode).toBeGreaterThanOrEqual(400);
    expect(reply.body).not.toContain('secret');
    expect(reply.body).not.toContain('nonce');
  });

  test('without a build the page says how to make one, and metrics are served all the same', async () => {
    const world = await setup();
    const reply = await createVisit(world).call('GET', '/');
    expect([reply.statusCode, reply.body]).toEqual([503, expect.stringContaining('npm run page:build')]);
    expect((await world.server.inject('/healthz')).statusCode).toBe(200);
    expect((await world.server.inject('/metrics')).headers).not.toHaveProperty('content-security-policy');
  });
});

describe('from where it can be reached', () => {
  test('with a certificate the port speaks https alone, and the cookie is sent over TLS alone', async () => {
    const { server } = await setup({ host: '0.0.0.0', tls: { cert: certificate, key } });
    const address = await server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = new URL(address);
    const origin = `https://localhost:${port}`;
    const body = JSON.stringify({ name: 'olaf', password: ownPassword });
    const reply = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { host: `localhost:${port}`, origin, 'content-type': 'application/json' };
      const options = {
        host: '127.0.0.1',
        port,
        path: '/api/sign-in',
        method: 'POST',
        headers,
        ca: certificate,
      };
      request({ ...options, servername: 'localhost' }, resolve)
        .on('error', reject)
        .end(body);
    });
    expect(reply.statusCode).toBe(204);
    expect(String(reply.headers['set-cookie'])).toMatch(/HttpOnly; Secure; SameSite=Strict/);
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  });

  test('a public address without TLS or proxy is refused with a sentence; metrics are served', async () => {
    const { server } = await setup({ host: '0.0.0.0' });
    const reply = await server.inject('/');
    expect([reply.statusCode, reply.body]).toEqual([503, expect.stringContaining('http.host is 0.0.0.0')]);
    expect((await server.inject('/api/start')).statusCode).toBe(404);
    expect((await server.inject('/healthz')).statusCode).toBe(200);
  });

  test('what came past the proxy, without TLS, is refused', async () => {
    const { server } = await setup({ host: '0.0.0.0', trustedProxies: ['10.0.0.1'] });
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' };
    const direct = await server.inject({ url: '/api/start', remoteAddress: '10.0.0.7', headers });
    expect([direct.statusCode, direct.json().code]).toEqual([403, 'NOT_PROTECTED']);
    const proxied = await server.inject({ url: '/api/start', remoteAddress: '10.0.0.1', headers });
    expect(proxied.statusCode).toBe(200);
  });

  test('attempts are counted by the address that the proxy names', async () => {
    const world = await setup({ host: '0.0.0.0', trustedProxies: ['127.0.0.1'] });
    const from = (address: string) => ({
      'x-forwarded-proto': 'https',
      'x-forwarded-for': address,
      origin: 'https://localhost',
    });
    const attempt = async (address: string) => {
      const body = { name: 'olaf', password: 'guess' };
      const reply = await createVisit(world).call('POST', '/api/sign-in', { body, headers: from(address) });
      return reply.statusCode;
    };
    for (let n = 0; n < 5; n += 1) await attempt('203.0.113.9');
    expect(await attempt('203.0.113.9')).toBe(429);
    expect(await attempt('203.0.113.10')).toBe(401);
  });
});

test('a fault of the program leaves no trace in the answer, and none of its words in the log', async () => {
  const lines: string[] = [];
  const log = createLog({ write: (line: string) => void lines.push(line) });
  const world = await setup({ log });
  const browser = await visit(world, 'olaf');
  world.setAway(true);
  const reply = await browser.call('GET', '/api/home');
  expect([reply.statusCode, reply.json().code]).toEqual([503, 'AWAY']);
  expect(reply.body).not.toContain('is away');
  expect(lines.join('')).toContain('could not be answered');
  expect(lines.join('')).not.toContain(ownPassword);
});
