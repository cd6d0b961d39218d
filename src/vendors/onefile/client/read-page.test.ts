import { expect, test } from 'vitest';
import { setupOneFile, smallCentre, toShort } from '../../../../test/support/onefile-client.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { Observation } from '../../../domain/observation.ts';
import { pollResources } from './read-page.ts';

type One = Awaited<ReturnType<typeof setupOneFile>>;

/** All pages of a resource, as the poller reads them. */
async function readAll(one: One, name: string, known: { extent?: 'recent'; learnerVendorId?: string } = {}) {
  const resource = pollResources.find((candidate) => candidate.name === name);
  if (resource === undefined) throw new Error(name);
  const observations: Observation[] = [];
  let cursor: string | null = null;
  let pageCount = 0;
  do {
    const page = await one.client.readPage({
      resource,
      cursor,
      learnerVendorId: known.learnerVendorId ?? null,
      extent: known.extent ?? 'full',
      cause: 'poll',
    });
    if (page.kind !== 'page') throw new Error(`${page.kind} ${page.detail}`);
    observations.push(...page.observations);
    cursor = page.next;
    pageCount += 1;
  } while (cursor !== null);
  return { observations, ids: observations.map(({ vendorId }) => vendorId).sort(), pageCount };
}

const placements = [
  { ID: 30001, OrganisationID: 301, Name: 'Brindle', Address: '2 Mill Row\r\nOldham', MISID: 'BRIND1' },
];
const classrooms = [{ ID: 2001, OrganisationID: 301, Name: 'Blue' }];
const reviews = [
  { ID: 800001, LearnerID: 400061, AssessorID: 400002, Status: 1, ScheduledFor: '2026-01-20T09:00:00.000Z' },
  { ID: 800002, LearnerID: 400061, AssessorID: 400002, Status: 1, ScheduledFor: '2026-06-22T09:00:00.000Z' },
  { ID: 800003, LearnerID: 400061, AssessorID: 400002, Status: 1 },
];
const records = { ...smallCentre, placements, classrooms, reviews } as never;

test.each([{}, { profile: 'awkward' }])(
  'every resource is read whole, in our normal form (%o)',
  async (switches) => {
    await using one = await setupOneFile({ switches, records });
    expect((await readAll(one, 'learners')).observations).toMatchObject([
      {
        entity: 'learner',
        vendorId: '400061',
        learnerVendorId: '400061',
        record: { firstName: 'Imogen', misId: '10001', defaultAssessorId: '400002' },
      },
    ]);
    expect((await readAll(one, 'assessors')).observations).toMatchObject([
      { entity: 'assessor', vendorId: '400002', learnerVendorId: null, record: { role: 5 } },
      { entity: 'assessor', vendorId: '400003', learnerVendorId: null, record: { role: 4 } },
    ]);
    const standards = await readAll(one, 'standards');
    expect(standards.ids).toEqual(['5003', '5007']);
    expect(standards.observations.find(({ vendorId }) => vendorId === '5003')).toMatchObject({
      entity: 'standard',
      record: { title: 'Team Leader', code: '60311223' },
    });
    expect((await readAll(one, 'placements')).observations).toMatchObject([
      { entity: 'placement', record: { name: 'Brindle', active: true, misId: 'BRIND1' } },
    ]);
    expect((await readAll(one, 'classrooms')).observations).toMatchObject([
      { entity: 'classroom', record: { name: 'Blue' } },
    ]);
    expect((await readAll(one, 'reviews')).ids).toEqual(['800001', '800002', '800003']);
    const aims = await readAll(one, 'aims', { learnerVendorId: '400061' });
    expect(aims.ids).toEqual(['600045', '600046']);
    expect(new Set(one.taken)).toEqual(new Set(['command', 'poll']));
  },
);

function manyLearners(count: number): JsonObject {
  const users = Array.from({ length: count }, (_, n) => ({
    ID: 410_000 + n,
    OrganisationID: 301,
    Role: 1,
    FirstName: 'L',
    LastName: `N${n}`,
    Email: `l${n}@x.example.org`,
  }));
  return { customers: smallCentre.customers, organisations: smallCentre.organisations, users } as never;
}

