import { expect, test } from 'vitest';
import { crashAt, Killed, killEverywhere } from '../../test/support/crash-at.ts';
import { buildLearner } from '../../test/support/learner.ts';
import {
  buildRequest,
  handlersAt,
  holdAt,
  level,
  openDispatch,
  openWorkplace,
  putHeldRequest,
  says,
  scope,
} from '../../test/support/requests.ts';
import type { Hold } from '../domain/step.ts';

type Item = Hold & { readonly ident: string };
const item = (name: string, ident: string, change: Partial<Item> = {}): Item => {
  return { ident, subject: `aim:${name}`, code: 'VENDOR_REFUSED', params: {}, ...change };
};
const retry = buildRequest({ kind: 'retry', payload: { held: '1' } });

type World = {
  /** The held list; the first has the number 1. */
  readonly items?: readonly Item[];
  /** What is held again by a look, by lane. */
  readonly holds?: Readonly<Record<string, readonly Hold[]>>;
};

async function setup({ items = [item('1', '00017')], holds = {} }: World = {}) {
  const corrected: unknown[] = [];
  const opened = openWorkplace({
    learners: [buildLearner({ ident: '00017' }), buildLearner({ ident: '00018' })],
    look: ({ ident }) => {
      return { ...level, calls: {}, holds: holds[ident] ?? [] };
    },
    enrolment: {
      correct: (plan, choices) => {
        corrected.push(choices);
        return { ...plan, corrected: true };
      },
    },
  });
  const { store, workplace } = opened;
  for (const { ident, ...hold } of items) await holdAt(store, ident, hold);
  const readClosed = async (): Promise<string[]> => {
    const closed = await store.held.list({ state: 'closed' });
    return closed.map(({ id, how, by, reason }) => `${id} ${how} by ${by} in ${reason}`);
  };
  return { ...opened, ...openDispatch(opened, handlersAt(workplace)), corrected, readClosed };
}

test('an item is closed and its learner looked at whole, for the person', async () => {
  const { dispatch, readClosed, works, answers, pics } = await setup();
  await putHeldRequest(pics, { id: 'r1', kind: 'refresh', ident: '00017' });
  await putHeldRequest(pics, { id: 'r2', kind: 'refresh', ident: '00018' });
  await dispatch(retry);
  expect(await readClosed()).toEqual(['1 retried by Ann (PICS) in 7']);
  expect(works).toEqual([
    { ident: '00017', demand: 'refresh', priority: 'command', txIds: [99], committedAtMs: null },
  ]);
  expect(answers('7').map(({ status }) => status)).toEqual(['working', 'done']);
  expect(answers('7').at(-1)?.result).toEqual({ items: 1, learners: 1, held: [] });
  const others = answers().filter(({ id }) => id !== '7');
  expect(others.map(({ id, status }) => `${id} ${status}`)).toEqual(['r1 working', 'r1 done']);
});

test.each<[string, object, string[]]>([
  ['several by number', { held: ['1', 2] }, ['1', '2']],
  ['all with one reason', { code: 'NO_EMAIL' }, ['3']],
])('%s are retried', async (_name, payload, ids) => {
  const items = [item('1', '00017'), item('2', '00018'), item('3', '00019', { code: 'NO_EMAIL' })];
  const { dispatch, store } = await setup({ items });
  await dispatch({ ...retry, payload: payload as typeof retry.payload });
  const closed = await store.held.list({ state: 'closed' });
  expect(closed.map(({ id }) => id)).toEqual(ids);
});

const waitsForOfficer = (name: string, ident: string): Item =>
  item(name, ident, { params: { officer: 'JB' } });

test('what waits for an officer is tried there first, and with it all who wait for the same', async () => {
  const { dispatch, store, works } = await setup({
    items: [
      waitsForOfficer('1', '00017'),
      item('2', 'officer:JB'),
      item('3', '00019'),
      waitsForOfficer('4', '00018'),
    ],
  });
  await dispatch(retry);
  const closed = await store.held.list({ state: 'closed' });
  expect(closed.map(({ id }) => id)).toEqual(['1', '2']);
  expect(works.map(({ ident }) => ident)).toEqual(['officer:JB', '00017', '00018']);
});

