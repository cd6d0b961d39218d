/*
 * What each value of each switch does, as one call or a few that show it. A case opens a simulator of seed 1 with the
 * switch set, and beside it those of `also`.
 */

import { CLIENT_KEY, PASSWORD, USER_NAME } from '../credential.ts';
import {
  ADA,
  ASSESSOR,
  type Bench,
  bodyOf,
  COURSE,
  ENROLMENT,
  faultOf,
  HILLSIDE,
  LEARNER,
  NEXT_LEARNER,
  type Records,
  statusAndBody,
} from './open-simulator.ts';

export interface SwitchCase {
  readonly name: string;
  readonly value: string | number;
  readonly show: (bench: Bench) => Promise<unknown>;
  readonly expected: unknown;
  readonly also?: Record<string, unknown>;
}

type Show = SwitchCase['show'];

/** One way to look, and what it shows for each value. */
function each(
  name: string,
  show: Show,
  values: [value: string | number, expected: unknown][],
  also = {},
): SwitchCase[] {
  return values.map(([value, expected]) => ({ name, value, show, expected, also }));
}

const status = async (answer: Promise<{ status: number }>): Promise<number> => (await answer).status;

/** Status, and the fields that are named in a refusal. */
export async function brief(answer: Promise<{ status: number; text: string }>): Promise<string> {
  const { status: code, text } = await answer;
  if (!text.startsWith('{')) return String(code);
  const body = JSON.parse(text) as { modelState?: object };
  return [code, ...Object.keys(body.modelState ?? {})].join(' ');
}

const create = (bench: Bench, changes: object = {}) =>
  bench.rest('POST', '/learners', { ...ADA, ...changes });
const enrol = (bench: Bench, changes: object = {}, id = NEXT_LEARNER) =>
  bench.rest('POST', `/learners/${id}/courses`, { ...ENROLMENT, ...changes });
const BETH = { misId: 'B1', firstName: 'Betty', lastName: 'Roe' };
const first = async (bench: Bench, path: string): Promise<Records> => (await bench.json('GET', path))[0];

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

async function archived(bench: Bench): Promise<unknown> {
  const id = await archivedId(bench);
  const count = async (query: string) => (await bench.json('GET', `/learners${query}`)).length;
  return [
    await count(''),
    await count('?includeArchived=true'),
    await status(bench.rest('GET', `/learners/${id}`)),
    bodyOf(await bench.soap('<GetAllLearnerDetail/>')).match(/<Learner>/g)?.length,
  ];
}

async function groupRows(bench: Bench): Promise<unknown> {
  const sessions = await bench.doorJson('/records/sessions');
  const group = sessions.find((row: Records) => row.learners.length > 1);
  const rest = (await bench.json('GET', '/sessions')).filter((row: Records) => row.id === group.id);
  const soap = bodyOf(await bench.soap('<GetAllSessionDetail/>')).split(group.id).length - 1;
  const [a, b] = group.learners;
  const names = rest.map((row: Records) =>
    row.learners === undefined ? (row.learnerId === a.learnerId ? 'a' : 'b') : row.learners.length,
  );
  return [
    names,
    soap,
    (await bench.json('GET', `/sessions?learnerId=${b.learnerId}`)).some(
      (row: Records) => row.id === group.id,
    ),
  ];
}

async function cancelledCount(bench: Bench): Promise<unknown> {
  const rows = await bench.json('GET', '/sessions');
  return rows.some((row: Records) => row.status.startsWith('Cancelled'));
}

async function pages(bench: Bench): Promise<unknown> {
  const one = await bench.rest('GET', '/courses');
  const two = await bench.rest('GET', '/courses?page=2');
  const three = await bench.rest('GET', '/courses?page=3');
  const show = (answer: typeof one) => [JSON.parse(answer.text).length, answer.headers.get('x-next-page')];
  return [show(one), show(two), show(three)];
}

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

async function rag(bench: Bench): Promise<unknown> {
  const { startDate } = await bench
    .json('GET', `/learner-courses?learnerId=${LEARNER}`)
    .then((rows) => rows[0]);
  await progress(bench, { startDate: '2026-02-02', endDate: '2026-08-02', mappedPc: 0, assessedPc: 0 });
  const row = await bench.doorJson(`/records/learnerCourses/${LEARNER}/${COURSE}`);
  return [startDate, row.timelinePc, row.rag];
}

const soapLearner = (fields: string) =>
  `<InserLearnerDetail><Learner><FamilyName>O</FamilyName><GivenNames>A</GivenNames><DateOfBirth>2004/02/29</DateOfBirth>${fields}</Learner></InserLearnerDetail>`;

