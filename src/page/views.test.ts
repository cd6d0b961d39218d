import { get } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { createPageWorld, createVisit, type PageWorld } from '../../test/support/page-world.ts';
import { decideExposure } from './exposure.ts';
import { createOneTimePassword, defaultCost, hashPassword, isPassword } from './passwords.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function setup() {
  const world = await createPageWorld();
  closers.push(() => world.server.close());
  await world.addUser('vera', 'viewer');
  await world.addUser('nora', 'viewer', { seesNames: true });
  await world.addUser('olaf', 'operator');
  return world;
}

async function visit(world: PageWorld, name: string) {
  const browser = createVisit(world);
  await browser.signIn(name);
  return browser;
}

const row = {
  what: 'queue: PICS to OneFile',
  count: 3,
  unit: 'records',
  ageMs: 90_000,
  status: 'slow',
  sinceMs: 1,
  advice: 'Wait.',
} as const;

describe('home', () => {
  test('before anything is measured it says so, and is not well', async () => {
    const home = (await (await visit(await setup(), 'vera')).call('GET', '/api/home')).json();
    expect(home).toMatchObject({ measuredAtMs: null, isHealthy: false, parts: [] });
    expect(home.vendors.map(({ title }: { title: string }) => title)).toEqual(['OneFile', 'Smart Assessor']);
  });

  test('it has the lines of lag with what each belongs to, and what waits for each vendor', async () => {
    const world = await setup();
    world.setStanding({ atMs: 5, rows: [row], vendors: {} });
    await world.hold('00017', 'NO_ASSESSOR', { name: 'Ada Byron', ident: '00017' });
    const reply = await (await visit(world, 'vera')).call('GET', '/api/home');
    expect(reply.json()).toMatchObject({
      measuredAtMs: 5,
      isHealthy: false,
      parts: [{ ...row, measure: 'queue', isWell: false }],
      vendors: [{ name: 'onefile', held: 1 }, { held: 0 }],
    });
    expect(reply.body).not.toContain('Ada');
  });
});

describe('what waits', () => {
  test('names are shown to those who may see them, and each look is recorded once', async () => {
    const world = await setup();
    await world.hold('00017', 'NO_ASSESSOR', { name: 'Ada Byron', ident: '00017' });
    const read = async (name: string) =>
      (await (await visit(world, name)).call('GET', '/api/waiting/onefile/NO_ASSESSOR')).json();
    expect((await read('vera')).records).toMatchObject([{ ident: '00017', tries: 1 }]);
    expect(JSON.stringify(await read('vera'))).not.toContain('Ada');
    for (const name of ['nora', 'olaf', 'nora'])
      expect((await read(name)).records[0].sentence).toContain('Ada Byron');
    const views = (await world.store.users.listAudit({ beforeId: null, limit: 99 })).filter(
      ({ act }) => act === 'view',
    );
    expect(views.map(({ by, about, idents }) => ({ by, about, idents }))).toEqual(
      ['olaf', 'nora'].map((by) => ({ by, about: 'held NO_ASSESSOR of onefile', idents: ['00017'] })),
    );
  });

  test('groups have reason, count and age; records come page by page, oldest first', async () => {
    const world = await setup();
    for (let n = 0; n < 120; n += 1) await world.hold(String(10_000 + n), 'NO_ASSESSOR');
    await world.hold('00017', 'VENDOR_REFUSED');
    const browser = await visit(world, 'olaf');
    expect((await browser.call('GET', '/api/waiting')).json()).toMatchObject([
      { vendor: 'onefile', vendorTitle: 'OneFile', code: 'NO_ASSESSOR', count: 120 },
      { code: 'VENDOR_REFUSED', count: 1, sentence: expect.stringContaining('OneFile refused') },
    ]);
    const seen: string[] = [];
    let after = '';
    for (let page = 0; page < 3; page += 1) {
      const url = `/api/waiting/onefile/NO_ASSESSOR${after === '' ? '' : `?after=${after}`}`;
      const { records, next } = (await browser.call('GET', url)).json();
      seen.push(...records.map(({ ident }: { ident: string }) => ident));
      after = next;
    }
    expect(after).toBeNull();
    expect(seen).toEqual(Array.from({ length: 120 }, (_, n) => String(10_000 + n)));
  });
});

