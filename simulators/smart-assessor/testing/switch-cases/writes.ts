/* What switches do to calls that sign in or write. */

import { CLIENT_KEY, PASSWORD, USER_NAME } from '../../credential.ts';
import {
  ADA,
  type Bench,
  COURSE,
  ENROLMENT,
  faultOf,
  HILLSIDE,
  LEARNER,
  NEXT_LEARNER,
  type Records,
  statusAndBody,
} from '../open-simulator.ts';
import { brief, create, each, enrol, type Show, type SwitchCase, status } from './looking.ts';

const BETH = { misId: 'B1', firstName: 'Betty', lastName: 'Roe' };

async function signIn({ baseUrl, rest }: Bench): Promise<number[]> {
  const form = { grant_type: 'password', username: USER_NAME, password: PASSWORD, client_key: CLIENT_KEY };
  const token = await fetch(`${baseUrl}/token`, { method: 'POST', body: new URLSearchParams(form) });
  const basic = await status(rest('GET', '/ping'));
  if (token.status !== 200) return [basic, token.status];
  const { access_token: bearer } = (await token.json()) as { access_token: string };
  return [
    basic,
    token.status,
    await status(rest('GET', '/ping', undefined, { Authorization: `Bearer ${bearer}` })),
  ];
}

async function tokenAfter(bench: Bench): Promise<unknown> {
  const form = { grant_type: 'password', username: USER_NAME, password: PASSWORD, client_key: CLIENT_KEY };
  const answer = await fetch(`${bench.baseUrl}/token`, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token: bearer, expires_in: lifeS } = (await answer.json()) as {
    access_token: string;
    expires_in: number;
  };
  const ping = () => status(bench.rest('GET', '/ping', undefined, { Authorization: `Bearer ${bearer}` }));
  await bench.door('POST', '/clock', { advanceSeconds: lifeS - 1 });
  const before = await ping();
  await bench.door('POST', '/clock', { advanceSeconds: 1 });
  return [lifeS, before, await ping()];
}

async function mails(bench: Bench): Promise<unknown> {
  await create(bench);
  const made = (await bench.doorJson('/outbox')).length;
  await enrol(bench);
  return [made, (await bench.doorJson('/outbox')).length];
}

async function mailUnasked(bench: Bench): Promise<unknown> {
  const { sendWelcomeEmail: _, ...unasked } = ADA;
  await bench.rest('POST', '/learners', unasked);
  await enrol(bench);
  return (await bench.doorJson('/outbox')).length;
}

async function singleCall(bench: Bench): Promise<unknown> {
  const courses = [ENROLMENT, { ...ENROLMENT, courseId: 'no-such' }];
  const answer = await create(bench, { courses });
  return [
    JSON.parse(answer.text),
    (await bench.json('GET', `/learner-courses?learnerId=${NEXT_LEARNER}`)).length,
  ];
}

async function misIdKept(bench: Bench): Promise<unknown> {
  await create(bench);
  await bench.rest('PATCH', `/learners/${LEARNER}`, { misId: '77' });
  const rows = await bench.json('GET', '/learners');
  return [NEXT_LEARNER, LEARNER].map((id) => rows.find((row: Records) => row.id === id).misId);
}

async function nearMatch(bench: Bench): Promise<unknown> {
  await bench.rest('POST', '/employers', HILLSIDE);
  await create(bench);
  const again = [await bench.rest('POST', '/employers', HILLSIDE), await create(bench)];
  return [...again.map(({ status: code }) => code), (await bench.doorJson('/match-queue')).length];
}

async function lagged(bench: Bench): Promise<unknown> {
  await create(bench);
  const listedCount = async () => (await bench.json('GET', '/learners?misId=104233')).length;
  const seen = [await listedCount(), await status(bench.rest('GET', `/learners/${NEXT_LEARNER}`))];
  await bench.door('POST', '/clock', { advanceSeconds: 60 });
  return [...seen, await listedCount()];
}

async function updated(bench: Bench): Promise<unknown> {
  const before = await bench.json('GET', `/learners/${LEARNER}`);
  const answer = await brief(
    bench.rest('PATCH', `/learners/${LEARNER}`, { email: 'new@example.org', telNumber: '1' }),
  );
  const after = await bench.json('GET', `/learners/${LEARNER}`);
  return [answer, after.email === before.email, after.telNumber === before.telNumber];
}

