import { expect, test } from 'vitest';
import { buildRequest, openDispatch, openWorkplace, runHandler, says } from '../../test/support/requests.ts';
import { assert } from '../base/fault.ts';
import { silentLog } from '../base/log.ts';
import type { CommandRequest } from '../domain/request.ts';
import { createDispatch, handlerAtWork } from './dispatch.ts';
import type { Handler } from './request.ts';
import { type Command, done, failed, type Workplace } from './request.ts';

const request = buildRequest({ kind: 'refresh', ident: '00017' });

function setup({ isEnabled = true } = {}) {
  const ran: string[] = [];
  const handle: Handler['handle'] = async ({ kind }) => {
    ran.push(kind);
    return done({ ran: kind });
  };
  const handlers = { refresh: { handle }, enable: { handle, runsDisabled: true as const } };
  return { ran, ...openDispatch(openWorkplace(), handlers, { isEnabled }) };
}

test('a command is run by the handler of its name, and its answer goes to its row', async () => {
  const { dispatch, ran, answers } = setup();
  await dispatch(request);
  expect(ran).toEqual(['refresh']);
  expect(answers()).toEqual([
    {
      id: '7',
      status: 'done',
      code: null,
      message: null,
      result: { ran: 'refresh' },
      attempts: 1,
      startedAtMs: null,
      finishedAtMs: Date.parse('2026-07-01T09:00:00Z'),
    },
  ]);
});

test.each<[string, Partial<CommandRequest>]>([
  ['that is being worked on', { status: 'working' }],
  ['that was answered', { status: 'done' }],
  ['without a status', { status: null }],
  ['for another vendor', { vendor: 'smartassessor' }],
  ['that another role answers', { kind: 'synchronise' }],
])('a request %s causes nothing here', async (_name, change) => {
  const { dispatch, ran, answers } = setup();
  await dispatch({ ...request, ...change });
  expect({ ran, answers: answers() }).toEqual({ ran: [], answers: [] });
});

test.each(['refresh', 'synchronise'])(
  'while the vendor is not enabled %s is refused, DISABLED (G-8)',
  async (kind) => {
    const { dispatch, ran, answers } = setup({ isEnabled: false });
    await dispatch({ ...request, kind });
    expect(ran).toEqual([]);
    expect(answers()).toMatchObject([{ status: 'refused', ...says('DISABLED', { vendor: 'onefile' }) }]);
  },
);

test('what enables the vendor runs while it is not enabled', async () => {
  const { dispatch, ran } = setup({ isEnabled: false });
  await dispatch({ ...request, kind: 'enable' });
  expect(ran).toEqual(['enable']);
});

test.each(['enrolll', 'toString', ''])(
  'the unknown command "%s" is refused, not left lying',
  async (kind) => {
    const { dispatch, answers } = setup();
    await dispatch({ ...request, kind });
    expect(answers()).toMatchObject([{ status: 'refused', ...says('UNKNOWN_COMMAND', { command: kind }) }]);
  },
);

test('a request delivered again after its answer is in its row does not run again', async () => {
  const { dispatch, ran, answers } = setup();
  await dispatch(request);
  await dispatch(request);
  expect(ran).toEqual(['refresh']);
  expect(answers()).toHaveLength(1);
});

test('a request whose row PICS has no more is never run, and nothing is said about it', async () => {
  const ran: string[] = [];
  const handle: Handler['handle'] = async ({ kind }) => {
    ran.push(kind);
    return done({});
  };
  const { pics, topics, clock } = openWorkplace();
  const dispatch = createDispatch({
    vendor: { name: 'onefile' },
    handlers: { enrol: { handle }, disable: { handle, runsDisabled: true }, retry: { handle } },
    ...{ pics, topics, clock, log: silentLog, signal: new AbortController().signal },
    isEnabled: async () => true,
  });
  for (const kind of ['enrol', 'disable', 'retry', 'enrolll'])
    await dispatch({ ...request, id: `erased ${kind}`, kind });
  expect(ran).toEqual([]);
  expect(topics.itemsOf('request-result')).toEqual([]);
  pics.insertRequest({ id: 'there', kind: 'enrol', vendor: 'onefile' });
  await dispatch({ ...request, id: 'there', kind: 'enrol' });
  expect(ran).toEqual(['enrol']);
});

test('G-9: one command that always throws is answered after three attempts, and others are run', async () => {
  const tried: string[] = [];
  const handle: Handler['handle'] = async ({ id }) => {
    tried.push(id);
    if (id === 'bad') throw new RangeError('invalid array length');
    return done({});
  };
  const { dispatch, answers } = openDispatch(openWorkplace(), { refresh: { handle } });
  await dispatch({ ...request, id: 'bad' });
  await dispatch({ ...request, id: 'good' });
  expect(tried).toEqual(['bad', 'bad', 'bad', 'good']);
  expect(answers('bad')).toMatchObject([
    { status: 'failed', ...says('UNEXPECTED', { what: 'the command refresh', where: 'the log says more' }) },
  ]);
  expect(answers('good')).toMatchObject([{ status: 'done' }]);
});