test('an item of an organisation itself is retried in its own lane', async () => {
  const { dispatch, works, answers } = await setup({
    items: [
      item('1', 'organisation:ORG1', { params: { place: 'ORG1' } }),
      item('2', '00018', { params: { place: 'ORG1' } }),
    ],
  });
  await dispatch(retry);
  expect(works.map(({ ident }) => ident)).toEqual(['organisation:ORG1', '00018']);
  expect(answers().at(-1)?.status).toBe('done');
});

test('held again for what was tried is said; other items of the learner are not this command’s', async () => {
  const again = {
    subject: 'aim:1',
    code: 'VENDOR_REFUSED',
    params: { what: 'the aim', message: 'still no' },
  };
  const other = { subject: 'review:r1', code: 'NO_ASSESSOR', params: {} };
  const { dispatch, answers } = await setup({ holds: { '00017': [other, again] } });
  await dispatch(retry);
  expect(answers().at(-1)).toMatchObject({
    status: 'held',
    ...says('VENDOR_REFUSED', { ident: '00017', what: 'the aim', message: 'still no' }),
    result: { held: [{ ident: '00017', subject: 'aim:1', code: 'VENDOR_REFUSED' }] },
  });
  const calm = await setup({ holds: { '00017': [other] } });
  await calm.dispatch(retry);
  expect(calm.answers().at(-1)?.status).toBe('done');
});

test('a reason that names the learner is said with its ident', async () => {
  const again = { subject: 'aim:1', code: 'NO_ASSESSOR', params: { name: 'Mary Ford' } };
  const { dispatch, answers } = await setup({ holds: { '00017': [again] } });
  await dispatch(retry);
  expect(answers().at(-1)).toMatchObject(says('NO_ASSESSOR', { ident: '00017', name: 'Mary Ford' }));
});

test('OF-12: corrected choices reach the open enrolment before the look', async () => {
  const { dispatch, corrected, store, did } = await setup();
  await store.enrolments.open({ ...scope, ident: '00017' }, { id: 'e1', plan: { classroomId: '2001' } });
  const { correct } = store.enrolments;
  store.enrolments.correct = (lane, how) => {
    did.push(`correct ${lane.ident}`);
    return correct(lane, how);
  };
  await dispatch({ ...retry, payload: { held: '1', choices: { pathways: { ST0096AS: '12' } } } });
  expect(corrected).toEqual([{ pathways: { ST0096AS: '12' } }]);
  expect(did).toEqual(['answer working', 'correct 00017', 'look at 00017', 'answer done']);
  expect((await store.enrolments.read('e1'))?.plan).toEqual({ classroomId: '2001', corrected: true });
});

test.each<[string, object, string]>([
  ['of an item that is not waiting', { held: '8' }, 'NOT_HELD'],
  ['of a reason nothing waits for', { code: 'NO_NAME' }, 'NOT_HELD'],
  ['of nothing', {}, 'INPUT_MISSING'],
  ['of what is no number', { held: 'abc' }, 'INPUT_MISSING'],
])('a retry %s is refused without a look', async (_name, payload, code) => {
  const { dispatch, answers, works } = await setup();
  await dispatch({ ...retry, payload: payload as typeof retry.payload });
  expect(answers()).toMatchObject([{ status: 'refused', code }]);
  expect(works).toEqual([]);
});

test('killed at any point and given again, the same learners are looked at and the answer is the same', async () => {
  const { kills, states } = await killEverywhere(async ({ at, when }) => {
    const opened = await setup({
      items: [waitsForOfficer('1', '00017'), item('2', 'officer:JB'), waitsForOfficer('3', '00018')],
    });
    const killed = handlersAt(crashAt(opened.workplace, at, when));
    const wasKilled = await openDispatch(opened, killed)
      .dispatch(retry)
      .then(
        () => false,
        (error: unknown) => error instanceof Killed,
      );
    opened.works.length = 0;
    await opened.dispatch(retry);
    const idents = opened.works.map(({ ident }) => ident).sort();
    return { wasKilled, state: { idents, status: opened.answers().at(-1)?.status } };
  });
  expect(kills).toBeGreaterThan(10);
  for (const { at, state } of states)
    expect([at, state]).toEqual([at, { idents: ['00017', '00018', 'officer:JB'], status: 'done' }]);
});
