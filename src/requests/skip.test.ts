import { expect, test } from 'vitest';
import {
  buildRequest,
  holdAt,
  openDispatch,
  openWorkplace,
  putHeldRequest,
} from '../../test/support/requests.ts';
import { skip as skipItem } from './held.ts';

const skip = buildRequest({ kind: 'skip', payload: { held: 1, reason: 'left the company' } });
const hold = { code: 'VENDOR_REFUSED', params: {} };

/** An item of a learner waits, and an enrolment was held by it. */
async function setup({ isOpen = true, hasMore = false } = {}) {
  const opened = openWorkplace();
  const { pics, store, topics, clock } = opened;
  if (isOpen) await holdAt(store, '00017', { ...hold, subject: 'aim:1' });
  if (hasMore) await holdAt(store, '00017', { ...hold, subject: 'aim:2' });
  await putHeldRequest(pics, { id: 'r1', kind: 'enrol', ident: '00017' });
  const ports = { vendor: 'onefile', pics, store, topics, clock } as const;
  const handlers = {
    skip: { handle: (request: typeof skip) => skipItem(request, ports), runsDisabled: true as const },
  };
  return { ...opened, ...openDispatch(opened, handlers, { isEnabled: false }) };
}

test('an item is left with its reason and the name of the person, also while the vendor is disabled', async () => {
  const { dispatch, answers, store } = await setup();
  await dispatch(skip);
  expect(await store.held.list({ state: 'skipped' })).toMatchObject([
    { id: '1', reason: 'left the company', by: 'Ann (PICS)' },
  ]);
  expect(answers('7')).toMatchObject([{ status: 'done', result: { ident: '00017', subject: 'aim:1' } }]);
});

test('the command that was held by it ends as skipped, unless more is held', async () => {
  const { dispatch, answers, pics } = await setup();
  await dispatch(skip);
  expect(answers('r1')).toMatchObject([{ status: 'skipped' }]);
  expect(await pics.readRequest('r1')).toMatchObject({ status: 'skipped' });
  const more = await setup({ hasMore: true });
  await more.dispatch(skip);
  expect(more.answers('r1')).toEqual([]);
});

test.each<[string, Parameters<typeof setup>[0], object, string]>([
  ['of an item that is not waiting', { isOpen: false }, { held: '1', reason: 'x' }, 'NOT_HELD'],
  ['of what is no number', {}, { held: 'abc', reason: 'x' }, 'NOT_HELD'],
  ['without a reason', {}, { held: '1', reason: '  ' }, 'REASON_MISSING'],
])('a skip %s is refused', async (_name, world, payload, code) => {
  const { dispatch, answers, store } = await setup(world);
  await dispatch({ ...skip, payload: payload as typeof skip.payload });
  expect(answers()).toMatchObject([{ status: 'refused', code }]);
  expect(await store.held.list({ state: 'skipped' })).toEqual([]);
});
