import { expect, test } from 'vitest';
import { crashAt, Killed, killEverywhere } from '../../test/support/crash-at.ts';
import { linkOfMary, openEnrolmentWorld } from '../../test/support/enrolment-requests.ts';
import { buildRequest, openDispatch } from '../../test/support/requests.ts';

const enrol = buildRequest({ kind: 'enrol', ident: '00017' });
type World = NonNullable<Parameters<typeof openEnrolmentWorld>[0]>;

function setup(world: World = {}) {
  const opened = openEnrolmentWorld(world);
  const { did } = opened;
  return { ...opened, ...openDispatch(opened.toHandlers(opened.effects), { did }) };
}

const partner = { name: 'Jo Bell', parts: ['main officer'], vendorId: null, way: 'create' } as const;
const reference = '601/9999/9';
const skipped = { key: `${reference}/1`, reference, title: null, pathways: [], chosen: null } as const;
const hold = { subject: 'learner:00017', code: 'VENDOR_REFUSED', params: { message: 'no' } };

test('OF-10: a command plans, has the plan accepted, lets the engine work, and tells what came of it', async () => {
  const { dispatch, did, answers, works, kept } = setup();
  await dispatch(enrol);
  expect(did).toEqual([
    ...['answer working', 'ask about 00017', 'accept for 00017', 'look at 00017', 'answer done'],
  ]);
  expect(works).toEqual([
    { ident: '00017', demand: 'change', priority: 'command', txIds: [99], committedAtMs: null },
  ]);
  expect(kept.get('7')).toMatchObject({ classroomId: '2001' });
  expect(answers.at(-1)?.result).toEqual({
    ...{ vendorId: '900', created: [], skipped: [], reviews: 0, warnings: [], held: [] },
    calls: { 'create-learner': 1 },
  });
});

test('OF-20, OF-15: the answer names who was created, and what was left out and why', async () => {
  const officers = [
    { ...partner, code: 'JB' },
    { ...partner, code: 'CD' },
    { ...partner, code: 'EF', way: 'linked' as const, vendorId: '4' },
  ];
  const warnings = [
    { code: 'QUALIFICATION_SKIPPED', params: { vendor: 'onefile', reference } },
    { code: 'ULN_INVALID', params: { ident: '00017', name: 'Mary Ford' } },
  ];
  const { dispatch, answers, kept } = setup({
    plan: { officers, warnings, qualifications: [{ ...skipped, state: 'unavailable' }] },
    made: [
      linkOfMary,
      { kind: 'officer', picsId: 'JB', vendorId: '5', how: 'created' },
      { kind: 'officer', picsId: 'CD', vendorId: '6', how: 'matched' },
      { kind: 'review', picsId: 'r1', vendorId: '8', how: 'created' },
    ],
  });
  await dispatch(enrol);
  expect(answers.at(-1)).toMatchObject({
    status: 'done',
    result: {
      created: [{ kind: 'officer', code: 'JB', name: 'Jo Bell', vendorId: '5' }],
      skipped: [reference],
      reviews: 1,
      warnings: [
        { code: 'QUALIFICATION_SKIPPED', message: expect.stringContaining(`${reference} is not available`) },
        { code: 'ULN_INVALID', message: expect.stringContaining('Mary Ford (00017)') },
      ],
    },
  });
  // What is kept with the enrolment names nobody.
  expect(JSON.stringify(kept.get('7'))).not.toMatch(/Mary|Ford|Bell/);
});

test('OF-12: the choices of the person reach the plan, however they are written', async () => {
  const { dispatch, given } = setup();
  const pathways = { [reference]: 4711, ST0096AS: ' 12 ', empty: '' };
  await dispatch({ ...enrol, payload: { centre: 'c1', pathways, createAnyway: true } });
  expect(given).toMatchObject([
    { choices: { centre: 'c1', pathways: { [reference]: '4711', ST0096AS: '12' }, createAnyway: true } },
  ]);
});

test.each(['ALREADY_LINKED', 'NO_NAME', 'NO_EMAIL'])(
  '%s refuses the command before the vendor is asked (OF-11, OF-13)',
  async (code) => {
    const { dispatch, did, answers } = setup({ refused: { code, params: { id: '4' } } });
    await dispatch(enrol);
    expect(did).toEqual(['answer working', 'answer refused']);
    expect(answers.at(-1)).toMatchObject({ code, params: { ident: '00017', name: 'Mary Ford' } });
  },
);

test.each([
  ...[
    'NO_ASSESSOR',
    'NO_CLASSROOM',
    'NO_PLACEMENT',
    'CHOOSE',
    'MIS_NOT_UNIQUE',
    'POSSIBLE_DUPLICATE',
    'LINK_GONE',
  ],
])('%s refuses the command, and nothing is accepted or sent', async (code) => {
  const { dispatch, did, answers, kept } = setup({ plan: { refusal: { code, params: { reference } } } });
  await dispatch(enrol);
  expect(did).toEqual(['answer working', 'ask about 00017', 'answer refused']);
  expect(answers.at(-1)).toMatchObject({ code, params: { reference } });
  expect(kept.size).toBe(0);
});

test('a learner PICS does not have is refused at once', async () => {
  const { dispatch, did, answers } = setup({ learner: null });
  await dispatch(enrol);
  expect(did).toEqual(['answer refused']);
  expect(answers).toMatchObject([{ code: 'NO_LEARNER', params: { kind: 'learner', code: '00017' } }]);
});

