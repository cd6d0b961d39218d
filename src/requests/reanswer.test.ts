import { expect, test } from 'vitest';
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
import type { Settled } from '../domain/work.ts';

type HeldRequest = { readonly id: string; readonly kind: string; readonly ident: string };

/** Commands that ended held, and a retry of what holds the learners 00017 and 00018; PICS has only the first. */
async function setup(requests: readonly HeldRequest[], settled: Partial<Settled> = {}) {
  const opened = openWorkplace({
    learners: [buildLearner({ ident: '00017', surname: 'Ford' })],
    look: () => {
      return { ...level, calls: { 'assign-standard': 1 }, ...settled };
    },
  });
  const { store, pics, workplace } = opened;
  for (const ident of ['00017', '00018'])
    await holdAt(store, ident, { subject: 'aim:1', code: 'VENDOR_REFUSED', params: {} });
  store.ledger.linkTable.put({
    ...scope,
    kind: 'learner',
    picsId: '00017',
    vendorId: '900',
    ident: '00017',
    how: 'created',
    copiedAtMs: null,
  });
  for (const request of requests) {
    const plan = { classroomId: '2001', told: { skipped: ['601/9999/9'] } };
    if (request.kind === 'enrol')
      await store.enrolments.open({ ...scope, ident: request.ident }, { id: request.id, plan });
    await putHeldRequest(pics, request);
  }
  const { dispatch, answers } = openDispatch(opened, handlersAt(workplace));
  const run = () => dispatch(buildRequest({ kind: 'retry', payload: { held: ['1', '2'] } }));
  return { run, readAnswers: () => answers().filter(({ id }) => id !== '7'), pics };
}

test('a held command goes back to working and ends by what is there now', async () => {
  const { run, readAnswers, pics } = await setup([
    { id: 'e1', kind: 'enrol', ident: '00017' },
    { id: 'f1', kind: 'refresh', ident: '00017' },
  ]);
  await run();
  const said = readAnswers();
  expect(said.map(({ id, status }) => `${id} ${status}`)).toEqual([
    'e1 working',
    'e1 done',
    'f1 working',
    'f1 done',
  ]);
  expect(said[1]?.result).toMatchObject({ vendorId: '900', skipped: ['601/9999/9'] });
  expect(said[3]?.result).toEqual({ calls: { 'assign-standard': 1 }, held: [] });
  expect(await pics.readRequest('e1')).toMatchObject({ status: 'done', result: { vendorId: '900' } });
});

test('what is held still is held again, with the reason of now', async () => {
  const holds = [{ subject: 'aim:1', code: 'VENDOR_REFUSED', params: { what: 'the aim', message: 'no' } }];
  const { run, readAnswers } = await setup([{ id: 'e1', kind: 'enrol', ident: '00017' }], { holds });
  await run();
  expect(readAnswers()[1]).toMatchObject({
    status: 'held',
    ...says('VENDOR_REFUSED', { what: 'the aim', message: 'no' }),
  });
});

test('commands about a learner that PICS has no more are left', async () => {
  const { run, readAnswers } = await setup([{ id: 'e1', kind: 'enrol', ident: '00018' }]);
  await run();
  expect(readAnswers()).toEqual([]);
});