test.each<[number, JsonObject, number]>([
  [99, {}, 2],
  [100, {}, 2],
  [250, {}, 3],
  [200, { 'page-past-end': '204' }, 3],
  [200, { 'page-past-end': '200-empty-array' }, 3],
  [200, { 'page-past-end': 'repeat-last' }, 3],
  [200, { 'page-past-end': 'repeat-last', 'result-order': 'shuffled' }, 3],
  [0, { 'no-match': '204' }, 1],
  [0, { 'no-match': '200-empty-array' }, 1],
])('O5: %i learners with %o take %i pages, each learner once', async (count, switches, pages) => {
  await using one = await setupOneFile({ switches, records: manyLearners(count) });
  const { ids, pageCount } = await readAll(one, 'learners');
  expect(ids).toHaveLength(count);
  expect(new Set(ids).size).toBe(count);
  expect(pageCount).toBe(pages);
});

test.each<[number, number, 'cap' | 'cut']>([
  [70, 50, 'cap'],
  [70, 50, 'cut'],
  [100, 50, 'cut'],
  [101, 20, 'cap'],
  [101, 20, 'cut'],
  [3, 1, 'cut'],
])(
  'D-21: of %i learners all are read where OneFile gives at most %i at once and does %s',
  async (count, most, over) => {
    const switches = { 'page-size-max': most, 'page-size-over': over };
    await using one = await setupOneFile({ switches, records: manyLearners(count) });
    expect(new Set((await readAll(one, 'learners')).ids).size).toBe(count);
  },
);

test('D-21: a list that is capped from the second pass on is read whole in it', async () => {
  await using one = await setupOneFile({ records: manyLearners(70) });
  const { ids } = await readAll(one, 'learners');
  await one.control('PATCH', '/switches', { 'page-size-max': 50, 'page-size-over': 'cap' });
  expect((await readAll(one, 'learners')).ids.toSorted()).toEqual(ids.toSorted());
});

test('O5: a stored cursor continues after a restart', async () => {
  await using one = await setupOneFile({ records: manyLearners(150) });
  const [resource] = pollResources.filter(({ name }) => name === 'learners');
  const request = {
    resource: resource!,
    cursor: null,
    learnerVendorId: null,
    extent: 'full',
    cause: 'poll',
  } as const;
  const first = await one.client.readPage(request);
  if (first.kind !== 'page') throw new Error(first.kind);
  await using other = await setupOneFile({ records: manyLearners(150) });
  const second = await other.client.readPage({ ...request, cursor: first.next });
  expect(second).toMatchObject({ kind: 'page', next: null });
  expect(second.kind === 'page' && second.observations).toHaveLength(50);
});

test('OF-18: a pass shows the standards open to the centre, as a refresh of the list does', async () => {
  const standards = [
    ...smallCentre.standards,
    { ID: 5099, Title: 'Elsewhere', code: '1', organisationIds: [302] },
  ];
  await using one = await setupOneFile({ records: { ...smallCentre, standards } as never });
  await one.control('POST', '/rules', {
    match: { path: 'Standard/Search/{page}/{size}' },
    times: null,
    action: {
      type: 'answer',
      status: 200,
      body: standards.map(({ ID, Title }) => ({ ID, Title: `${Title} [X${ID}]` })),
    },
  });
  const { ids } = await readAll(one, 'standards');
  const offered = await one.client.refreshCatalogue('command');
  expect(ids).toEqual(['5003', '5007']);
  expect('kind' in offered ? offered : offered.map(({ id }) => id).sort()).toEqual(ids);
});

test('O6: the connection test detects a limit on pages, and with that page size everything is read', async () => {
  const many = Array.from({ length: 30 }, (_, n) => ({ ID: 30_001 + n, OrganisationID: 301, Name: `P${n}` }));
  const switches = { 'page-size-max': 10, 'page-size-over': 'cap' };
  const capped = { ...smallCentre, placements: many } as never;
  await using one = await setupOneFile({ switches, records: capped });
  expect(await one.client.testConnection()).toMatchObject({
    kind: 'connected',
    warnings: ['OneFile answers at most 10 rows a page: set onefile.pageSize to that number.'],
  });
  await using two = await setupOneFile({ switches, records: capped, connection: { pageSize: 10 } });
  expect((await readAll(two, 'placements')).ids).toHaveLength(30);
});

test.each(['scheduled-inclusive', 'scheduled-end-exclusive', 'ignored'])(
  'G26: recent reviews are those around the present, however the filter counts (%s)',
  async (filter) => {
    await using one = await setupOneFile({ switches: { 'review-date-filter': filter }, records });
    expect((await readAll(one, 'reviews', { extent: 'recent' })).ids).toEqual(['800001']);
    const [call] = toShort(await one.calls());
    expect(call).toBe(
      'POST Review/Search/1/100 {"OrganisationID":301,"DateFrom":"2025-12-31T09:00:00.000Z","DateTo":"2026-01-30T09:00:00.000Z"}',
    );
  },
);