async function cleared(bench: Bench): Promise<unknown> {
  await bench.rest('PATCH', `/learners/${LEARNER}`, { mobile: '1', telNumber: '2' });
  await bench.rest('PATCH', `/learners/${LEARNER}`, { mobile: '', telNumber: null });
  const { mobile, telNumber } = await bench.json('GET', `/learners/${LEARNER}`);
  return [mobile, telNumber];
}

const archivedId = async (bench: Bench): Promise<string> =>
  (await bench.doorJson('/records/learners')).find((row: Records) => row.isArchived).id;

async function limit(bench: Bench): Promise<unknown> {
  const statuses = [];
  for (let n = 0; n < 3; n += 1) statuses.push(await status(bench.rest('GET', '/ping')));
  await bench.door('POST', '/clock', { advanceSeconds: 60 });
  return [...statuses, await status(bench.rest('GET', '/ping'))];
}

async function tooMany(bench: Bench): Promise<unknown> {
  await bench.rest('GET', '/ping');
  const after = (await bench.rest('GET', '/ping')).headers.get('retry-after');
  return after === null ? null : /^\d+$/.test(after) ? 'seconds' : new Date(after).toISOString().slice(0, 13);
}

const progress = (bench: Bench, body: object) =>
  bench.door('POST', `/act/learner-courses/${LEARNER}/${COURSE}`, body);

async function review(bench: Bench): Promise<unknown> {
  const path = `/act/sessions/${(await bench.doorJson('/records/sessions')).find((row: Records) => row.type === 'FormalReview' && row.learners[0].status === 'Open').id}/close`;
  const bare = await bench.door('POST', path, {});
  return [bare.status, await status(bench.door('POST', path, { files: 1 }))];
}

const soapLearner = (fields: string) =>
  `<InserLearnerDetail><Learner><FamilyName>O</FamilyName><GivenNames>A</GivenNames><DateOfBirth>2004/02/29</DateOfBirth>${fields}</Learner></InserLearnerDetail>`;

const assessor =
  (changes: object): Show =>
  (bench) =>
    brief(bench.rest('POST', '/assessors', { ...BETH, ...changes }));

