import { expect, test } from 'vitest';
import { crashAt, Killed, killEverywhere } from '../../test/support/crash-at.ts';
import { buildRequest, openDispatch } from '../../test/support/requests.ts';
import type { Hold } from '../domain/step.ts';
import type { Settled, Work } from '../domain/work.ts';
import { createRetry, type RetriedItem, type RetryEffects } from './held.ts';

type Item = RetriedItem & { readonly id: string; readonly code: string };
const item = (id: string, ident: string, change: Partial<Item> = {}): Item => ({
  ...{ id, ident, subject: `aim:${id}`, code: 'VENDOR_REFUSED', params: {} },
  ...change,
});
const retry = buildRequest({ kind: 'retry', payload: { held: '1' } });

function openWorld({
  items = [item('1', '00017')] as readonly Item[],
  waiting = {} as Readonly<Record<string, readonly string[]>>,
  holds = {} as Readonly<Record<string, readonly Hold[]>>,
} = {}) {
  const closed = new Map<string, string>();
  const works: Work[] = [];
  const corrected: unknown[] = [];
  const reanswered: string[] = [];
  const effects: RetryEffects = {
    retryHeld: async (choice, { request }) => {
      const isMeant = ({ id, code, ident }: Item): boolean =>
        'ids' in choice
          ? choice.ids.includes(id)
          : 'code' in choice
            ? choice.code === code
            : choice.idents.includes(ident);
      for (const one of items) if (isMeant(one) && !closed.has(one.id)) closed.set(one.id, request);
      return items.filter(({ id }) => closed.get(id) === request);
    },
    correctEnrolment: async (ident, choices) => {
      corrected.push([ident, choices]);
      return true;
    },
    submit: async (work): Promise<Settled> => {
      works.push(work);
      return { kind: 'settled', isLinked: true, calls: {}, holds: holds[work.ident] ?? [] };
    },
    readWaitingFor: async (kind, code) => waiting[`${kind}:${code}`] ?? [],
    reanswer: async (settled) => void reanswered.push(...settled.keys()),
  };
  return { effects, closed, works, corrected, reanswered };
}

function setup(world: Parameters<typeof openWorld>[0] = {}) {
  const opened = openWorld(world);
  return { ...opened, ...openDispatch({ retry: { handle: createRetry(opened.effects) } }) };
}

test('an item is closed and its learner looked at whole, for the person', async () => {
  const { dispatch, closed, works, answers, reanswered } = setup();
  await dispatch(retry);
  expect([...closed]).toEqual([['1', '7']]);
  expect(works).toEqual([
    { ident: '00017', demand: 'refresh', priority: 'command', txIds: [99], committedAtMs: null },
  ]);
  expect(answers.map(({ status }) => status)).toEqual(['working', 'done']);
  expect(answers.at(-1)?.result).toEqual({ items: 1, learners: 1, held: [] });
  expect(reanswered).toEqual(['00017']);
});

test.each<[string, object, string[]]>([
  ['several by number', { held: ['1', 2] }, ['1', '2']],
  ['all with one reason', { code: 'NO_EMAIL' }, ['3']],
])('%s are retried', async (_name, payload, ids) => {
  const items = [item('1', '00017'), item('2', '00018'), item('3', '00019', { code: 'NO_EMAIL' })];
  const { dispatch, closed } = setup({ items });
  await dispatch({ ...retry, payload: payload as typeof retry.payload });
  expect([...closed.keys()]).toEqual(ids);
});

test('what waits for an officer is tried there first, and with it all who wait for the same', async () => {
  const { dispatch, closed, works } = setup({
    items: [item('1', '00017', { params: { officer: 'JB' } }), item('2', 'officer:JB'), item('3', '00019')],
    waiting: { 'officer:JB': ['00018'] },
  });
  await dispatch(retry);
  expect([...closed.keys()]).toEqual(['1', '2']);
  expect(works.map(({ ident }) => ident)).toEqual(['officer:JB', '00017', '00018']);
});

test('an item of an organisation itself is retried in its own lane', async () => {
  const { dispatch, works, answers } = setup({
    items: [item('1', 'organisation:ORG1', { params: { place: 'ORG1' } })],
    waiting: { 'organisation:ORG1': ['00018'] },
  });
  await dispatch(retry);
  expect(works.map(({ ident }) => ident)).toEqual(['organisation:ORG1', '00018']);
  expect(answers.at(-1)?.status).toBe('done');
});

test('held again for what was tried is told; other items of the learner are not this command’s', async () => {
  const again = { subject: 'aim:1', code: 'VENDOR_REFUSED', params: { message: 'still no' } };
  const other = { subject: 'review:r1', code: 'NO_ASSESSOR', params: {} };
  const { dispatch, answers } = setup({ holds: { '00017': [other, again] } });
  await dispatch(retry);
  expect(answers.at(-1)).toMatchObject({
    ...{ status: 'held', code: 'VENDOR_REFUSED', params: { ident: '00017', message: 'still no' } },
    result: { held: [{ ident: '00017', subject: 'aim:1', code: 'VENDOR_REFUSED' }] },
  });
  const calm = setup({ holds: { '00017': [other] } });
  await calm.dispatch(retry);
  expect(calm.answers.at(-1)?.status).toBe('done');
});

test('OF-12: corrected choices reach the open enrolment before the look', async () => {
  const { dispatch, corrected } = setup();
  await dispatch({ ...retry, payload: { held: '1', choices: { pathways: { ST0096AS: '12' } } } });
  expect(corrected).toEqual([['00017', { pathways: { ST0096AS: '12' } }]]);
});

test.each<[string, object, string]>([
  ['of an item that is not waiting', { held: '8' }, 'NOT_HELD'],
  ['of a reason nothing waits for', { code: 'NO_NAME' }, 'NOT_HELD'],
  ['of nothing', {}, 'INPUT_MISSING'],
  ['of what is no number', { held: 'abc' }, 'INPUT_MISSING'],
])('a retry %s is refused without a look', async (_name, payload, code) => {
  const { dispatch, answers, works } = setup();
  await dispatch({ ...retry, payload: payload as typeof retry.payload });
  expect(answers).toMatchObject([{ status: 'refused', code }]);
  expect(works).toEqual([]);
});

test('killed at any point and given again, the same learners are looked at and the answer is the same', async () => {
  const { kills, states } = await killEverywhere(async ({ at, when }) => {
    const items = [item('1', '00017', { params: { officer: 'JB' } }), item('2', 'officer:JB')];
    const opened = openWorld({ items, waiting: { 'officer:JB': ['00018'] } });
    const killed = createRetry(crashAt(opened.effects, at, when));
    const wasKilled = await openDispatch({ retry: { handle: killed } })
      .dispatch(retry)
      .then(
        () => false,
        (error: unknown) => error instanceof Killed,
      );
    opened.works.length = 0;
    const second = openDispatch({ retry: { handle: createRetry(opened.effects) } });
    await second.dispatch(retry);
    const idents = opened.works.map(({ ident }) => ident).sort();
    return { wasKilled, state: { idents, status: second.answers.at(-1)?.status } };
  });
  expect(kills).toBeGreaterThan(10);
  for (const { at, state } of states)
    expect([at, state]).toEqual([at, { idents: ['00017', '00018', 'officer:JB'], status: 'done' }]);
});
