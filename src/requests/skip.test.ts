import { expect, test } from 'vitest';
import { buildRequest, openDispatch } from '../../test/support/requests.ts';
import type { RequestResult } from '../domain/request.ts';
import { createEndSkipped, createSkip } from './held.ts';

const skip = buildRequest({ kind: 'skip', payload: { held: 12, reason: 'left the company' } });

function setup({ isOpen = true, hasMore = false } = {}) {
  const skipped: unknown[] = [];
  const ended: RequestResult[] = [];
  const endSkipped = createEndSkipped({
    hasWaiting: async () => hasMore,
    readHeldRequests: async ([ident = '']) => [{ id: 'r1', kind: 'enrol', ident }],
    publishResult: async (result) => void ended.push(result),
  });
  const handle = createSkip({
    skipHeld: async (id, act) => {
      skipped.push([id, act]);
      return isOpen ? { ident: '00017', subject: 'aim:1' } : null;
    },
    endSkipped,
  });
  return { skipped, ended, ...openDispatch({ skip: { handle, runsDisabled: true } }, { isEnabled: false }) };
}

test('an item is left with its reason and the name of the person, also while the vendor is disabled', async () => {
  const { dispatch, answers, skipped } = setup();
  await dispatch(skip);
  expect(skipped).toEqual([['12', { reason: 'left the company', by: 'Ann (PICS)' }]]);
  expect(answers).toMatchObject([{ status: 'done', result: { ident: '00017', subject: 'aim:1' } }]);
});

test('the command that was held by it ends as skipped, unless more is held', async () => {
  const { dispatch, ended } = setup();
  await dispatch(skip);
  expect(ended).toMatchObject([{ id: 'r1', status: 'skipped' }]);
  const more = setup({ hasMore: true });
  await more.dispatch(skip);
  expect(more.ended).toEqual([]);
});

test.each<[string, Parameters<typeof setup>[0], object, string]>([
  ['of an item that is not waiting', { isOpen: false }, { held: '12', reason: 'x' }, 'NOT_HELD'],
  ['of what is no number', {}, { held: 'abc', reason: 'x' }, 'NOT_HELD'],
  ['without a reason', {}, { held: '12', reason: '  ' }, 'REASON_MISSING'],
])('a skip %s is refused', async (_name, world, payload, code) => {
  const { dispatch, answers } = setup(world);
  await dispatch({ ...skip, payload: payload as typeof skip.payload });
  expect(answers).toMatchObject([{ status: 'refused', code }]);
});
