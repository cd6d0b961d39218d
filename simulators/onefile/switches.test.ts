import { expect, test } from 'vitest';
import { SWITCH_TABLE } from './switch-table.ts';
import { type Bench, CENTRE, IMOGEN, openCentre } from './testing/open-simulator.ts';

interface Case {
  readonly name: string;
  readonly value: string | number;
  readonly show: (bench: Bench) => Promise<unknown>;
  readonly expected: unknown;
  /** Other switches that must be set for this one to show. */
  readonly also?: Record<string, unknown>;
}

const brief = async (answer: ReturnType<Bench['get']>): Promise<unknown> => {
  const { status, text } = await answer;
  return text === '' ? status : `${status} ${text}`;
};
const status = async (answer: ReturnType<Bench['get']>): Promise<number> => (await answer).status;
const ids = async (answer: ReturnType<Bench['get']>): Promise<unknown> => {
  const { text } = await answer;
  return text === '' ? 'none' : JSON.parse(text).map((row: { ID: number }) => row.ID);
};
const keys = async (answer: ReturnType<Bench['get']>): Promise<unknown> =>
  Object.keys([JSON.parse((await answer).text)].flat()[0]);
const json = async (answer: ReturnType<Bench['get']>) => JSON.parse((await answer).text);

const noSession = (bench: Bench) => bench.call('GET', 'Customer', undefined, { 'X-TokenID': 'unknown' });
const noCustomer = (bench: Bench) => bench.call('POST', 'Authentication', '', { 'X-CustomerToken': 'wrong' });
const learner = (values: object) => ({ ...IMOGEN, ...values });
const foreign = (bench: Bench) => bench.post('Placement/Search', { OrganisationID: 303 });
const quills = (name: string) => (bench: Bench) => ids(bench.post('User/Search', { LastName: name }));
const archive = async ({ door, post }: Bench) => {
  await door('POST', '/act/users/400060/archive');
  return json(post('User/Search', { Role: 1, OrganisationID: 301 })).catch(() => 'none');
};
const session = '{"code":-9999,"message":"Session token is not valid"}';
const token = '{"code":-9999,"message":"Customer token is not valid"}';
const permitted = '{"code":-9999,"message":"Not permitted for this customer"}';

const pageTwo = (bench: Bench) => brief(bench.post('LearningAim/Search/2/5', { UserID: 400060 }));
const retryAfter = async (bench: Bench) => {
  await bench.get('Customer');
  return (await bench.get('Customer')).headers.get('retry-after');
};
const limitedBody = async (bench: Bench) => {
  await bench.get('Customer');
  return brief(bench.get('Customer'));
};
/** Statuses of calls at those seconds of one hour; the bench's own authentication goes first, at second 0. */
const statusesAt = (seconds: readonly number[]) => async (bench: Bench) => {
  const token = await bench.authenticate();
  const statuses: number[] = [];
  for (const second of seconds) {
    await bench.door('POST', '/clock', {
      mode: 'frozen',
      now: new Date(Date.UTC(2026, 0, 15, 10, 0, second)).toISOString(),
    });
    statuses.push((await bench.call('GET', 'Customer', undefined, { 'X-TokenID': token })).status);
  }
  return statuses;
};
const certificate = async ({ post, doorJson }: Bench) => {
  await post('LearningAim/600044', {
    ID: 600044,
    CertificateAwarded: '2026-01-02',
    CertificateReceivedDate: '2026-01-03',
  });
  return (await doorJson('/records/aims/600044')).CertificateReceivedDate;
};
const clearUln = async ({ post, doorJson }: Bench) => {
  await post('User/400060', { MISID: null, Telephone: '' });
  return (await doorJson('/records/users/400060')).MISID;
};
const assignTemplateTwice = async ({ post, doorJson }: Bench) => {
  const statuses = [
    await status(post('FrameworkTemplate/9001/Assign/400060/true')),
    await status(post('FrameworkTemplate/9001/Assign/400060/true')),
  ];
  return [...statuses, (await doorJson('/records/aims')).length];
};
const startAndShow = async ({ door, get }: Bench) => {
  await door('POST', '/act/reviews/800006/start');
  return (await json(get('Review/800006'))).Status;
};
const reviewsWithin = (DateFrom: string, DateTo: string) => (bench: Bench) =>
  ids(bench.post('Review/Search', { DateFrom, DateTo }));
const moveReview = (bench: Bench) =>
  brief(bench.post('Review/800006', { ScheduledFor: '2026-03-02T09:00:00Z' }));
