import { expect, test } from 'vitest';
import { buildRequest, openDispatch } from '../../test/support/requests.ts';
import type { CommandRequest } from '../domain/request.ts';
import { toDone } from './request.ts';

const request = buildRequest({ kind: 'refresh', ident: '00017' });

function setup({ isEnabled = true } = {}) {
  const ran: string[] = [];
  const handle = async ({ kind }: CommandRequest) => {
    ran.push(kind);
    return toDone({ ran: kind });
  };
  const handlers = { refresh: { handle }, enable: { handle, runsDisabled: true as const } };
  return { ran, ...openDispatch(handlers, { isEnabled }) };
}

test('a command is run by the handler of its name, and its answer goes to its row', async () => {
  const { dispatch, ran, answers } = setup();
  await dispatch(request);
  expect(ran).toEqual(['refresh']);
  expect(answers).toEqual([{ id: '7', status: 'done', code: null, params: {}, result: { ran: 'refresh' } }]);
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
  expect({ ran, answers }).toEqual({ ran: [], answers: [] });
});

test.each(['refresh', 'synchronise'])(
  'while the vendor is not enabled %s is refused, DISABLED (G-8)',
  async (kind) => {
    const { dispatch, ran, answers } = setup({ isEnabled: false });
    await dispatch({ ...request, kind });
    expect(ran).toEqual([]);
    expect(answers).toMatchObject([{ status: 'refused', code: 'DISABLED', params: { vendor: 'onefile' } }]);
  },
);

test('what enables the vendor runs while it is not enabled', async () => {
  const { dispatch, ran } = setup({ isEnabled: false });
  await dispatch({ ...request, kind: 'enable' });
  expect(ran).toEqual(['enable']);
});

test.each(['enrolll', 'toString', ''])(
  'the command "%s" nobody knows is refused, not left lying',
  async (kind) => {
    const { dispatch, answers } = setup();
    await dispatch({ ...request, kind });
    expect(answers).toMatchObject([
      { status: 'refused', code: 'UNKNOWN_COMMAND', params: { command: kind } },
    ]);
  },
);

test('a request delivered again after its answer is in its row does not run again', async () => {
  const { dispatch, ran, answers } = setup();
  await dispatch(request);
  await dispatch(request);
  expect(ran).toEqual(['refresh']);
  expect(answers).toHaveLength(1);
});