describe('commands', () => {
  test('one is a row for PICS in the name of its user, recorded before it is given', async () => {
    const world = await setup();
    const browser = await visit(world, 'olaf');
    const body = { kind: 'retry', vendor: 'onefile', payload: { code: 'NO_ASSESSOR' } };
    const reply = await browser.call('POST', '/api/commands', { body });
    expect(reply.statusCode).toBe(202);
    const { id } = reply.json();
    expect(world.given).toMatchObject([{ ...body, id, requestedBy: 'olaf (page)' }]);
    expect((await world.store.users.listAudit({ beforeId: null, limit: 1 }))[0]).toMatchObject({
      by: 'olaf',
      act: 'command',
      about: `retry onefile ${id}`,
    });
    const state = async () => (await browser.call('GET', `/api/commands/${id}`)).json();
    expect(await state()).toMatchObject({ status: 'new', isEnded: false, sentence: null });
    Object.assign(world.given[0] ?? {}, { status: 'held', code: 'NO_ASSESSOR', message: 'No assessor.' });
    expect(await state()).toMatchObject({ status: 'held', isEnded: true, sentence: 'No assessor.' });
  });

  test('what cannot be recorded is not given', async () => {
    const world = await setup();
    const browser = await visit(world, 'olaf');
    Object.assign(world.store.users, { recordAudit: () => Promise.reject(new Error('away')) });
    const body = { kind: 'retry', vendor: 'onefile', payload: { code: 'NO_ASSESSOR' } };
    expect((await browser.call('POST', '/api/commands', { body })).statusCode).toBe(503);
    expect(world.given).toEqual([]);
  });
});