const moveStarted = async (bench: Bench) => {
  await bench.door('POST', '/act/reviews/800006/start');
  return status(bench.post('Review/800006', { ScheduledFor: '2026-03-02T09:00:00Z' }));
};
const modified = async (bench: Bench) => {
  await bench.door('POST', '/act/aims/600044/progress', { progress: 50 });
  return (await json(bench.get('User/400060'))).LastModified;
};
const lifeAfter = (secondsBetween: number) => async (bench: Bench) => {
  const token = await bench.authenticate();
  const use = () => status(bench.call('GET', 'Customer', undefined, { 'X-TokenID': token }));
  await bench.door('POST', '/clock', { advanceSeconds: secondsBetween });
  const first = await use();
  await bench.door('POST', '/clock', { advanceSeconds: secondsBetween });
  return [first, await use()];
};
const twoSessions = async (bench: Bench) => {
  const tokens = [await bench.authenticate(), await bench.authenticate()];
  return Promise.all(
    tokens.map((each) => status(bench.call('GET', 'Customer', undefined, { 'X-TokenID': each }))),
  );
};
const manyPlacements = async ({ door, post }: Bench) => {
  const placements = Array.from({ length: 12 }, (_, at) => ({
    ID: 31_000 + at,
    OrganisationID: 301,
    Name: 'Many',
  }));
  await door('POST', '/records', { placements });
  return ids(post('Placement/Search', { Name: 'Many' }));
};
const ascending = Array.from({ length: 12 }, (_, at) => 31_000 + at);

