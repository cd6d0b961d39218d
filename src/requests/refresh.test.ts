import { expect, test } from 'vitest';
import { buildLearner } from '../../test/support/learner.ts';
import {
  buildRequest,
  handlersAt,
  level,
  openDispatch,
  openWorkplace,
  says,
} from '../../test/support/requests.ts';
import type { CommandRequest } from '../domain/request.ts';
import type { Settled, Work } from '../domain/work.ts';

const refresh = buildRequest({ kind: 'refresh', ident: '00017' });
const mary = buildLearner({ ident: '00017', firstName: 'Mary', surname: 'Ford' });

function setup({
  settled = level,
  learners = [mary],
  look = async (_work: Work): Promise<Settled> => settled,
} = {}) {
  const opened = openWorkplace({ learners, look });
  const { did, workplace } = opened;
  const pics = {
    ...opened.pics,
    readLearner: (query: Parameters<typeof opened.pics.readLearner>[0]) => {
      did.push(`read ${query.ident} ${query.txIds}`);
      return opened.pics.readLearner(query);
    },
  };
  return { ...opened, ...openDispatch(opened, handlersAt({ ...workplace, pics })) };
}

test('a refresh answers working before the look and done after it (OF-41)', async () => {
  const { dispatch, did, answers, works } = setup();
  await dispatch(refresh);
  expect(did).toEqual(['read 00017 99', 'answer working', 'look at 00017', 'answer done']);
  expect(works).toEqual([
    { ident: '00017', demand: 'refresh', priority: 'command', txIds: [99], committedAtMs: null },
  ]);
  expect(answers().at(-1)).toMatchObject({ id: '7', status: 'done', code: null, message: null });
  expect(answers().at(-1)?.result).toEqual({ calls: { 'read-aims': 1 }, held: [] });
});

type Expected = { readonly status: string; readonly code: string; readonly result?: object };

const hold = { subject: 'review:r1', code: 'NO_ASSESSOR', params: { name: 'Ann' } };

test.each<[string, Parameters<typeof setup>[0], Expected]>([
  [
    'held with the first reason, and what else is held',
    { settled: { ...level, holds: [hold, { ...hold, subject: 'review:r2' }] } },
    {
      status: 'held',
      ...says('NO_ASSESSOR', { ident: '00017', name: 'Ann' }),
      result: {
        calls: { 'read-aims': 1 },
        held: ['review:r1', 'review:r2'].map((subject) => ({ subject, code: 'NO_ASSESSOR' })),
      },
    },
  ],
  [
    'refused when the learner is not linked',
    { settled: { ...level, isLinked: false, calls: {} } },
    { status: 'refused', ...says('NOT_LINKED', { ident: '00017', name: 'Mary Ford' }) },
  ],
  [
    'held, not refused, when an id that was typed cannot be a link',
    { settled: { ...level, isLinked: false, holds: [{ ...hold, code: 'ID_IN_USE' }] } },
    { status: 'held', code: 'ID_IN_USE' },
  ],
  [
    'refused when the learner is gone by the time of the look',
    { settled: { ...level, kind: 'vanished' } },
    { status: 'refused', ...says('NO_LEARNER', { kind: 'learner', code: '00017' }) },
  ],
])('a refresh ends %s', async (_name, options, answer) => {
  const { dispatch, answers } = setup(options);
  await dispatch(refresh);
  expect(answers().map(({ status }) => status)).toEqual(['working', answer.status]);
  expect(answers()[1]).toMatchObject(answer);
});

test.each<[string, Parameters<typeof setup>[0], Partial<CommandRequest>, object]>([
  [
    'of a learner PICS does not have',
    { learners: [] },
    {},
    { status: 'refused', ...says('NO_LEARNER', { kind: 'learner', code: '00017' }) },
  ],
  [
    'of no learner',
    {},
    { ident: null },
    { status: 'refused', ...says('NO_LEARNER', { kind: 'learner', code: '' }) },
  ],
])('a refresh %s is refused at once, without a look', async (_name, options, change, answer) => {
  const { dispatch, answers, works } = setup(options);
  await dispatch({ ...refresh, ...change });
  expect(answers()).toMatchObject([{ id: '7', ...answer }]);
  expect(works).toEqual([]);
});

test('a look that fails while the sync database is away is no answer: the request is given again', async () => {
  let isAway = false;
  const opened = openWorkplace({
    learners: [mary],
    look: async () => {
      isAway = true;
      throw new Error('no database');
    },
  });
  const { dispatch, answers } = openDispatch(opened, handlersAt(opened.workplace), {
    isEnabled: async () => {
      if (isAway) throw new Error('no database');
      return true;
    },
  });
  await expect(dispatch(refresh)).rejects.toThrow('no database');
  expect(answers().map(({ status }) => status)).toEqual(['working']);
});

test('a look that fails for this learner alone is tried three times, and ends the request', async () => {
  const { dispatch, answers, works } = setup({
    look: async () => {
      throw new TypeError('cannot read properties of undefined');
    },
  });
  await dispatch(refresh);
  expect(works).toHaveLength(3);
  expect(answers().at(-1)).toMatchObject({
    status: 'failed',
    ...says('UNEXPECTED', { what: 'the command refresh', where: 'the log says more' }),
  });
});
