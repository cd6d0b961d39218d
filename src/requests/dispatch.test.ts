import { expect, test } from 'vitest';
import { buildRequest, openDispatch, openWorkplace, runHandler, says } from '../../test/support/requests.ts';
import type { CommandRequest } from '../domain/request.ts';
import { type Handler, handlerAtWork } from './dispatch.ts';
import { type Command, done, type Workplace } from './request.ts';

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
