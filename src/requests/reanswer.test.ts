import { expect, test } from 'vitest';
import { buildLearner } from '../../test/support/learner.ts';
import type { RequestResult } from '../domain/request.ts';
import type { Settled } from '../domain/work.ts';
import { createReanswer, type HeldRequest } from './held.ts';

const level: Settled = { kind: 'settled', isLinked: true, calls: { 'assign-standard': 1 }, holds: [] };

function setup(requests: readonly HeldRequest[], settled: Partial<Settled> = {}) {
  const told: RequestResult[] = [];
  const reanswer = createReanswer({
    vendor: 'onefile',
    readHeldRequests: async (idents) => requests.filter(({ ident }) => idents.includes(ident)),
    readLearner: async ({ ident }) => (ident === '00017' ? buildLearner({ ident, surname: 'Ford' }) : null),
    readLinks: async () => [
      {
        ...{ vendor: 'onefile', centre: 'c1', kind: 'learner', picsId: '00017', vendorId: '900' },
        ...{ ident: '00017', how: 'created', copiedAtMs: null },
      },
    ],
    readAccepted: async () => ({ classroomId: '2001', told: { skipped: ['601/9999/9'] } }),
    publishResult: async (result) => void told.push(result),
  });
  const run = () =>
    reanswer(
      new Map([
        ['00017', { ...level, ...settled }],
        ['00018', level],
      ]),
    );
  return { run, told };
}

test('a held command goes back to working and ends by what is there now', async () => {
  const { run, told } = setup([
    { id: 'e1', kind: 'enrol', ident: '00017' },
    { id: 'f1', kind: 'refresh', ident: '00017' },
  ]);
  await run();
  expect(told.map(({ id, status }) => `${id} ${status}`)).toEqual([
    ...['e1 working', 'e1 done', 'f1 working', 'f1 done'],
  ]);
  expect(told[1]?.result).toMatchObject({ vendorId: '900', skipped: ['601/9999/9'] });
  expect(told[3]?.result).toEqual({ calls: { 'assign-standard': 1 }, held: [] });
});

test('what is held still is held again, with the reason of now', async () => {
  const holds = [{ subject: 'aim:1', code: 'VENDOR_REFUSED', params: { message: 'no' } }];
  const { run, told } = setup([{ id: 'e1', kind: 'enrol', ident: '00017' }], { holds });
  await run();
  expect(told[1]).toMatchObject({ status: 'held', code: 'VENDOR_REFUSED', params: { message: 'no' } });
});

test('commands about a learner that PICS has no more are left', async () => {
  const { run, told } = setup([{ id: 'e1', kind: 'enrol', ident: '00018' }]);
  await run();
  expect(told).toEqual([]);
});
