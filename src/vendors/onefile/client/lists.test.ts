import { describe, expect, test } from 'vitest';
import { enrolCentre } from '../../../../test/support/onefile-centre.ts';
import { setupOneFile, toShort } from '../../../../test/support/onefile-client.ts';
import { ask } from '../../../../test/support/onefile-essentials.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { EnrolmentAsk } from '../rules/enrol/facts.ts';

const profiles: readonly JsonObject[] = [{ profile: 'default' }, { profile: 'awkward' }];
const setup = (switches: JsonObject = {}) => setupOneFile({ switches, records: enrolCentre as never });

const nothing: EnrolmentAsk = {
  ...{ ident: '1', email: 'nobody@x.example.org', firstName: 'No', lastName: 'Body' },
  ...{ officers: [], assessorIds: [], organisation: null, placementId: null, classroom: null },
};

describe.each(profiles)('with $profile', (switches) => {
  test('OF-11: learners like the one to enrol are found by MIS value, e-mail and names, with the compared fields', async () => {
    await using one = await setup(switches);
    const facts = await one.client.readEnrolmentFacts({ ...ask, email: 'u400021@X.example.org' }, 'command');
    if ('kind' in facts) throw new Error(facts.kind);
    expect(facts.candidates.map(({ id }) => id).sort()).toEqual(['400020', '400021', '400061']);
    expect(facts.candidates).toContainEqual({
      ...{
        id: '400020',
        misId: null,
        firstName: 'Imogen',
        lastName: 'Tarrant',
        email: 'u400020@x.example.org',
      },
      ...{ birthDate: '2006-07-14', uln: '1000000000', niNumber: null },
    });
  });

  test('OF-32, A-39: partners are found by their exact key, without archived classrooms and other centres', async () => {
    await using one = await setup(switches);
    const facts = await one.client.readEnrolmentFacts(
      { ...ask, officers: ['TWO001', 'two001'], organisation: 'TWICE1', placementId: '30002' },
      'command',
    );
    expect(facts).toMatchObject({
      assessors: { two001: [] },
      placements: [
        { id: expect.any(String), name: expect.stringContaining('Harrow') },
        { id: expect.any(String), name: expect.stringContaining('Harrow') },
      ],
      isPlacementMissing: false,
      classrooms: [{ id: '2001', name: 'September intake' }],
    });
    const named = 'kind' in facts ? [] : [...(facts.assessors['TWO001'] ?? [])];
    expect(named.map(({ name }) => name).sort()).toEqual(['Renée O’Hara', 'Zara Quill']);
    const foreign = await one.client.readEnrolmentFacts({ ...nothing, placementId: '30004' }, 'command');
    expect(foreign).toMatchObject({
      isPlacementMissing: true,
      candidates: [],
      placements: [],
      classrooms: [],
    });
  });

  test('OF-30, OF-33: look-up lists contain all records, and find by words without case and accents', async () => {
    await using one = await setup(switches);
    const find = async (kind: 'officer' | 'organisation', text: string) => {
      const found = await one.client.searchOwners(kind, text);
      return 'kind' in found ? found.kind : found.map(({ name }) => name);
    };
    expect(await find('officer', '')).toEqual([
      ...['Ada Brook', 'Ben Cole', 'Old Brook', 'Renée O’Hara', 'Zara Quill'],
    ]);
    expect(await find('officer', ' brook ADA')).toEqual(['Ada Brook']);
    expect(await find('officer', 'renee')).toEqual(['Renée O’Hara']);
    expect(await find('officer', 'two001')).toEqual(['Renée O’Hara', 'Zara Quill']);
    expect(await find('officer', 'nobody')).toEqual([]);
    expect(await find('organisation', 'harrow')).toEqual(['Harrow & Pike', 'Harrow & Pike Ltd']);
    const [firm] = (await one.client.searchOwners('organisation', '30002')) as never[];
    expect(firm).toEqual({
      ...{ id: '30002', name: 'Harrow & Pike', misId: 'TWICE1', email: null, isActive: false },
    });
  });

  test('ids and MIS values of all assessors and placements are read', async () => {
    await using one = await setup(switches);
    const byId = (all: readonly { id: string; misId: string | null }[] | null) =>
      Object.fromEntries((all ?? []).map(({ id, misId }) => [id, misId]));
    expect(byId(await one.client.readAssessors('poll'))).toEqual({
      ...{ 400002: 'ABR001', 400003: 'BCO001', 400009: 'OLD001', 400010: 'TWO001', 400011: 'TWO001' },
    });
    expect(byId(await one.client.readPlacements('poll'))).toEqual({
      ...{ 30001: 'BRIND1', 30002: 'TWICE1', 30003: 'TWICE1' },
    });
    await one.control('POST', '/maintenance', { seconds: 60 });
    expect(await one.client.readPlacements('poll')).toBeNull();
    expect(await one.client.searchOwners('organisation', '')).toMatchObject({ kind: 'unknown' });
  });

  test('OF-18: the offered standards are listed with their pathways; a standard without a code is left out', async () => {
    await using one = await setup(switches);
    const offered = await one.client.refreshCatalogue('command');
    expect('kind' in offered ? offered : [...offered].sort((a, b) => Number(a.id) - Number(b.id))).toEqual([
      { id: '5003', code: '60311223', title: 'Team Leader' },
      { id: '5004', code: '60311223', title: 'Team Leader (Retail pathway)' },
      { id: '5007', code: '196AS', title: 'Joinery' },
    ]);
  });
});