test.each<[string, NonNullable<World['facts']>, object]>([
  [
    'away',
    [{ kind: 'unreachable', detail: 'ECONNREFUSED' }],
    { code: 'UNREACHABLE', params: { address: 'https://onefile.example' } },
  ],
  ['silent', [{ kind: 'unknown', detail: 'timeout' }], { code: 'UNREACHABLE' }],
  ['closed to us', [{ kind: 'unauthorized', detail: '401' }], { code: 'BAD_SIGN_IN' }],
  [
    'unwilling',
    [{ kind: 'rejected', code: 'VENDOR_REFUSED', detail: 'no search today' }],
    { code: 'VENDOR_REFUSED', params: { message: 'no search today' } },
  ],
])(
  'a vendor that is %s while it is asked fails the command; nothing is accepted',
  async (_name, facts, answer) => {
    const { dispatch, answers, kept } = setup({ facts });
    await dispatch(enrol);
    expect(answers.at(-1)).toMatchObject({ status: 'failed', ...answer });
    expect(kept.size).toBe(0);
  },
);

test('told to wait, the command waits and asks again (OF-80)', async () => {
  const throttled = { kind: 'throttled', detail: '429', retryAfterMs: 1_500 } as const;
  const { dispatch, did, answers } = setup({ facts: [throttled, { hits: 0 }] });
  await dispatch(enrol);
  expect(did.slice(1, 4)).toEqual(['ask about 00017', 'sleep 1500', 'ask about 00017']);
  expect(answers.at(-1)?.status).toBe('done');
});

const unavailable = { qualifications: [{ ...skipped, state: 'unavailable' as const }] };
test.each<[string, World, number]>([
  ['a list that is empty', { offers: [], refreshed: [{ id: '2' }] }, 2],
  ['a reference nobody knows', { plan: unavailable, refreshed: [{ id: '2' }] }, 2],
  ['a list that was read a moment ago', { plan: unavailable, refreshed: null }, 2],
  ['a list that cannot be read', { plan: unavailable, refreshed: { kind: 'unreachable', detail: '' } }, 1],
])('OF-18: %s is read once more before the plan stands', async (_name, world, plans) => {
  const { dispatch, did, given, answers } = setup(world);
  await dispatch(enrol);
  expect(did).toContain('read the offers');
  expect(given).toHaveLength(plans);
  expect(answers.at(-1)?.status).toBe('done');
});

test('OF-18: without any list a plan would leave everything out, so the command fails', async () => {
  const { dispatch, answers } = setup({ offers: [], refreshed: { kind: 'unreachable', detail: '' } });
  await dispatch(enrol);
  expect(answers.at(-1)).toMatchObject({ status: 'failed', code: 'UNREACHABLE' });
});

test.each<[string, World, object]>([
  ['the vendor said no to the learner', { made: [], settled: { holds: [hold] } }, { status: 'failed' }],
  [
    'a person must decide',
    { made: [], settled: { holds: [{ ...hold, code: 'UNKNOWN_OUTCOME' }] } },
    { status: 'held', code: 'UNKNOWN_OUTCOME' },
  ],
  [
    'a later step fails: the learner stays created and linked (OF-23)',
    { settled: { holds: [{ ...hold, subject: 'qualification:00017/A/1' }] } },
    { status: 'held', code: 'VENDOR_REFUSED', result: { vendorId: '900' } },
  ],
  [
    'the learner is gone meanwhile',
    { settled: { kind: 'vanished' } },
    { status: 'refused', code: 'NO_LEARNER' },
  ],
  ['nothing was made and nothing held', { made: [] }, { status: 'failed', code: 'NOT_LINKED' }],
])('an accepted enrolment answers when %s', async (_name, world, answer) => {
  const { dispatch, answers } = setup(world);
  await dispatch(enrol);
  expect(answers.at(-1)).toMatchObject(answer);
});

test('given again, an accepted enrolment is not planned a second time, for half of it may be done', async () => {
  const { effects, toHandlers, did } = setup();
  await openDispatch(toHandlers(effects)).dispatch(enrol);
  did.length = 0;
  const again = openDispatch(toHandlers({ ...effects, readFacts: async () => Promise.reject(new Error()) }));
  await again.dispatch(enrol);
  expect(did).toEqual(['look at 00017']);
  expect(again.answers.at(-1)).toMatchObject({ status: 'done', result: { vendorId: '900' } });
});

test('killed at any point and given again, it ends as without, and is accepted once', async () => {
  const { kills, states } = await killEverywhere(async ({ at, when }) => {
    const opened = openEnrolmentWorld();
    const first = openDispatch(opened.toHandlers(crashAt(opened.effects, at, when)));
    const wasKilled = await first.dispatch(enrol).then(
      () => false,
      (error: unknown) => error instanceof Killed,
    );
    const second = openDispatch(opened.toHandlers(opened.effects));
    await second.dispatch(enrol);
    return { wasKilled, state: { kept: opened.kept.size, answer: second.answers.at(-1) } };
  });
  expect(kills).toBeGreaterThan(12);
  for (const { at, state } of states)
    expect([at, state]).toMatchObject([
      at,
      { kept: 1, answer: { status: 'done', result: { vendorId: '900' } } },
    ]);
});