const CASES: readonly Case[] = [
  {
    name: 'expired-session',
    value: '401-json',
    show: (b) => brief(noSession(b)),
    expected: `401 ${session}`,
  },
  { name: 'expired-session', value: '401-empty', show: (b) => brief(noSession(b)), expected: 401 },
  {
    name: 'expired-session',
    value: '403-json',
    show: (b) => brief(noSession(b)),
    expected: `403 ${session}`,
  },
  {
    name: 'bad-customer-token',
    value: '401-json',
    show: (b) => brief(noCustomer(b)),
    expected: `401 ${token}`,
  },
  {
    name: 'bad-customer-token',
    value: '403-json',
    show: (b) => brief(noCustomer(b)),
    expected: `403 ${token}`,
  },
  {
    name: 'bad-customer-token',
    value: '400-json',
    show: (b) => brief(noCustomer(b)),
    expected: `400 ${token}`,
  },
  {
    name: 'rate-limit',
    value: 2,
    show: (b) => limitedBody(b),
    expected: '429 {"code":-9999,"message":"Rate limit exceeded"}',
  },
  { name: 'rate-limit', value: 0, show: statusesAt([0, 0, 0]), expected: [200, 200, 200] },
  {
    name: 'rate-window',
    value: 'clock-minute',
    also: { 'rate-limit': 2 },
    show: statusesAt([50, 59, 59, 60, 61, 62]),
    expected: [200, 200, 429, 200, 200, 429],
  },
  {
    name: 'rate-window',
    value: 'from-first',
    also: { 'rate-limit': 2 },
    show: statusesAt([50, 59, 60, 109, 110]),
    expected: [200, 200, 429, 429, 200],
  },
  {
    name: 'rate-window',
    value: 'sliding',
    also: { 'rate-limit': 2 },
    show: statusesAt([50, 59, 60, 109, 110, 111, 119]),
    expected: [200, 200, 429, 429, 200, 429, 200],
  },
  {
    name: 'rate-scope',
    value: 'customer',
    also: { 'rate-limit': 3 },
    show: twoSessions,
    expected: [200, 429],
  },
  {
    name: 'rate-scope',
    value: 'session',
    also: { 'rate-limit': 2 },
    show: twoSessions,
    expected: [200, 200],
  },
  {
    name: 'rate-scope',
    value: 'address',
    also: { 'rate-limit': 3 },
    show: twoSessions,
    expected: [200, 429],
  },
  {
    name: 'rate-counts-auth',
    value: 'yes',
    also: { 'rate-limit': 1 },
    show: (b) => status(b.get('Customer')),
    expected: 429,
  },
  {
    name: 'rate-counts-auth',
    value: 'no',
    also: { 'rate-limit': 1 },
    show: (b) => status(b.get('Customer')),
    expected: 200,
  },
  {
    name: 'rate-body',
    value: 'json',
    also: { 'rate-limit': 2 },
    show: limitedBody,
    expected: '429 {"code":-9999,"message":"Rate limit exceeded"}',
  },
  { name: 'rate-body', value: 'empty', also: { 'rate-limit': 2 }, show: limitedBody, expected: 429 },
  { name: 'rate-retry-after', value: 'none', also: { 'rate-limit': 2 }, show: retryAfter, expected: null },
  { name: 'rate-retry-after', value: 'seconds', also: { 'rate-limit': 2 }, show: retryAfter, expected: '16' },
  {
    name: 'rate-retry-after',
    value: 'http-date',
    also: { 'rate-limit': 2 },
    show: retryAfter,
    expected: 'Thu, 15 Jan 2026 09:13:00 GMT',
  },
  {
    name: 'error-400',
    value: 'known-codes',
    show: (b) => brief(b.post('User', learner({ PlacementID: 1 }))),
    expected: '400 {"code":-57,"message":"Placement not found"}',
  },
  {
    name: 'error-400',
    value: 'reserved-only',
    show: (b) => brief(b.post('User', learner({ PlacementID: 1 }))),
    expected: '400 {"code":-9999,"message":"Placement not found"}',
  },
  {
    name: 'error-400',
    value: 'pascal-names',
    show: (b) => brief(b.post('User', learner({ PlacementID: 1 }))),
    expected: '400 {"Code":-57,"Message":"Placement not found"}',
  },
  {
    name: 'error-400',
    value: 'text',
    show: (b) => brief(b.post('User', learner({ PlacementID: 1 }))),
    expected: '400 Placement not found',
  },
  {
    name: 'error-400',
    value: 'empty',
    show: (b) => brief(b.post('User', learner({ PlacementID: 1 }))),
    expected: 400,
  },
  {
    name: 'unknown-get',
    value: '404',
    show: (b) => brief(b.get('User/1')),
    expected: '404 {"code":-9999,"message":"User not found"}',
  },
  {
    name: 'unknown-get',
    value: '400-json',
    show: (b) => brief(b.get('User/1')),
    expected: '400 {"code":-9999,"message":"User not found"}',
  },
  { name: 'unknown-get', value: '204', show: (b) => brief(b.get('User/1')), expected: 204 },
  {
    name: 'foreign-organisation',
    value: '403',
    show: (b) => brief(foreign(b)),
    expected: `403 ${permitted}`,
  },
  {
    name: 'foreign-organisation',
    value: '400-json',
    show: (b) => brief(foreign(b)),
    expected: `400 ${permitted}`,
  },
  { name: 'foreign-organisation', value: '204', show: (b) => brief(foreign(b)), expected: 204 },
  {
    name: 'paged-rows',
    value: 'full',
    show: (b) => keys(b.post('Review/Search/1/10')),
    expected: ['ID', 'LearnerID', 'AssessorID', 'Status', 'VisitID', 'ScheduledFor', 'EndTime', 'CreatedOn'],
  },
  {
    name: 'paged-rows',
    value: 'short',
    show: (b) => keys(b.post('Review/Search/1/10')),
    expected: ['ID', 'ScheduledFor'],
  },
  {
    name: 'unpaged-rows',
    value: 'short',
    show: (b) => keys(b.post('LearningAim/Search')),
    expected: ['ID', 'StandardID', 'UserID', 'Status'],
  },
  {
    name: 'unpaged-rows',
    value: 'full',
    show: (b) => keys(b.post('LearningAim/Search')),
    expected: ['ID', 'StandardID', 'UserID', 'Status', 'Progress'],
  },
  { name: 'page-past-end', value: '204', show: pageTwo, expected: 204 },
  { name: 'page-past-end', value: '200-empty-array', show: pageTwo, expected: '200 []' },
  {
    name: 'page-past-end',
    value: 'repeat-last',
    show: pageTwo,
    expected: '200 [{"ID":600044,"StandardID":5003,"UserID":400060,"Status":0,"Progress":42.5}]',
  },
  { name: 'page-size-max', value: 1, show: (b) => status(b.post('Placement/Search/1/2')), expected: 400 },
  {
    name: 'page-size-over',
    value: '400',
    show: (b) => status(b.post('Placement/Search/1/1001')),
    expected: 400,
  },
  {
    name: 'page-size-over',
    value: 'cap',
    also: { 'page-size-max': 1 },
    show: (b) => ids(b.post('Placement/Search/2/50')),
    expected: [30008],
  },
  { name: 'result-order', value: 'id-asc', show: manyPlacements, expected: ascending },
  { name: 'result-order', value: 'id-desc', show: manyPlacements, expected: ascending.toReversed() },
  {
    name: 'result-order',
    value: 'shuffled',
    show: async (b) => ((await manyPlacements(b)) as number[]).join() !== ascending.join(),
    expected: true,
  },
  { name: 'name-filter', value: 'exact-ci', show: quills('QUIL'), expected: 'none' },
  { name: 'name-filter', value: 'exact-ci', show: quills('QUILL'), expected: [400003, 400060] },
  { name: 'name-filter', value: 'prefix-ci', show: quills('QUIL'), expected: [400003, 400060] },
  { name: 'name-filter', value: 'contains-ci', show: quills('uil'), expected: [400003, 400060] },
  { name: 'name-filter', value: 'ignored', show: quills('Nobody'), expected: [400002, 400003, 400060] },
  {
    name: 'misid-filter',
    value: 'users',
    show: async (b) => [
      await ids(b.post('User/Search', { MISID: '100001' })),
      await ids(b.post('Placement/Search', { MISID: 'BRIND1' })),
    ],
    expected: [[400060], [30001, 30008]],
  },
  {
    name: 'misid-filter',
    value: 'all',
    show: (b) => ids(b.post('Placement/Search', { MISID: 'BRIND1' })),
    expected: [30001],
  },
  {
    name: 'misid-filter',
    value: 'ignored',
    show: (b) => ids(b.post('User/Search', { MISID: '100001' })),
    expected: [400002, 400003, 400060],
  },
  {
    name: 'archived-in-search',
    value: 'unmarked',
    show: archive,
    expected: [{ ID: 400060, FirstName: 'Nadia', LastName: 'Quill', MISID: '100001' }],
  },
  {
    name: 'archived-in-search',
    value: 'marked',
    show: archive,
    expected: [{ ID: 400060, FirstName: 'Nadia', LastName: 'Quill', MISID: '100001', Archived: true }],
  },
  { name: 'archived-in-search', value: 'hidden', show: archive, expected: 'none' },
  {
    name: 'misid-unique',
    value: 'no',
    show: (b) => status(b.post('User', learner({ MISID: '100001' }))),
    expected: 200,
  },
  {
    name: 'misid-unique',
    value: 'per-role',
    show: async (b) => [
      await status(b.post('User', learner({ MISID: '100001' }))),
      await status(b.post('User', learner({ MISID: '100001', Role: 5 }))),
    ],
    expected: [400, 200],
  },
  { name: 'last-modified-moves', value: 'user-writes', show: modified, expected: '2025-12-01T10:00:00.000Z' },
  { name: 'last-modified-moves', value: 'all-writes', show: modified, expected: '2026-01-15T09:12:44.000Z' },
  {
    name: 'last-modified-output',
    value: 'present',
    show: async (b) => (await json(b.get('User/400060'))).LastModified,
    expected: '2025-12-01T10:00:00.000Z',
  },
  {
    name: 'last-modified-output',
    value: 'absent',
    show: async (b) => (await json(b.get('User/400060'))).LastModified,
    expected: undefined,
  },
  {
    name: 'date-output',
    value: 'iso-ms-z',
    show: async (b) => (await json(b.get('Review/800006'))).EndTime,
    expected: '2026-02-02T10:00:00.000Z',
  },
  {
    name: 'date-output',
    value: 'iso-s-z',
    show: async (b) => (await json(b.get('Review/800006'))).EndTime,
    expected: '2026-02-02T10:00:00Z',
  },
  {
    name: 'date-output',
    value: 'ticks',
    show: async (b) => (await json(b.get('Review/800006'))).EndTime,
    expected: '2026-02-02T10:00:00.0000000Z',
  },
  {
    name: 'date-output',
    value: 'zoneless',
    show: async (b) => (await json(b.get('Review/800006'))).EndTime,
    expected: '2026-02-02T10:00:00.000',
  },
  {
    name: 'nulls',
    value: 'omitted',
    show: async (b) => 'StartedOn' in (await json(b.get('Review/800006'))),
    expected: false,
  },
  {
    name: 'nulls',
    value: 'explicit',
    show: async (b) => (await json(b.get('Review/800006'))).StartedOn,
    expected: null,
  },
  {
    name: 'certificate-received-name',
    value: 'CertificateReceivedDate',
    show: certificate,
    expected: '2026-01-03T00:00:00.000Z',
  },
  {
    name: 'certificate-received-name',
    value: 'CertificateAwarded',
    show: certificate,
    expected: '2026-01-02T00:00:00.000Z',
  },
  {
    name: 'elements',
    value: 'none',
    show: (b) => keys(b.get('LearningAim/600044')),
    expected: ['ID', 'StandardID', 'UserID', 'Status', 'Progress'],
  },
  {
    name: 'elements',
    value: 'pair',
    also: { nulls: 'explicit' },
    show: async (b) => ((await keys(b.get('LearningAim/600044'))) as string[]).slice(-2),
    expected: ['ElementsTotal', 'ElementsDone'],
  },
  {
    name: 'elements',
    value: 'units',
    show: async (b) => {
      await b.post('Unit/PLAN_01/Assign/400060/5003');
      return json(b.post('UnitSummary/Search', { UserID: 400060 }));
    },
    expected: [{ ID: 900001, UserID: 400060, StandardID: 5003, UnitID: 'PLAN_01', Progress: 0 }],
  },
  {
    name: 'elements-total-name',
    value: 'CriteriaTotal',
    also: { nulls: 'explicit', elements: 'pair' },
    show: async (b) => ((await keys(b.get('LearningAim/600044'))) as string[]).slice(-2),
    expected: ['CriteriaTotal', 'ElementsDone'],
  },
  {
    name: 'elements-done-name',
    value: 'CriteriaMet',
    also: { elements: 'pair' },
    show: async (b) => {
      await b.door('POST', '/act/aims/600044/progress', { progress: 10, elementsDone: 4 });
      return (await json(b.get('LearningAim/600044'))).CriteriaMet;
    },
    expected: 4,
  },
  {
    name: 'standard-code',
    value: 'property',
    show: (b) => json(b.get('Standard/5003')),
    expected: { ID: 5003, Title: 'Team Leader', NDAQCode: '603/1122/3' },
  },
  {
    name: 'standard-code',
    value: 'in-title',
    show: (b) => json(b.get('Standard/5003')),
    expected: { ID: 5003, Title: 'Team Leader [603/1122/3]' },
  },
  {
    name: 'standard-code',
    value: 'none',
    show: (b) => json(b.get('Standard/5003')),
    expected: { ID: 5003, Title: 'Team Leader' },
  },
  {
    name: 'standard-code-name',
    value: 'QualificationCode',
    show: async (b) => (await json(b.get('Standard/5003'))).QualificationCode,
    expected: '603/1122/3',
  },
  {
    name: 'aim-statuses',
    value: '0-1-2',
    show: async (b) =>
      (await json(b.get('Organisation/301/LearningAimStatuses'))).map(({ ID }: { ID: number }) => ID),
    expected: [0, 1, 2],
  },
  {
    name: 'aim-statuses',
    value: 'renumbered',
    show: async (b) => {
      await b.post('LearningAim/600044', { ID: 600044, Status: 8 });
      return [
        await ids(b.get('Organisation/301/LearningAimStatuses')),
        (await json(b.get('LearningAim/600044'))).Status,
      ];
    },
    expected: [[7, 8, 9], 8],
  },
  { name: 'clear-by-null', value: 'ignored', show: clearUln, expected: '100001' },
  { name: 'clear-by-null', value: 'clears', show: clearUln, expected: null },
  {
    name: 'aim-update-answer',
    value: '204',
    show: (b) => brief(b.post('LearningAim/600044', { ID: 600044 })),
    expected: 204,
  },
  {
    name: 'aim-update-answer',
    value: '200-empty',
    show: (b) => brief(b.post('LearningAim/600044', { ID: 600044 })),
    expected: 200,
  },
  {
    name: 'aim-update-answer',
    value: '200-id',
    show: (b) => brief(b.post('LearningAim/600044', { ID: 600044 })),
    expected: '200 600044',
  },
  {
    name: 'aim-update-answer',
    value: '200-object',
    show: (b) => brief(b.post('LearningAim/600044', { ID: 600044 })),
    expected: '200 {"ID":600044,"StandardID":5003,"UserID":400060,"Status":0,"Progress":42.5}',
  },
  {
    name: 'standard-reassign',
    value: 'existing-id',
    show: (b) => brief(b.post('Standard/5003/Assign/400060')),
    expected: '200 600044',
  },
  {
    name: 'standard-reassign',
    value: 'new-aim',
    show: (b) => brief(b.post('Standard/5003/Assign/400060')),
    expected: '200 600045',
  },
  {
    name: 'standard-reassign',
    value: '400',
    show: (b) => status(b.post('Standard/5003/Assign/400060')),
    expected: 400,
  },
  {
    name: 'unit-reassign',
    value: '400',
    show: async (b) => {
      await b.post('Unit/PLAN_01/Assign/400060/5003');
      return status(b.post('Unit/PLAN_01/Assign/400060/5003'));
    },
    expected: 400,
  },
  {
    name: 'unit-reassign',
    value: 'existing-id',
    show: async (b) => {
      await b.post('Unit/PLAN_01/Assign/400060/5003');
      return brief(b.post('Unit/PLAN_01/Assign/400060/5003'));
    },
    expected: '200 900001',
  },
  { name: 'template-reassign', value: 'idempotent', show: assignTemplateTwice, expected: [204, 204, 2] },
  { name: 'template-reassign', value: 'duplicates', show: assignTemplateTwice, expected: [204, 204, 5] },
  { name: 'template-reassign', value: '400', show: assignTemplateTwice, expected: [204, 400, 2] },
  { name: 'review-status', value: 'moves', show: startAndShow, expected: 2 },
  { name: 'review-status', value: 'fixed-1', show: startAndShow, expected: 1 },
  {
    name: 'review-date-filter',
    value: 'scheduled-inclusive',
    show: reviewsWithin('2026-02-02', '2026-02-02T09:00:00Z'),
    expected: [800006],
  },
  {
    name: 'review-date-filter',
    value: 'scheduled-end-exclusive',
    show: reviewsWithin('2026-02-02', '2026-02-02T09:00:00Z'),
    expected: 'none',
  },
  {
    name: 'review-date-filter',
    value: 'created',
    show: reviewsWithin('2026-01-15', '2026-01-15'),
    expected: [800006],
  },
  {
    name: 'review-date-filter',
    value: 'ignored',
    show: reviewsWithin('2020-01-01', '2020-01-02'),
    expected: [800006],
  },
  {
    name: 'review-update',
    value: 'until-started',
    show: async (b) => [await moveReview(b), await moveStarted(b)],
    expected: [204, 400],
  },
  { name: 'review-update', value: 'always', show: moveStarted, expected: 204 },
  {
    name: 'review-update',
    value: '405',
    show: async (b) => status(b.post('Review/800006', {})),
    expected: 405,
  },
  {
    name: 'review-update',
    value: '404',
    show: moveReview,
    expected: '404 {"code":-9999,"message":"Route not found"}',
  },
  {
    name: 'review-without-visit',
    value: 'accepted',
    show: (b) => brief(b.post('Review', { LearnerID: 400060 })),
    expected: '200 800007',
  },
  {
    name: 'review-without-visit',
    value: '400',
    show: (b) => status(b.post('Review', { LearnerID: 400060 })),
    expected: 400,
  },
  {
    name: 'duplicate-create',
    value: 'new-record',
    show: (b) => status(b.post('Placement', { OrganisationID: 301, Name: 'Again', MISID: 'BRIND1' })),
    expected: 200,
  },
  {
    name: 'duplicate-create',
    value: '400-same-misid',
    show: async (b) => [
      await status(b.post('Placement', { OrganisationID: 301, Name: 'Again', MISID: 'BRIND1' })),
      await status(b.post('User', learner({ MISID: '100001' }))),
    ],
    expected: [400, 400],
  },
  {
    name: 'duplicate-create',
    value: '400-same-email',
    show: (b) => status(b.post('User', learner({ Email: 'n.quill@learners.example.org' }))),
    expected: 400,
  },
  {
    name: 'maintenance-answer',
    value: '503-json',
    show: async (b) => {
      await b.door('POST', '/maintenance', { seconds: 9 });
      return (await b.get('Customer')).headers.get('content-type');
    },
    expected: 'application/json; charset=utf-8',
  },
  {
    name: 'maintenance-answer',
    value: '503-html',
    show: async (b) => {
      await b.door('POST', '/maintenance', { seconds: 9 });
      return (await b.get('Customer')).headers.get('content-type');
    },
    expected: 'text/html; charset=utf-8',
  },
  {
    name: 'maintenance-answer',
    value: 'refuse',
    show: async (b) => {
      await b.door('POST', '/maintenance', { seconds: 9 });
      return b.get('Customer').catch(() => 'cut');
    },
    expected: 'cut',
  },
  {
    name: 'user-create-answer',
    value: 'id-username-echo',
    show: (b) => keys(b.post('User', IMOGEN)),
    expected: [
      'ID',
      'Username',
      'OrganisationID',
      'Role',
      'FirstName',
      'LastName',
      'Email',
      'DefaultAssessorID',
      'ClassroomID',
      'PlacementID',
      'MISID',
      'DOB',
      'CreatedOn',
      'Progress',
      'LastModified',
    ],
  },
  {
    name: 'user-create-answer',
    value: 'id-only',
    show: (b) => brief(b.post('User', IMOGEN)),
    expected: '200 {"ID":400061}',
  },
  {
    name: 'user-create-answer',
    value: 'bare-id',
    show: (b) => brief(b.post('User', IMOGEN)),
    expected: '200 400061',
  },
  {
    name: 'assign-learner-in-path',
    value: '400',
    show: (b) => status(b.post('User/400060/Assign', { LearnerID: 400060, Level: 1 })),
    expected: 400,
  },
  {
    name: 'assign-learner-in-path',
    value: '204-no-effect',
    show: (b) => status(b.post('User/400060/Assign', { LearnerID: 400060, Level: 1 })),
    expected: 204,
  },
  {
    name: 'unproven-endpoints',
    value: '404',
    show: async (b) => [
      await status(b.get('KeyChain/1')),
      await status(b.get('Visit/700011')),
      await status(b.post('User/400060/SSO')),
    ],
    expected: [404, 404, 404],
  },
  {
    name: 'unproven-endpoints',
    value: '403',
    show: async (b) => [
      await status(b.get('Episode')),
      await status(b.call('DELETE', 'Visit/700011')),
      await status(b.get('Progress/1')),
      await status(b.post('Assessment')),
    ],
    expected: [403, 403, 403, 403],
  },
  { name: 'session-lifetime-s', value: 100, show: lifeAfter(60), expected: [200, 401] },
  {
    name: 'session-expiry',
    value: 'fixed',
    also: { 'session-lifetime-s': 100 },
    show: lifeAfter(60),
    expected: [200, 401],
  },
  {
    name: 'session-expiry',
    value: 'sliding',
    also: { 'session-lifetime-s': 100 },
    show: lifeAfter(60),
    expected: [200, 200],
  },
  { name: 'session-parallel', value: 'many', show: twoSessions, expected: [200, 200] },
  { name: 'session-parallel', value: 'one', show: twoSessions, expected: [401, 200] },
  { name: 'token-body', value: 'bare', show: async (b) => (await b.authenticate()).length, expected: 344 },
  {
    name: 'token-body',
    value: 'json-string',
    show: async (b) => JSON.parse(await b.authenticate()).length,
    expected: 344,
  },
  {
    name: 'create-answer',
    value: 'bare-int',
    show: (b) => brief(b.post('Provider', { OrganisationID: 301, Name: 'P' })),
    expected: '200 1201',
  },
  {
    name: 'create-answer',
    value: 'quoted-int',
    show: (b) => brief(b.post('Provider', { OrganisationID: 301, Name: 'P' })),
    expected: '200 "1201"',
  },
  { name: 'no-match', value: '204', show: (b) => brief(b.post('Plan/Search')), expected: 204 },
  {
    name: 'no-match',
    value: '200-empty-array',
    show: (b) => brief(b.post('Plan/Search')),
    expected: '200 []',
  },
  {
    name: 'other-write-answer',
    value: '204',
    show: (b) => brief(b.post('Placement/30008', { Name: 'Renamed' })),
    expected: 204,
  },
  {
    name: 'other-write-answer',
    value: '200-empty',
    show: (b) => brief(b.post('User/400060/Archive')),
    expected: 200,
  },
  {
    name: 'other-write-answer',
    value: '200-object',
    show: (b) => brief(b.post('Placement/30008', { Name: 'Renamed' })),
    expected: '200 {"ID":30008,"OrganisationID":301,"Name":"Renamed","Active":false}',
  },
  {
    name: 'email-mandatory',
    value: 'yes',
    show: (b) => status(b.post('User', learner({ Email: '' }))),
    expected: 400,
  },
  {
    name: 'email-mandatory',
    value: 'no',
    show: (b) => status(b.post('User', learner({ Email: '' }))),
    expected: 200,
  },
  {
    name: 'visit-type-check',
    value: '0-1-2',
    show: (b) => status(b.post('Visit', { ...CENTRE.visits[0], VisitTypeID: 7 })),
    expected: 400,
  },
  {
    name: 'visit-type-check',
    value: 'any',
    show: (b) => status(b.post('Visit', { ...CENTRE.visits[0], VisitTypeID: 7 })),
    expected: 200,
  },
  {
    name: 'archived-write',
    value: 'accepted',
    show: async (b) => {
      await archive(b);
      return status(b.post('User/400060', { ULN: '1' }));
    },
    expected: 204,
  },
  {
    name: 'archived-write',
    value: '400',
    show: async (b) => {
      await archive(b);
      return [
        await status(b.post('User/400060', { ULN: '1' })),
        await status(b.post('LearningAim/600044', { ID: 600044 })),
        await status(b.post('Review', { LearnerID: 400060 })),
      ];
    },
    expected: [400, 400, 400],
  },
  {
    name: 'review-needs-aims',
    value: 'no',
    show: async (b) => {
      await b.post('User', IMOGEN);
      return status(b.post('Review', { LearnerID: 400061 }));
    },
    expected: 200,
  },
  {
    name: 'review-needs-aims',
    value: '400',
    show: async (b) => {
      await b.post('User', IMOGEN);
      return status(b.post('Review', { LearnerID: 400061 }));
    },
    expected: 400,
  },
  {
    name: 'ui-date-storage',
    value: 'london-midnight',
    show: async (b) => {
      await b.door('POST', '/act/aims/600044/complete', { on: '2026-06-15' });
      return (await json(b.get('LearningAim/600044'))).AchievedDate;
    },
    expected: '2026-06-14T23:00:00.000Z',
  },
  {
    name: 'ui-date-storage',
    value: 'utc-midnight',
    show: async (b) => {
      await b.door('POST', '/act/aims/600044/complete', { on: '2026-06-15' });
      return (await json(b.get('LearningAim/600044'))).AchievedDate;
    },
    expected: '2026-06-15T00:00:00.000Z',
  },
];