describe('runs', () => {
  async function withRun() {
    const world = await setup();
    const { runs } = world.store;
    const order = {
      kind: 'replay',
      filter: {},
      start: { kind: 'beginning' },
      topics: [],
      readsVendor: false,
    } as const;
    const { id } = await runs.ask({ vendor: 'onefile', centre: 'c1', request: 'r1', order, by: 'olaf' });
    const line = { does: 'update', subject: 'aim:1', fields: ['number'], blank: [], code: null } as const;
    const planned = { lines: [line], calls: 1, reads: 0, isLinked: true };
    await runs.addItems(id, [
      { ident: '00017', planned },
      { ident: '00018', planned: { ...planned, lines: [] } },
    ]);
    const plan = {
      ...{ digest: 'abc', plannedAtMs: 1, learners: 2, equal: 1, unlinked: 0, counts: { update: 1 } },
      ...{ owners: [], reads: 0, completed: [], strangers: [] },
      forecast: { calls: 1, minutes: 1, callsPerLearner: 1 },
    };
    await runs.move(id, { from: ['asked'], to: 'planned' }, { plan });
    return { world, id };
  }

  test('one shows its plan, the steps that it allows, and only learners with something to do', async () => {
    const { world, id } = await withRun();
    const browser = await visit(world, 'vera');
    expect((await browser.call('GET', '/api/runs')).json()).toMatchObject([
      { id, kind: 'replay', state: 'planned', items: 2, steps: ['approve', 'stop'] },
    ]);
    expect((await browser.call('GET', `/api/runs/${id}`)).json()).toMatchObject({
      plan: { digest: 'abc', learners: 2, equal: 1, counts: { update: 1 }, calls: 1, minutes: 1 },
    });
    expect((await browser.call('GET', `/api/runs/${id}/items`)).json()).toEqual({
      items: [
        {
          ident: '00017',
          state: 'planned',
          sentence: null,
          lines: [{ does: 'update', subject: 'aim:1', fields: ['number'], code: null, end: 'planned' }],
        },
      ],
      next: null,
    });
  });

  test('its report is a file for a spreadsheet, of whole pages of the store', async () => {
    const { world, id } = await withRun();
    const line = { does: 'create', subject: 'review:1', fields: [], blank: [], code: null } as const;
    const planned = { lines: [line], calls: 1, reads: 0, isLinked: true };
    const idents = Array.from({ length: 1_200 }, (_, n) => String(20_000 + n));
    await world.store.runs.addItems(id, [
      ...idents.map((ident) => ({ ident, planned })),
      { ident: '=1+1', planned },
    ]);
    const reply = await (await visit(world, 'vera')).call('GET', `/api/runs/${id}/report.csv`);
    expect(reply.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="run-${id}.csv"`,
      'cache-control': 'no-store',
    });
    const lines = reply.body.trimEnd().split('\r\n');
    expect(lines.slice(0, 2)).toEqual(['ident,does,subject,fields,end', '00017,update,aim:1,number,planned']);
    expect(lines).toHaveLength(1_203);
    expect(new Set(lines).size).toBe(1_203);
    expect(reply.body).toContain("'=1+1,create");
  });

  test('one that is not there, and a text in the place of its number', async () => {
    const browser = await visit(await setup(), 'vera');
    expect((await browser.call('GET', '/api/runs/7')).json().code).toBe('NO_RUN');
    expect((await browser.call('GET', '/api/runs/7/items')).json().code).toBe('NO_RUN');
    expect((await browser.call('GET', '/api/runs/7/report.csv')).json().code).toBe('NO_RUN');
    expect((await browser.call('GET', '/api/runs/x')).json().code).toBe('BAD_REQUEST');
  });
});

describe('the live stream', () => {
  /** Reads events of a stream until one fits. */
  async function listen(world: PageWorld, cookie: string) {
    const address = await world.server.listen({ host: '127.0.0.1', port: 0 });
    const events: { name: string; data: unknown }[] = [];
    let isOpen = true;
    const request = get(`${address}/api/live`, { headers: { cookie } }, (reply) => {
      let text = '';
      reply.on('data', (chunk) => {
        text += String(chunk);
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const [, name = '', data = '{}'] = /^event: (\w+)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
          if (name !== '') events.push({ name, data: JSON.parse(data) });
          text = text.slice(end + 2);
        }
      });
      reply.on('close', () => {
        isOpen = false;
      });
    });
    request.on('error', () => {});
    closers.unshift(async () => request.destroy());
    const newest = (name: string) => events.findLast((event) => event.name === name)?.data;
    return { events, newest, isOpen: () => isOpen };
  }

  test('it brings everything at once, then what changes, and nothing twice', async () => {
    const world = await setup();
    const { cookie } = await visit(world, 'vera');
    const stream = await listen(world, cookie);
    await expect.poll(() => stream.newest('runs')).toEqual([]);
    expect(stream.newest('home')).toMatchObject({ measuredAtMs: null });
    await world.hold('00017', 'NO_ASSESSOR', { name: 'Ada Byron' });
    await expect.poll(() => stream.newest('waiting')).toMatchObject([{ code: 'NO_ASSESSOR', count: 1 }]);
    world.setStanding({ atMs: 5, rows: [row], vendors: {} });
    await expect.poll(() => stream.newest('home')).toMatchObject({ measuredAtMs: 5 });
    expect(stream.events.filter(({ name }) => name === 'runs')).toHaveLength(1);
    expect(JSON.stringify(stream.events)).not.toContain('Ada');
  });

  test('a database that is away is said, with since when, and its return brings everything again', async () => {
    const world = await setup();
    const { cookie } = await visit(world, 'vera');
    const stream = await listen(world, cookie);
    await expect.poll(() => stream.newest('home')).toBeDefined();
    world.setAway(true);
    await expect.poll(() => stream.newest('away')).toEqual({ sinceMs: expect.any(Number) });
    const before = stream.events.filter(({ name }) => name === 'home').length;
    world.setAway(false);
    await expect.poll(() => stream.events.filter(({ name }) => name === 'home').length).toBe(before + 1);
  });

  test('it ends with its session, and with the server', async () => {
    const world = await setup();
    const stream = await listen(world, (await visit(world, 'vera')).cookie);
    await expect.poll(() => stream.newest('home')).toBeDefined();
    await world.store.users.remove('vera');
    await expect.poll(() => stream.newest('ended'), { timeout: 6_000 }).toEqual({});
    await expect.poll(stream.isOpen).toBe(false);
  });
});

describe('passwords', () => {
  test('each hash has a salt of its own and is checked with the cost that it was made with', async () => {
    const cost = { logN: 5, r: 8, p: 1 };
    const [one, other] = [await hashPassword('Zoë', cost), await hashPassword('Zoë', cost)];
    expect(one).not.toBe(other);
    expect(one).toMatch(/^scrypt\$5\$8\$1\$/);
    expect(await isPassword('Zoe\u0308', one)).toBe(true);
    expect(await isPassword('Zoe', one)).toBe(false);
    expect(await isPassword('Zoë', 'no hash')).toBe(false);
  });

  test('for a name that there is not as much is computed as for one that there is', async () => {
    const kept = await hashPassword('a password');
    const costs: (readonly [bytes: number, cost: object])[] = [];
    const compute = async (_password: string, salt: Buffer, cost: object): Promise<Buffer> => {
      costs.push([salt.length, cost]);
      return Buffer.alloc(32);
    };
    expect(await isPassword('another', kept, defaultCost, compute)).toBe(false);
    expect(await isPassword('another', null, defaultCost, compute)).toBe(false);
    expect(costs).toEqual([
      [16, defaultCost],
      [16, defaultCost],
    ]);
    expect(defaultCost.logN).toBeGreaterThanOrEqual(15);
  });

  test('one for one use has four groups of five plain characters, and never comes twice', () => {
    const made = Array.from({ length: 100 }, createOneTimePassword);
    expect(new Set(made).size).toBe(100);
    for (const one of made) expect(one).toMatch(/^([a-hjkmnp-z2-9]{5}-){3}[a-hjkmnp-z2-9]{5}$/);
  });
});

test.each([
  ['127.0.0.1', false, [], 'local'],
  ['localhost', false, [], 'local'],
  ['::1', false, [], 'local'],
  ['0.0.0.0', false, [], 'refused'],
  ['::', false, [], 'refused'],
  ['10.1.2.3', false, [], 'refused'],
  ['127.0.0.1.evil.example', false, [], 'refused'],
  ['0.0.0.0', true, [], 'public'],
  ['0.0.0.0', false, ['10.0.0.1'], 'public'],
])('the page at %s, TLS %s, proxies %j: %s', (host, hasTls, trustedProxies, kind) => {
  expect(decideExposure({ host, hasTls, trustedProxies }).kind).toBe(kind);
});