async function dirty(bench: Bench): Promise<unknown> {
  const learners = await bench.json('GET', '/learners');
  const sessions = await bench.json('GET', '/sessions');
  return [
    learners.some(({ uln }: Records) => uln.length > 10),
    learners.some(({ domicile }: Records) => /[a-z]/.test(domicile)),
    learners.some(({ sex }: Records) => sex !== 'Male' && sex !== 'Female'),
    learners.some((row: Records) => row.homeAddress.county === '   '),
    new Set(sessions.map((row: Records) => row.start.replace(/\d/g, '9'))).size > 2,
  ];
}

const dob = async (bench: Bench) => {
  await bench.rest('PATCH', `/learners/${LEARNER}`, { dateOfBirth: '2004-02-29' });
  return new RegExp(`${LEARNER}</SmartAssessorId>.*?<DateOfBirth>([^<]*)<`).exec(
    bodyOf(await bench.soap('<GetAllLearnerDetail/>')),
  )?.[1];
};

const userType = async (bench: Bench) =>
  [
    ...new Set(
      [...bodyOf(await bench.soap('<GetAllAssessorDetail/>')).matchAll(/<UserType>([^<]*)</g)].map(
        ([, one]) => one,
      ),
    ),
  ].sort();

async function progressParts(bench: Bench): Promise<unknown> {
  const names = async (operation: string) => {
    const row =
      /<CourseProgress>(.*?)<\/CourseProgress>/.exec(bodyOf(await bench.soap(`<${operation}/>`)))?.[1] ?? '';
    return ['QANCode', 'Progress_AssessedPC'].filter((tag) => row.includes(`<${tag}`));
  };
  return [await names('GetLearnerCourseDetail'), await names('GetCourseProgressDetail')];
}

const idForm = async (bench: Bench) =>
  (await first(bench, `/learner-courses?learnerId={${LEARNER.toUpperCase()}}`)).courseId;

const assessor =
  (changes: object): Show =>
  (bench) =>
    brief(bench.rest('POST', '/assessors', { ...BETH, ...changes }));