test('a broken promise of the code still ends the process, but not without an answer', async () => {
  const handle: Handler['handle'] = async () => {
    assert(false, 'a lane has two turns');
    return done({});
  };
  const { dispatch, answers } = openDispatch(openWorkplace(), { refresh: { handle } });
  await expect(dispatch(request)).rejects.toThrow('a lane has two turns');
  expect(answers()).toMatchObject([{ status: 'failed', code: 'UNEXPECTED' }]);
});

test('no answer is longer than a record may be, however much a command has to say', async () => {
  const lines = (count: number, length: number) =>
    Array.from({ length: count }, (_, at) => ({ ident: String(at), text: 'é'.repeat(length) }));
  const results: Record<string, Record<string, unknown>> = {
    short: { held: lines(500, 10) },
    many: { items: 20_000, held: lines(20_000, 40), nested: { deep: lines(9_000, 10) } },
    wide: { held: lines(50, 20_000) },
    text: { text: 'é'.repeat(600_000) },
  };
  const handle: Handler['handle'] = async ({ id }) => done(results[id] ?? {});
  const { topics, ...opened } = openWorkplace();
  const { dispatch, answers } = openDispatch({ topics, ...opened }, { refresh: { handle } });
  for (const id of Object.keys(results)) await dispatch({ ...request, id });
  const published = topics.itemsOf('request-result');
  for (const item of published) expect(Buffer.byteLength(JSON.stringify(item))).toBeLessThan(900 * 1024);
  const counted = Object.keys(results).map((id) => answers(id)[0]?.result);
  expect(counted[0]?.['held']).toHaveLength(500);
  expect(counted[1]).toMatchObject({ items: 20_000, heldCount: 20_000, nested: { deepCount: 9_000 } });
  expect(counted[1]?.['held']).toHaveLength(100);
  expect(counted[2]).toMatchObject({ heldCount: 50 });
  expect(counted[3]).toEqual({ leftOutBytes: 1_200_011 });
});

test('an answer has no characters that PostgreSQL does not take', async () => {
  const handle: Handler['handle'] = async () =>
    failed(
      'VENDOR_REFUSED',
      { what: 'it', message: 'no\u0000thing \ud83d' },
      { texts: ['a\u0000b', '\udc00'] },
    );
  const { dispatch, answers } = openDispatch(openWorkplace(), { refresh: { handle } });
  await dispatch(request);
  expect(answers()[0]?.message).toBe('OneFile refused it: nothing \ufffd.');
  expect(answers()[0]?.result).toEqual({ texts: ['ab', '\ufffd'] });
});

type Engine = { readonly name: string; readonly stops?: boolean; readonly hasBegun?: boolean };

/** Workplaces one after the other; null = the vendor is not enabled any more. */
function openWorkplaces(engines: readonly (Engine | null)[]) {
  const used: string[] = [];
  const known = new Map<Workplace, Engine & { readonly stop: AbortController }>();
  const queue = engines.map((engine) => {
    if (engine === null) return null;
    const stop = new AbortController();
    const workplace = { ...openWorkplace().workplace, signal: stop.signal };
    known.set(workplace, { ...engine, stop });
    return workplace;
  });
  const command: Command = async (_request, begin, workplace) => {
    const engine = known.get(workplace);
    if (engine === undefined) throw new Error('not one of the workplaces');
    used.push(engine.name);
    if (engine.hasBegun !== false) await begin();
    if (engine.stops !== true) return done({});
    engine.stop.abort();
    throw new Error('stopped');
  };
  const { handle } = handlerAtWork(command, async () => queue.shift() ?? null);
  return { used, handle };
}

test('a command that loses its engine begins again with the next, and says working once', async () => {
  const { used, handle } = openWorkplaces([{ name: 'one', stops: true }, { name: 'two' }]);
  const began: string[] = [];
  const answer = await handle(request, async () => void began.push('working'));
  expect(used).toEqual(['one', 'two']);
  expect([answer.status, began]).toEqual(['done', ['working']]);
});

test('G-8: a vendor that is disabled under it refuses the command, or fails it once work had begun', async () => {
  const before = openWorkplaces([{ name: 'one', stops: true, hasBegun: false }, null]);
  expect((await runHandler(before.handle, request)).answer).toMatchObject({
    status: 'refused',
    code: 'DISABLED',
  });
  const after = openWorkplaces([{ name: 'one', stops: true }, null]);
  expect((await runHandler(after.handle, request)).answer).toMatchObject({
    status: 'failed',
    code: 'DISABLED',
  });
});

test('a fault of the infrastructure is no end: the command is given again', async () => {
  const { workplace } = openWorkplace();
  const command: Command = async () => Promise.reject(new Error('no database'));
  const { handle } = handlerAtWork(command, async () => workplace);
  await expect(runHandler(handle, request)).rejects.toThrow('no database');
});