test.each(CASES)('$name = $value', async ({ name, value, show, expected, also }) => {
  const bench = await openCentre({ ...also, [name]: value });
  expect(await show(bench)).toEqual(expected);
});

test('every value of every switch has a case', () => {
  const covered = new Set(CASES.map(({ name, value }) => `${name} ${value}`));
  const missing = Object.entries(SWITCH_TABLE).flatMap(([name, definition]) => {
    if (name === 'latency-ms') return []; // among the faults
    if (definition.type === 'choice')
      return definition.values.filter((value) => !covered.has(`${name} ${value}`));
    return CASES.some((each) => each.name === name) ? [] : [name];
  });
  expect(missing).toEqual([]);
});

test('defaults, profiles, and single changes through the control door', async () => {
  const { door, doorJson, set } = await openCentre();
  const defaults = await doorJson('/switches');
  await set({ profile: 'awkward', nulls: 'omitted' });
  expect(await doorJson('/switches')).toMatchObject({
    'result-order': 'shuffled',
    nulls: 'omitted',
    'rate-limit': 300,
  });
  await set({ profile: 'default' });
  expect(await doorJson('/switches')).toEqual(defaults);
  await set({ 'rate-limit': 5 });
  await door('DELETE', '/switches');
  expect(await doorJson('/switches')).toEqual(defaults);
});

