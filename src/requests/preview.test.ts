import { expect, test } from 'vitest';
import { type EnrolmentWorld, openEnrolmentWorld } from '../../test/support/enrolment-requests.ts';
import { buildRequest, says } from '../../test/support/requests.ts';

const preview = buildRequest({ kind: 'preview', ident: '00017' });

test('OF-12: a preview shows the whole plan, and nothing is kept or sent', async () => {
  const warnings = [{ code: 'ULN_INVALID', params: { ident: '00017', name: 'Mary Ford' } }];
  const { dispatch, did, answers, store, works } = openEnrolmentWorld({ plan: { warnings, reviewCount: 2 } });
  await dispatch(preview);
  expect(did).toEqual(['answer working', 'ask about 00017', 'answer done']);
  expect(answers().at(-1)?.result).toMatchObject({
    learner: { ident: '00017', name: 'Mary Ford' },
    centre: 'c1',
    reviewCount: 2,
    refusal: null,
    warnings: [{ code: 'ULN_INVALID', message: expect.stringContaining('Mary Ford') }],
  });
  expect(answers().at(-1)?.result).not.toHaveProperty('accepted');
  expect(await store.enrolments.read('7')).toBeNull();
  expect(works).toEqual([]);
});

test('what would refuse the command is part of the preview, in words', async () => {
  const refusal = { code: 'CHOOSE', params: { vendor: 'onefile', reference: 'ST0096AS' } };
  const { dispatch, answers } = openEnrolmentWorld({ plan: { refusal } });
  await dispatch(preview);
  expect(answers().at(-1)).toMatchObject({
    status: 'done',
    result: {
      refusal: {
        code: 'CHOOSE',
        message: 'ST0096AS exists more than once at OneFile. Choose one in the preview.',
      },
    },
  });
});

test.each<[string, EnrolmentWorld, object]>([
  ['a learner PICS does not have', { learner: null }, { status: 'refused', code: 'NO_LEARNER' }],
  [
    'a learner that is linked',
    { plan: { refusal: { code: 'ALREADY_LINKED', params: { id: '4' } } } },
    { status: 'refused', ...says('ALREADY_LINKED', { ident: '00017', name: 'Mary Ford', id: '4' }) },
  ],
  [
    'a learner without an e-mail address: the vendor is asked nothing',
    { refused: { code: 'NO_EMAIL', params: {} } },
    { status: 'refused', code: 'NO_EMAIL' },
  ],
  [
    'a vendor that is away',
    { facts: [{ kind: 'unreachable', detail: '' }] },
    { status: 'failed', code: 'UNREACHABLE' },
  ],
])('there is no preview of %s', async (_name, world, answer) => {
  const { dispatch, answers } = openEnrolmentWorld(world);
  await dispatch(preview);
  expect(answers().at(-1)).toMatchObject(answer);
});