test.each(['present', 'absent'])(
  'O13: changed learners are asked for from the start of the last pass (%s)',
  async (output) => {
    await using one = await setupOneFile({ switches: { 'last-modified-output': output } });
    await one.control('POST', '/clock', { mode: 'frozen', now: '2026-01-15T12:00:00Z' });
    await readAll(one, 'learners');
    await readAll(one, 'learners', { extent: 'recent' });
    const [, , recent] = toShort(await one.calls());
    // By the server's clock, minus ten minutes; our clock shows nine.
    expect(recent).toBe(
      'POST User/Search/1/100 {"OrganisationID":301,"Role":1,"LastModified":"2026-01-15T11:50:00.000Z"}',
    );
  },
);

test('O8: an unreadable date is reported; its record and the others are still read', async () => {
  await using one = await setupOneFile({ records });
  const [first, second] = reviews;
  await one.control('POST', '/rules', {
    match: { path: 'Review/Search/{page}/{size}' },
    times: 2,
    action: { type: 'answer', status: 200, body: [{ ...first, StartedOn: 'soon' }, { ...second }] },
  });
  expect((await readAll(one, 'reviews')).observations).toMatchObject([
    {
      vendorId: '800001',
      learnerVendorId: '400061',
      record: { startedAtMs: null, unreadable: ['startedAtMs'], scheduledForMs: 1768899600000 },
    },
    { vendorId: '800002', record: { startedAtMs: null, unreadable: null } },
  ]);
  await one.control('POST', '/rules', {
    match: { path: 'Review/Search/{page}/{size}' },
    times: 2,
    action: { type: 'answer', status: 200, body: [{ ...first, ScheduledFor: 'later' }, { ...reviews[2] }] },
  });
  expect((await readAll(one, 'reviews', { extent: 'recent' })).observations).toMatchObject([
    { vendorId: '800001', record: { scheduledForMs: null, unreadable: ['scheduledForMs'] } },
  ]);
  await one.control('POST', '/rules', {
    match: { path: 'LearningAim/Search/{page}/{size}' },
    action: {
      type: 'answer',
      status: 200,
      body: [
        {
          ID: 600045,
          UserID: 400061,
          StandardID: 5003,
          Status: 0,
          Progress: 40.5,
          RegistrationDate: 'unknown',
        },
      ],
    },
  });
  expect((await readAll(one, 'aims', { learnerVendorId: '400061' })).observations).toMatchObject([
    {
      vendorId: '600045',
      record: { registeredOn: null, unreadable: ['registeredOn'], reference: '60311223' },
    },
  ]);
});

test('a page that cannot be read returns the reason and no record', async () => {
  await using one = await setupOneFile();
  await one.control('POST', '/rules', {
    match: { path: 'User/Search/{page}/{size}' },
    action: { type: 'answer', status: 503 },
  });
  const [resource] = pollResources.filter(({ name }) => name === 'learners');
  const request = {
    resource: resource!,
    cursor: null,
    learnerVendorId: null,
    extent: 'full',
    cause: 'poll',
  } as const;
  expect(await one.client.readPage(request)).toEqual({ kind: 'unknown', detail: 'HTTP 503' });
});

test('A-43: details that no setting exchanges are dropped when they are read; what finds a person again is kept', async () => {
  const person = { Telephone: '0161 1', MobileNumber: '07700 1', L12: '31', L13: 'F', L15: '9' };
  const users = smallCentre.users.map((user) => ({
    ...user,
    ...person,
    NINO: 'AB123456C',
    ULN: '1000000019',
  }));
  const exchangedDetails = { learner: ['sex'], officer: [] } as const;
  await using one = await setupOneFile({
    records: { ...smallCentre, users } as never,
    connection: { exchangedDetails },
  });
  const dropped = { phone: null, mobile: null, ethnicity: null, disability: null };
  const read = await one.execute({ name: 'read-learner', request: { learnerId: '400061', ident: '1' } });
  const record = { ...dropped, sex: 'F', nino: 'AB123456C', uln: '1000000019', lastName: 'Tarrant' };
  expect(read).toMatchObject({ observed: [{ record }] });
  expect((await readAll(one, 'learners')).observations).toMatchObject([{ record }]);
  const assessors = (await readAll(one, 'assessors')).observations;
  expect(assessors).toMatchObject(assessors.map(() => ({ record: { phone: null, mobile: null } })));
  expect(assessors.length).toBeGreaterThan(0);
});