test('only the requested facts are searched, and the centres once an hour', async () => {
  await using one = await setup();
  const sent = async (wanted: EnrolmentAsk) => {
    const before = (await one.calls()).length;
    expect('kind' in (await one.client.readEnrolmentFacts(wanted, 'command'))).toBe(false);
    return toShort((await one.calls()).slice(before)).sort();
  };
  const learner = [
    'POST User/Search/1/100 {"OrganisationID":301,"Role":1,"MISID":"1"}',
    'POST User/Search/1/100 {"OrganisationID":301,"Role":1,"Email":"nobody@x.example.org"}',
    'POST User/Search/1/100 {"OrganisationID":301,"Role":1,"FirstName":"No","LastName":"Body"}',
  ];
  expect(await sent(nothing)).toEqual(['POST Organisation/Search/1/100 {}', ...learner].sort());
  const ofOfficer = [
    'POST User/Search/1/100 {"OrganisationID":301,"Role":5,"MISID":"A1"}',
    'POST User/Search/1/100 {"OrganisationID":301,"Role":4,"MISID":"A1"}',
  ];
  expect(await sent({ ...nothing, officers: ['A1'] })).toEqual([...learner, ...ofOfficer].sort());
  one.passMs(3_600_000);
  const others = [
    'POST Classroom/Search/1/100 {"OrganisationID":301,"Name":"C"}',
    'POST Organisation/Search/1/100 {}',
  ];
  expect(await sent({ ...nothing, classroom: 'C', email: '' })).toEqual(
    [...others, learner[0], learner[2]].sort(),
  );
});

test.each(['User/Search/{page}/{size}', 'Placement/Search/{page}/{size}', 'Classroom/Search/{page}/{size}'])(
  'one failed search makes all facts fail (%s)',
  async (path) => {
    await using one = await setup();
    await one.control('POST', '/rules', { match: { path }, action: { type: 'answer', status: 500 } });
    expect(await one.client.readEnrolmentFacts(ask, 'command')).toEqual({
      kind: 'unknown',
      detail: 'HTTP 500',
    });
  },
);

test.each([
  [404, 3],
  [403, 3],
  [204, 3],
  [500, 'unknown'],
])(
  'OF-18: when the list of open standards is answered by %i, all count or none is known',
  async (status, expected) => {
    await using one = await setup();
    const match = { path: 'Organisation/{id}/AssignedStandards' };
    await one.control('POST', '/rules', {
      match,
      times: 2,
      action: { type: 'answer', status, body: { code: -9999, message: 'No' } },
    });
    const offered = await one.client.refreshCatalogue('command');
    expect('kind' in offered ? offered.kind : offered.length).toBe(expected);
  },
);

test('OF-18: a standard that is not open to the centre is not offered', async () => {
  await using one = await setup();
  const action = {
    type: 'answer',
    status: 200,
    body: [
      { ID: 5004, Title: 'x' },
      { ID: '5007', Title: 'y' },
    ],
  };
  await one.control('POST', '/rules', { match: { path: 'Organisation/{id}/AssignedStandards' }, action });
  const offered = await one.client.refreshCatalogue('command');
  expect('kind' in offered ? offered.kind : offered.map(({ id }) => id)).toEqual(['5004', '5007']);
});