export const WRITES: readonly SwitchCase[] = [
  ...each('auth-strategy', signIn, [
    ['both', [204, 200, 204]],
    ['basic-key', [204, 404]],
    ['token', [401, 200, 204]],
  ]),
  ...each('token-life-s', tokenAfter, [
    [3600, [3600, 204, 401]],
    [10, [10, 204, 401]],
  ]),
  ...each('sso', signIn, [
    ['off', [204, 200, 204]],
    ['on', [401, 401]],
  ]),
  ...each('employer-required', (bench) => brief(create(bench)), [
    ['off', '201'],
    ['on', '400 employerId'],
  ]),
  ...each('sex-required', (bench) => brief(create(bench)), [
    ['off', '201'],
    ['on', '400 sex'],
  ]),
  ...each('user-name', assessor({ email: 'b@example.org' }), [
    ['optional', '201'],
    ['required', '400 userName'],
    ['generated', '201'],
  ]),
  ...each('user-name', assessor({}), [
    ['optional', '400 userName'],
    ['required', '400 userName'],
    ['generated', '201'],
  ]),
  ...each('password-demanded', assessor({ email: 'b@example.org' }), [
    ['off', '201'],
    ['on', '400 password'],
  ]),
  ...each('enforce-widths', (bench) => brief(create(bench, { familyName: 'x'.repeat(51) })), [
    ['off', '201'],
    ['on', '400 familyName'],
  ]),
  ...each('error-form', async (bench) => statusAndBody(await enrol(bench, {}, 'no-such')), [
    ['model-state', '404 {"message":"The learner was not found."}'],
    ['message-only', '404 {"message":"The learner was not found."}'],
    ['html', '404 <!DOCTYPE html><html><body><h1>The learner was not found.</h1></body></html>'],
  ]),
  ...each('error-form', async (bench) => statusAndBody(await create(bench, { familyName: '' })), [
    [
      'model-state',
      '400 {"message":"The request is not valid.","modelState":{"familyName":["The field is required."]}}',
    ],
    ['message-only', '400 {"message":"The field is required."}'],
  ]),
  ...each('welcome-mail', mails, [
    ['on-first-course', [0, 1]],
    ['on-create', [1, 1]],
    ['never', [0, 0]],
  ]),
  ...each('welcome-mail-default', mailUnasked, [
    ['off', 0],
    ['on', 1],
  ]),
  ...each('single-call-enrol', singleCall, [
    ['off', [{ id: NEXT_LEARNER }, 0]],
    [
      'on',
      [
        {
          id: NEXT_LEARNER,
          courses: [
            { courseId: COURSE, ok: true },
            { courseId: 'no-such', ok: false, message: 'The course was not found.' },
          ],
        },
        1,
      ],
    ],
  ]),
  ...each('mis-id', misIdKept, [
    ['stored', ['104233', '77']],
    ['dropped', [null, '900001']],
  ]),
  ...each('mis-id-unique', async (bench) => [await brief(create(bench)), await brief(create(bench))], [
    ['off', ['201', '201']],
    ['on', ['201', '409 misId']],
  ]),
  ...each('near-match', nearMatch, [
    ['create', [201, 201, 0]],
    ['queue', [202, 202, 2]],
  ]),
  ...each('list-lag-s', lagged, [
    [0, [1, 200, 1]],
    [60, [0, 200, 1]],
  ]),
  ...each('ignored-learner-fields', updated, [
    ['none', ['204', false, false]],
    ['email,mobile', ['204', true, false]],
  ]),
  ...each(
    'ignored-answer',
    updated,
    [
      ['silent', ['204', true, false]],
      ['reject', ['422 email', true, true]],
    ],
    { 'ignored-learner-fields': 'email' },
  ),
  ...each('clear-form', cleared, [
    ['empty-clears', [null, '2']],
    ['null-clears', ['1', null]],
    ['never', ['1', '2']],
  ]),
  ...each(
    'course-end-date',
    async (bench) => {
      await create(bench);
      const { endDate: _, ...open } = ENROLMENT;
      return [
        await brief(bench.rest('POST', `/learners/${NEXT_LEARNER}/courses`, open)),
        await brief(enrol(bench)),
      ];
    },
    [
      ['optional', ['201', '409 courseId']],
      ['required', ['400 endDate', '201']],
      ['refused', ['201', '400 endDate']],
    ],
  ),
  ...each(
    'archived-update',
    async (bench) => brief(bench.rest('PATCH', `/learners/${await archivedId(bench)}`, { mobile: '1' })),
    [
      ['allow', '204'],
      ['refuse', '422 isArchived'],
    ],
  ),
  ...each('rate-limit-per-minute', limit, [
    [0, [204, 204, 204, 204]],
    [2, [204, 204, 429, 204]],
  ]),
  ...each(
    'retry-after',
    tooMany,
    [
      ['seconds', 'seconds'],
      ['date', '2026-03-02T09'],
      ['none', null],
    ],
    { 'rate-limit-per-minute': 1 },
  ),
  ...each('status-transitions', (bench) => status(progress(bench, { status: 'Certificated' })), [
    ['table', 409],
    ['free', 200],
  ]),
  ...each('formal-review-file', review, [
    ['off', [200, 409]],
    ['on', [409, 200]],
  ]),
  ...each('g1-strict', async (bench) => faultOf(await bench.soap(soapLearner(''))), [
    ['off', '200 undefined - undefined'],
    [
      'on',
      '500 Sender Validation ULN: The field is required. EmployerSmartAssessorId: The field is required.',
    ],
  ]),
  ...each(
    'g1-mis-id-form',
    async (bench) => faultOf(await bench.soap(soapLearner('<PartnerId>A1</PartnerId>'))),
    [
      ['text', '200 undefined - undefined'],
      ['integer', '500 Sender Validation The value is not a whole number.'],
    ],
  ),
  ...each(
    'g1-fault-status',
    async (bench) => (await bench.soap('<GetAllCourseDetail/>', { key: 'wrong' })).status,
    [
      ['500', 500],
      ['by-code', 400],
    ],
  ),
];
