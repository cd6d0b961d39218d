/* What switches do to what is read. */

import { ASSESSOR, type Bench, bodyOf, COURSE, LEARNER, type Records } from '../open-simulator.ts';
import { each, first, type SwitchCase, status } from './looking.ts';

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

const progress = (bench: Bench, body: object) =>
  bench.door('POST', `/act/learner-courses/${LEARNER}/${COURSE}`, body);

async function rag(bench: Bench): Promise<unknown> {
  const { startDate } = await bench
    .json('GET', `/learner-courses?learnerId=${LEARNER}`)
    .then((rows) => rows[0]);
  await progress(bench, { startDate: '2026-02-02', endDate: '2026-08-02', mappedPc: 0, assessedPc: 0 });
  const row = await bench.doorJson(`/records/learnerCourses/${LEARNER}/${COURSE}`);
  return [startDate, row.timelinePc, row.rag];
}

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

export const READS: readonly SwitchCase[] = [
  ...each('mis-id-filter', async (bench) => (await bench.json('GET', '/employers?misId=ORG00002')).length, [
    ['on', 1],
    ['ignored', 3],
  ]),
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
  ...each('course-active-flag', async (bench) => 'isActive' in (await first(bench, '/courses')), [
    ['shown', true],
    ['hidden', false],
  ]),
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
  ...each('rag-from-zero', rag, [
    ['off', ['2025-09-01', 15, null]],
    ['on', ['2025-09-01', 15, 'off-track']],
  ]),
  ...each('dirty-data', dirty, [
    ['off', [false, false, false, false, false]],
    ['on', [true, true, true, true, true]],
  ]),
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
];
