import { expect, test } from 'vitest';
import { buildLearner } from '../../test/support/learner.ts';
import { buildRequest, openDispatch } from '../../test/support/requests.ts';
import type { Learner } from '../domain/learner.ts';
import type { CommandRequest, RequestResult } from '../domain/request.ts';
import type { Settled, Work } from '../domain/work.ts';
import { createRefresh } from './refresh.ts';

const refresh = buildRequest({ kind: 'refresh', ident: '00017' });
const level: Settled = { kind: 'settled', isLinked: true, calls: { 'read-aims': 1 }, holds: [] };

function setup({
  settled = level,
  learner = buildLearner({ ident: '00017', firstName: 'Mary', surname: 'Ford' }) as Learner | null,
  submit = undefined as ((work: Work) => Promise<Settled>) | undefined,
} = {}) {
  const did: string[] = [];
  const works: Work[] = [];
  const handle = createRefresh({
    readLearner: async ({ ident, txIds }) => {
      did.push(`read ${ident} ${txIds}`);
      return learner;
    },
    submit: async (work) => {
      did.push('look');
      works.push(work);
      return submit === undefined ? settled : submit(work);
    },
  });
  return { works, ...openDispatch({ refresh: { handle } }, { did }) };
}

test('a refresh answers working before the look and done after it (OF-41)', async () => {
  const { dispatch, did, answers, works } = setup();
  await dispatch(refresh);
  expect(did).toEqual(['read 00017 99', 'answer working', 'look', 'answer done']);
  expect(works).toEqual([
    { ident: '00017', demand: 'refresh', priority: 'command', txIds: [99], committedAtMs: null },
  ]);
  expect(answers.at(-1)).toEqual({
    ...{ id: '7', status: 'done', code: null, params: {} },
    result: { calls: { 'read-aims': 1 }, held: [] },
  });
});

const hold = { subject: 'review:r1', code: 'NO_ASSESSOR', params: { name: 'Ann' } };

test.each<[string, Parameters<typeof setup>[0], Partial<RequestResult>]>([
  [
    'held with the first reason, and what else is held',
    { settled: { ...level, holds: [hold, { ...hold, subject: 'review:r2' }] } },
    {
      ...{ status: 'held', code: 'NO_ASSESSOR', params: { ident: '00017', name: 'Ann' } },
      result: {
        calls: { 'read-aims': 1 },
        held: ['review:r1', 'review:r2'].map((subject) => ({ subject, code: 'NO_ASSESSOR' })),
      },
    },
  ],
  [
    'refused when the learner is not linked',
    { settled: { ...level, isLinked: false, calls: {} } },
    {
      status: 'refused',
      code: 'NOT_LINKED',
      params: { ident: '00017', name: 'Mary Ford' },
    },
  ],
  [
    'held, not refused, when an id that was typed cannot be a link',
    { settled: { ...level, isLinked: false, holds: [{ ...hold, code: 'ID_IN_USE' }] } },
    { status: 'held', code: 'ID_IN_USE' },
  ],
  [
    'refused when the learner is gone by the time of the look',
    { settled: { ...level, kind: 'vanished' } },
    { status: 'refused', code: 'NO_LEARNER', params: { kind: 'learner', code: '00017' } },
  ],
])('a refresh ends %s', async (_name, options, answer) => {
  const { dispatch, answers } = setup(options);
  await dispatch(refresh);
  expect(answers.map(({ status }) => status)).toEqual(['working', answer.status]);
  expect(answers[1]).toMatchObject(answer);
});

test.each<[string, Parameters<typeof setup>[0], Partial<CommandRequest>, Partial<RequestResult>]>([
  [
    'of a learner PICS does not have',
    { learner: null },
    {},
    { status: 'refused', code: 'NO_LEARNER', params: { kind: 'learner', code: '00017' } },
  ],
  [
    'of nobody',
    {},
    { ident: null },
    { status: 'refused', code: 'NO_LEARNER', params: { kind: 'learner', code: '' } },
  ],
])('a refresh %s is refused at once, without a look', async (_name, options, change, answer) => {
  const { dispatch, answers, works } = setup(options);
  await dispatch({ ...refresh, ...change });
  expect(answers).toMatchObject([{ id: '7', ...answer }]);
  expect(works).toEqual([]);
});

test('a look that fails fails the request, so that it is given again', async () => {
  const { dispatch, answers } = setup({
    submit: async () => {
      throw new Error('no database');
    },
  });
  await expect(dispatch(refresh)).rejects.toThrow('no database');
  expect(answers.map(({ status }) => status)).toEqual(['working']);
});
