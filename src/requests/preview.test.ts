import { expect, test } from 'vitest';
import { openEnrolmentWorld } from '../../test/support/enrolment-requests.ts';
import { buildRequest, openDispatch } from '../../test/support/requests.ts';

const preview = buildRequest({ kind: 'preview', ident: '00017' });

function setup(world: Parameters<typeof openEnrolmentWorld>[0] = {}) {
  const opened = openEnrolmentWorld(world);
  return { ...opened, ...openDispatch(opened.toHandlers(opened.effects), { did: opened.did }) };
}

test('OF-12: a preview tells the whole plan, and nothing is kept or sent', async () => {
  const warnings = [{ code: 'ULN_INVALID', params: { ident: '00017', name: 'Mary Ford' } }];
  const { dispatch, did, answers, kept } = setup({ plan: { warnings, reviewCount: 2 } });
  await dispatch(preview);
  expect(did).toEqual(['answer working', 'ask about 00017', 'answer done']);
  expect(answers.at(-1)?.result).toMatchObject({
    learner: { ident: '00017', name: 'Mary Ford' },
    ...{ centre: 'c1', reviewCount: 2, refusal: null },
    warnings: [{ code: 'ULN_INVALID', message: expect.stringContaining('Mary Ford') }],
  });
  expect(answers.at(-1)?.result).not.toHaveProperty('accepted');
  expect(kept.size).toBe(0);
});

test('what would refuse the command is part of the preview, in words', async () => {
  const refusal = { code: 'CHOOSE', params: { vendor: 'onefile', reference: 'ST0096AS' } };
  const { dispatch, answers } = setup({ plan: { refusal } });
  await dispatch(preview);
  expect(answers.at(-1)).toMatchObject({
    status: 'done',
    result: {
      refusal: {
        code: 'CHOOSE',
        message: 'ST0096AS exists more than once at OneFile. Choose one in the preview.',
      },
    },
  });
});

test.each<[string, Parameters<typeof setup>[0], object]>([
  ['a learner PICS does not have', { learner: null }, { status: 'refused', code: 'NO_LEARNER' }],
  [
    'a learner that is linked',
    { plan: { refusal: { code: 'ALREADY_LINKED', params: { id: '4' } } } },
    { status: 'refused', code: 'ALREADY_LINKED', params: { ident: '00017', name: 'Mary Ford', id: '4' } },
  ],
  [
    'a learner without an e-mail address, of whom nothing was asked',
    { refused: { code: 'NO_EMAIL', params: {} } },
    { status: 'refused', code: 'NO_EMAIL' },
  ],
  [
    'a vendor that is away',
    { facts: [{ kind: 'unreachable', detail: '' }] },
    { status: 'failed', code: 'UNREACHABLE' },
  ],
])('there is no preview of %s', async (_name, world, answer) => {
  const { dispatch, answers } = setup(world);
  await dispatch(preview);
  expect(answers.at(-1)).toMatchObject(answer);
});