test.each([
  [{ 'no-such': 'x' }, 'unknown switch no-such'],
  [{ elements: 'some' }, 'elements must be one of none, pair, units'],
  [{ 'rate-limit': '300' }, 'rate-limit must be a whole number from 0'],
  [{ profile: 'odd' }, 'profile must be one of default, awkward'],
  [{ 'elements-done-name': '' }, 'elements-done-name must be a property name'],
])('a bad change is refused and nothing is changed: %j', async (wanted, error) => {
  const { door, doorJson } = await openCentre();
  const before = await doorJson('/switches');
  const answer = await door('PATCH', '/switches', { nulls: 'explicit', ...wanted });
  expect(answer).toMatchObject({ status: 400, text: JSON.stringify({ error }) });
  expect(await doorJson('/switches')).toEqual(before);
});

test('the awkward profile answers awkwardly all at once', async () => {
  const bench = await openCentre({ profile: 'awkward' });
  expect((await json(bench.get('Review/800006'))).EndTime).toBe('2026-02-02T10:00:00.000');
  expect(await brief(bench.post('Review', { LearnerID: 400060 }))).toBe('200 "800007"');
  expect(await brief(bench.post('User', IMOGEN))).toBe('200 {"ID":400061}');
  expect(await brief(noSession(bench))).toBe(401);
});
