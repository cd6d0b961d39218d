import { expect, test } from 'vitest';
import { crashAt, Killed, killEverywhere } from '../../test/support/crash-at.ts';
import {
  type EnrolmentWorld,
  linkOfMary,
  openEnrolmentWorld,
} from '../../test/support/enrolment-requests.ts';
import {
  buildRequest,
  handlersAt,
  openDispatch,
  runHandler,
  says,
  scope,
} from '../../test/support/requests.ts';

const enrol = buildRequest({ kind: 'enrol', ident: '00017' });
const partner = { name: 'Jo Bell', parts: ['main officer'], vendorId: null, way: 'create' } as const;
const reference = '601/9999/9';
const skipped = { key: `${reference}/1`, reference, title: null, pathways: [], chosen: null } as const;
const hold = { subject: 'learner:00017', code: 'VENDOR_REFUSED', params: { message: 'no' } };

test('OF-10: a command plans, has the plan accepted, lets the engine work, and says what came of it', async () => {
  const { dispatch, did, answers, works, store } = openEnrolmentWorld();
  await dispatch(enrol);
  expect(did).toEqual([
    'answer working',
    'ask about 00017',
    'accept for 00017',
    'look at 00017',
    'answer done',
  ]);
  expect(works).toEqual([
    { ident: '00017', demand: 'change', priority: 'command', txIds: [99], committedAtMs: null },
  ]);
  expect(await store.enrolments.read('7')).toMatchObject({ state: 'open', plan: { classroomId: '2001' } });
  expect(answers().at(-1)?.result).toEqual({
    vendorId: '900',
    created: [],
    skipped: [],
    reviews: 0,
    warnings: [],
    held: [],
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
  const { dispatch, answers, store } = openEnrolmentWorld({
    plan: { officers, warnings, qualifications: [{ ...skipped, state: 'unavailable' }] },
    made: [
      linkOfMary,
      { kind: 'officer', picsId: 'JB', vendorId: '5', how: 'created' },
      { kind: 'officer', picsId: 'CD', vendorId: '6', how: 'matched' },
      { kind: 'review', picsId: 'r1', vendorId: '8', how: 'created' },
    ],
  });
  await dispatch(enrol);
  expect(answers().at(-1)).toMatchObject({
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
  // What is kept with the enrolment names no person.
  expect(JSON.stringify((await store.enrolments.read('7'))?.plan)).not.toMatch(/Mary|Ford|Bell/);
});

test('OF-12: the choices of the person reach the plan, however they are written', async () => {
  const { dispatch, given } = openEnrolmentWorld();
  const pathways = { [reference]: 4711, ST0096AS: ' 12 ', empty: '' };
  await dispatch({ ...enrol, payload: { centre: 'c1', pathways, createAnyway: true } });
  expect(given).toMatchObject([
    { choices: { centre: 'c1', pathways: { [reference]: '4711', ST0096AS: '12' }, createAnyway: true } },
  ]);
});

test.each(['ALREADY_LINKED', 'NO_NAME', 'NO_EMAIL'])(
  '%s refuses the command before the vendor is asked (OF-11, OF-13)',
  async (code) => {
    const { dispatch, did, answers } = openEnrolmentWorld({ refused: { code, params: { id: '4' } } });
    await dispatch(enrol);
    expect(did).toEqual(['answer working', 'answer refused']);
    expect(answers().at(-1)).toMatchObject(says(code, { ident: '00017', name: 'Mary Ford', id: '4' }));
  },
);

test.each([
  'NO_ASSESSOR',
  'NO_CLASSROOM',
  'NO_PLACEMENT',
  'CHOOSE',
  'MIS_NOT_UNIQUE',
  'POSSIBLE_DUPLICATE',
  'LINK_GONE',
])('%s refuses the command, and nothing is accepted or sent', async (code) => {
  const { dispatch, did, answers, store } = openEnrolmentWorld({
    plan: { refusal: { code, params: { reference } } },
  });
  await dispatch(enrol);
  expect(did).toEqual(['answer working', 'ask about 00017', 'answer refused']);
  expect(answers().at(-1)).toMatchObject(says(code, { ident: '00017', name: 'Mary Ford', reference }));
  expect(await store.enrolments.read('7')).toBeNull();
});

test('a learner PICS does not have is refused at once', async () => {
  const { dispatch, did, answers } = openEnrolmentWorld({ learner: null });
  await dispatch(enrol);
  expect(did).toEqual(['answer refused']);
  expect(answers()).toMatchObject([says('NO_LEARNER', { kind: 'learner', code: '00017' })]);
});

test.each<[string, NonNullable<EnrolmentWorld['facts']>, object]>([
  [
    'away',
    [{ kind: 'unreachable', detail: 'ECONNREFUSED' }],
    says('UNREACHABLE', { address: 'https://onefile.example' }),
  ],
  ['silent', [{ kind: 'unknown', detail: 'timeout' }], { code: 'UNREACHABLE' }],
  ['closed to us', [{ kind: 'unauthorized', detail: '401' }], { code: 'BAD_SIGN_IN' }],
  [
    'unwilling',
    [{ kind: 'rejected', code: 'VENDOR_REFUSED', detail: 'no search today' }],
    says('VENDOR_REFUSED', { what: 'a look-up', message: 'no search today' }),
  ],
])(
  'a vendor that is %s while it is asked fails the command; nothing is accepted',
  async (_name, facts, answer) => {
    const { dispatch, answers, store } = openEnrolmentWorld({ facts });
    await dispatch(enrol);
    expect(answers().at(-1)).toMatchObject({ status: 'failed', ...answer });
    expect(await store.enrolments.read('7')).toBeNull();
  },
);

test.each<[string, NonNullable<EnrolmentWorld['facts']>, string[], string]>([
  ['one answer is lost', [{ kind: 'unknown', detail: 'HTTP 502' }, 'known'], ['sleep 1000'], 'done'],
  [
    'two are lost',
    [{ kind: 'unknown', detail: 'TIMEOUT' }, { kind: 'unreachable', detail: 'ECONNREFUSED' }, 'known'],
    ['sleep 1000', 'sleep 3000'],
    'done',
  ],
  ['none comes', [{ kind: 'unknown', detail: 'TIMEOUT' }], ['sleep 1000', 'sleep 3000'], 'failed'],
  ['the sign-in is refused', [{ kind: 'unauthorized', detail: '401' }], [], 'failed'],
])(
  'OF-11: while an enrolment is checked and %s, the vendor is asked again a little later',
  async (_title, facts, sleeps, status) => {
    const { dispatch, did, answers } = openEnrolmentWorld({ facts });
    await dispatch(enrol);
    expect(did.filter((one) => one.startsWith('sleep')).slice(0, 2)).toEqual(sleeps);
    expect(did.filter((one) => one === 'ask about 00017')).toHaveLength(sleeps.length + 1);
    expect(answers().at(-1)?.status).toBe(status);
  },
);

test('asked to wait, the command waits and asks again (OF-80)', async () => {
  const throttled = { kind: 'throttled', detail: '429', retryAfterMs: 1_500 } as const;
  const { dispatch, did, answers } = openEnrolmentWorld({ facts: [throttled, 'known'] });
  await dispatch(enrol);
  expect(did.slice(1, 4)).toEqual(['ask about 00017', 'sleep 1500', 'ask about 00017']);
  expect(answers().at(-1)?.status).toBe('done');
});

const unavailable = { qualifications: [{ ...skipped, state: 'unavailable' as const }] };
test.each<[string, EnrolmentWorld, number]>([
  ['a list that is empty', { offers: [], refreshed: ['2'] }, 2],
  ['an unknown reference', { plan: unavailable, refreshed: ['2'] }, 2],
  ['a list that was read a moment ago', { plan: unavailable, refreshed: 'recent' }, 2],
  ['a list that cannot be read', { plan: unavailable, refreshed: { kind: 'unreachable', detail: '' } }, 1],
])('OF-18: %s is read once more before the plan stands', async (_name, world, plans) => {
  const { dispatch, did, given, answers } = openEnrolmentWorld(world);
  await dispatch(enrol);
  expect(did).toContain('read the offers');
  expect(given).toHaveLength(plans);
  expect(answers().at(-1)?.status).toBe('done');
});

test('OF-18: without any list a plan would leave everything out, so the command fails', async () => {
  const { dispatch, answers } = openEnrolmentWorld({
    offers: [],
    refreshed: { kind: 'unreachable', detail: '' },
  });
  await dispatch(enrol);
  expect(answers().at(-1)).toMatchObject({ status: 'failed', code: 'UNREACHABLE' });
});

test.each<[string, EnrolmentWorld, object]>([
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
  const { dispatch, answers } = openEnrolmentWorld(world);
  await dispatch(enrol);
  expect(answers().at(-1)).toMatchObject(answer);
});

test('given again, an accepted enrolment is not planned a second time, for half of it may be done', async () => {
  const { dispatch, did, answers, given, workplace } = openEnrolmentWorld();
  const { enrol: handler } = handlersAt(workplace);
  if (handler === undefined) throw new Error('there is no such command');
  await runHandler(handler.handle, enrol);
  did.length = 0;
  await dispatch(enrol);
  expect(did).toEqual(['answer working', 'look at 00017', 'answer done']);
  expect(given).toHaveLength(1);
  expect(answers().at(-1)).toMatchObject({ status: 'done', result: { vendorId: '900' } });
});

test('killed at any point and given again, it ends as without, and is accepted once', async () => {
  const { kills, states } = await killEverywhere(async ({ at, when }) => {
    const opened = openEnrolmentWorld();
    const first = openDispatch(opened, handlersAt(crashAt(opened.workplace, at, when)));
    const wasKilled = await first.dispatch(enrol).then(
      () => false,
      (error: unknown) => error instanceof Killed,
    );
    await opened.dispatch(enrol);
    const kept = await opened.store.enrolments.read('7');
    const open = opened.store.ledger.enrolmentOf({ ...scope, ident: '00017' })?.id;
    return { wasKilled, state: { kept: kept?.state, open, answer: opened.answers().at(-1) } };
  });
  expect(kills).toBeGreaterThan(12);
  for (const { at, state } of states)
    expect([at, state]).toMatchObject([
      at,
      { kept: 'open', open: '7', answer: { status: 'done', result: { vendorId: '900' } } },
    ]);
});