export const CASES: readonly SwitchCase[] = [
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
  ...each('mis-id-filter', async (bench) => (await bench.json('GET', '/employers?misId=ORG00002')).length, [
    ['on', 1],
    ['ignored', 3],
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
  ...each(
    'null-form',
    async (bench) => (await first(bench, `/learner-courses?learnerId=${LEARNER}`)).secondAssessorId,
    [
      ['null', null],
      ['empty', ''],
      ['omit', undefined],
    ],
  ),
  ...each(
    'null-form',
    async (bench) => /<HomeAddressCounty[^>]*>/.exec(bodyOf(await bench.soap('<GetAllLearnerDetail/>')))?.[0],
    [
      ['null', '<HomeAddressCounty xsi:nil="true"/>'],
      ['empty', '<HomeAddressCounty/>'],
      ['omit', undefined],
    ],
  ),
  ...each('clear-form', cleared, [
    ['empty-clears', [null, '2']],
    ['null-clears', ['1', null]],
    ['never', ['1', '2']],
  ]),
  ...each('course-active-flag', async (bench) => 'isActive' in (await first(bench, '/courses')), [
    ['shown', true],
    ['hidden', false],
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
    'second-assessor',
    async (bench) => [
      await status(
        bench.rest('PUT', `/learners/${LEARNER}/courses/${COURSE}/second-assessor`, { assessorId: ASSESSOR }),
      ),
      (await first(bench, `/learner-courses?learnerId=${LEARNER}`)).secondAssessorId,
    ],
    [
      ['on', [204, ASSESSOR]],
      ['off', [404, undefined]],
    ],
  ),
  ...each(
    'units',
    async (bench) => {
      const answer = await bench.rest('GET', `/learners/${LEARNER}/courses/${COURSE}/units`);
      const { unitsTotal, unitsComplete } = await first(bench, `/learner-courses?learnerId=${LEARNER}`);
      const states =
        answer.status === 200 ? JSON.parse(answer.text).map((unit: Records) => unit.state) : answer.status;
      return [states, unitsTotal, unitsComplete];
    },
    [
      ['off', [404, undefined, undefined]],
      ['counts', [404, 4, 1]],
      ['full', [['Complete', 'Working', 'NotStarted', 'NotStarted'], 4, 1]],
    ],
  ),
  ...each(
    'smart-coach',
    async (bench) => {
      await bench.act(`/learners/${LEARNER}/risk`, { score: 0.25 });
      return (await bench.json('GET', `/learners/${LEARNER}`)).smartCoachScore;
    },
    [
      ['off', undefined],
      ['on', 0.25],
    ],
  ),
  ...each('session-shape', groupRows, [
    ['rows', [['a', 'b'], 2, true]],
    ['first-only', [['a'], 1, false]],
    ['grouped', [[2], 1, true]],
  ]),
  ...each('cancelled-visibility', cancelledCount, [
    ['shown', true],
    ['hidden', false],
  ]),
  ...each('archived-visibility', archived, [
    ['hidden', [19, 20, 200, 19]],
    ['flagged', [20, 20, 200, 20]],
    ['gone', [19, 19, 404, 19]],
  ]),
  ...each(
    'archived-update',
    async (bench) => brief(bench.rest('PATCH', `/learners/${await archivedId(bench)}`, { mobile: '1' })),
    [
      ['allow', '204'],
      ['refuse', '422 isArchived'],
    ],
  ),
  ...each(
    'rest-dates',
    async (bench) => [
      (await first(bench, `/learner-courses?learnerId=${LEARNER}`)).startDate,
      (await first(bench, `/sessions?learnerId=${LEARNER}`)).start,
    ],
    [
      ['iso', ['2025-09-01', '2026-03-10T10:00:00']],
      ['uk', ['01/09/2025 00:00', '10/03/2026 10:00']],
      ['offset', ['2025-09-01T00:00:00+01:00', '2026-03-10T10:00:00+00:00']],
    ],
  ),
  ...each(
    'enum-form',
    async (bench) => {
      const session = await first(bench, `/sessions?learnerId=${LEARNER}`);
      return [
        (await first(bench, `/learner-courses?learnerId=${LEARNER}`)).status,
        session.type,
        session.status,
      ];
    },
    [
      ['name', ['InTraining', 'FormalReview', 'Open']],
      ['label', ['In Training', 'Formal Review', 'Open']],
      ['code', ['IT', '3', 'O']],
    ],
  ),
  ...each('guid-form', idForm, [
    ['lower', COURSE],
    ['upper-braces', `{${COURSE.toUpperCase()}}`],
  ]),
  ...each(
    'percent-form',
    async (bench) => (await first(bench, `/learner-courses?learnerId=${LEARNER}`)).progressAssessedPc,
    [
      ['number', 38.5],
      ['text', '38.5'],
      ['text-percent', '38.5%'],
    ],
  ),
  ...each(
    'list-envelope',
    async (bench) => {
      const one = await bench.json('GET', '/employers?misId=ORG00002');
      const many = await bench.json('GET', '/employers');
      return [
        Array.isArray(one) ? 'array' : Object.keys(one)[0],
        Array.isArray(many) ? 'array' : Object.keys(many)[0],
      ];
    },
    [
      ['array', ['array', 'array']],
      ['wrapped', ['items', 'items']],
      ['single-as-object', ['id', 'array']],
    ],
  ),
  ...each('page-size', pages, [
    [
      0,
      [
        [12, null],
        [12, null],
        [12, null],
      ],
    ],
    [
      5,
      [
        [5, '2'],
        [5, '3'],
        [2, null],
      ],
    ],
  ]),
  ...each(
    'modified-since',
    async (bench) => {
      await bench.door('POST', '/clock', { advanceSeconds: 3600 });
      await bench.rest('PATCH', `/learners/${LEARNER}`, { mobile: '1' });
      const rows = await bench.json('GET', '/learners?modifiedSince=2026-03-02T09:30:00Z');
      return [rows.length, rows[0].modifiedOn];
    },
    [
      ['off', [19, undefined]],
      ['on', [1, '2026-03-02T10:00:00.000Z']],
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
  ...each('rag-from-zero', rag, [
    ['off', ['2025-09-01', 15, null]],
    ['on', ['2025-09-01', 15, 'off-track']],
  ]),
  ...each('dirty-data', dirty, [
    ['off', [false, false, false, false, false]],
    ['on', [true, true, true, true, true]],
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
  ...each('g1-dob-read', dob, [
    ['dd/mm/yyyy', '29/02/2004'],
    ['yyyy/mm/dd', '2004/02/29'],
    ['yyyy-mm-dd', '2004-02-29'],
  ]),
  ...each('g1-user-type-read', userType, [
    ['number', ['3072', '512']],
    ['label', ['Assessor', 'Internal Quality Assurer']],
  ]),
  ...each('g1-progress-rows', progressParts, [
    [
      'full',
      [
        ['QANCode', 'Progress_AssessedPC'],
        ['QANCode', 'Progress_AssessedPC'],
      ],
    ],
    ['split', [['QANCode'], ['Progress_AssessedPC']]],
  ]),
  ...each(
    'g1-fault-status',
    async (bench) => (await bench.soap('<GetAllCourseDetail/>', { key: 'wrong' })).status,
    [
      ['500', 500],
      ['by-code', 400],
    ],
  ),
];
