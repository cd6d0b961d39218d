import { expect, test } from 'vitest';
import {
  buildCandidate,
  buildOfficer,
  buildPlacement,
  buildUnlinked,
  type Given,
  plan,
  toCodes,
} from '../../../../../test/support/enrol-input.ts';
import { buildReview } from '../../../../../test/support/learner.ts';
import { buildLink } from '../../../../../test/support/onefile-rules.ts';

test('OF-12: the preview of a plain learner lists every record to be created', () => {
  const { accepted, ...shown } = plan();
  expect(shown).toEqual({
    refusal: null,
    warnings: [],
    learner: {
      ident: '10001',
      name: 'Imogen Tarrant',
      email: 'imogen.tarrant.10001@learner.example.org',
      startOn: null,
    },
    centres: [{ id: '301', name: 'Larkfield' }],
    centre: '301',
    officers: [
      {
        code: 'OFF001',
        name: 'Ada Officer OFF001',
        parts: ['main officer'],
        way: 'create',
        vendorId: null,
      },
    ],
    organisation: {
      ...{ code: 'HARRO1', name: 'HARRO1 Limited', parts: ['placement'] },
      ...{ way: 'create', vendorId: null },
    },
    classroom: { code: null, name: null, parts: ['classroom'], way: 'fallback', vendorId: '2001' },
    qualifications: [
      {
        ...{ key: '603/1122/3/1', reference: '603/1122/3', title: null, state: 'available' },
        pathways: [{ id: '5001', title: 'Standard 5001' }],
        chosen: '5001',
      },
    ],
    reviewCount: 0,
  });
  expect(accepted).toEqual({
    defaultAssessor: { code: 'OFF001', vendorId: null },
    additional: [],
    looked: { OFF001: null },
    placement: { code: 'HARRO1', vendorId: null },
    lookedPlacement: { HARRO1: null },
    classroomId: '2001',
    qualifications: [{ key: '603/1122/3/1', standardId: '5001' }],
    knownLearners: [],
  });
});

const bad: Given = {
  learner: buildUnlinked({
    ...{ oneFileId: '400061', firstName: null, email: null },
    ...{ mainOfficer: null, officers: [buildOfficer('OFF002')], placements: [] },
    relatedOfficers: [{ relation: 'ASR2', code: 'OFF002' }],
  }),
  facts: {
    assessors: {
      OFF002: [
        { id: '400102', name: 'A' },
        { id: '400103', name: 'B' },
      ],
    },
    candidates: [buildCandidate('400062', { misId: '10001' })],
  },
  standards: [],
  choices: { pathways: { '603/1122/3': '5009' } },
  settings: { fallbackClassroomId: undefined, additionalAssessors: ['ASR2'] },
};

test('OF-13, OF-12, OF-36, OF-11: a command is refused in the order of the checks', () => {
  const { learner = buildUnlinked(), facts = {}, settings = {} } = bad;
  const mended: readonly [string, Given][] = [
    ['ALREADY_LINKED', {}],
    ['NO_NAME', { learner: { ...learner, oneFileId: null } }],
    ['NO_EMAIL', { learner: { ...learner, oneFileId: null, firstName: 'Imogen' } }],
  ];
  for (const [code, given] of mended) expect(plan({ ...bad, ...given }).refusal?.code).toBe(code);
  let given: Given = {
    ...bad,
    learner: { ...learner, oneFileId: null, firstName: 'Imogen', email: 'i@e.org' },
  };
  const next = (code: string, more: Given): void => {
    expect(plan(given).refusal?.code).toBe(code);
    given = { ...given, ...more, settings: { ...given.settings, ...more.settings } };
  };
  next('NO_ASSESSOR', { settings: { ...settings, fallbackAssessorId: '400001' } });
  next('NO_CLASSROOM', { settings: { fallbackClassroomId: '2001' } });
  next('NO_PLACEMENT', { settings: { fallbackPlacementId: '30001' } });
  next('CHOOSE', { choices: {} });
  next('MIS_NOT_UNIQUE', { facts: { ...facts, assessors: {} } });
  next('POSSIBLE_DUPLICATE', { choices: { createAnyway: true } });
  expect(plan(given).refusal).toBeNull();
});

test('OF-22d: without a placement, or with one of an unknown organisation, the fallback is used, else refused', () => {
  for (const placements of [[], [buildPlacement(1, 'GONE01', { organisationName: null })]]) {
    const learner = buildUnlinked({ placements });
    expect(plan({ learner }).refusal?.code).toBe('NO_PLACEMENT');
    const { refusal, organisation, accepted } = plan({ learner, settings: { fallbackPlacementId: '30001' } });
    expect(refusal).toBeNull();
    expect(organisation).toMatchObject({ code: null, way: 'fallback', vendorId: '30001' });
    expect(accepted.placement).toEqual({ code: null, vendorId: '30001' });
  }
});

test('OF-22d: an unknown organisation is reported, and no other placement replaces it', () => {
  const placements = [
    buildPlacement(2, 'GONE01', { organisationName: null }),
    buildPlacement(1, 'KNOWN1', { type: 'W' }),
  ];
  const shown = plan({ learner: buildUnlinked({ placements }), settings: { fallbackPlacementId: '30001' } });
  expect(shown.warnings).toMatchObject([{ code: 'NO_ORGANISATION', params: { code: 'GONE01' } }]);
  expect(shown.organisation.vendorId).toBe('30001');
});

test('OF-22, OF-32, OF-33: a linked, typed or matched organisation is used', () => {
  const link = buildLink('organisation', 'HARRO1', '30009', { copiedAtMs: null });
  expect(plan({ links: [link] }).organisation).toMatchObject({ way: 'linked', vendorId: '30009' });
  const placements = [buildPlacement(1, 'HARRO1', { organisationExternalId: '30008' })];
  const typed = plan({ learner: buildUnlinked({ placements }) });
  expect(typed.organisation).toMatchObject({ way: 'linked', vendorId: '30008' });
  const matched = plan({ facts: { placements: [{ id: '30007', name: 'Other name' }] } });
  expect(matched.organisation).toMatchObject({ way: 'matched', vendorId: '30007' });
  expect(matched.accepted.lookedPlacement).toEqual({ HARRO1: '30007' });
});

test('OF-31, G-2: a typed organisation id without a record refuses the enrolment, and no guess replaces it', () => {
  const placements = [buildPlacement(1, 'HARRO1', { organisationExternalId: '30009' })];
  const { refusal, organisation } = plan({
    learner: buildUnlinked({ placements }),
    facts: { isPlacementMissing: true },
  });
  expect(refusal).toEqual({
    code: 'LINK_GONE',
    params: { vendor: 'OneFile', kind: 'organisation', code: 'HARRO1', id: '30009' },
  });
  expect(organisation).toMatchObject({ way: 'missing', vendorId: null });
});

test('OF-36: two placements with the code as MIS value match neither', () => {
  const placements = [
    { id: '30007', name: 'One' },
    { id: '30008', name: 'Two' },
  ];
  expect(plan({ facts: { placements } }).refusal).toMatchObject({
    code: 'MIS_NOT_UNIQUE',
    params: { code: 'HARRO1', names: 'One (30007), Two (30008)' },
  });
});

test('A-39: the classroom of the Main Tag, else the fallback with a warning, never one of two', () => {
  const learner = buildUnlinked({ mainTag: 'Plumbing 2026' });
  const settings = { classroomFromMainTag: true };
  const room = { id: '2005', name: 'PLUMBING 2026' };
  const found = plan({ learner, settings, facts: { classrooms: [room] } });
  expect(found.classroom).toMatchObject({ name: 'Plumbing 2026', way: 'matched', vendorId: '2005' });
  expect(found.accepted.classroomId).toBe('2005');
  for (const classrooms of [[], [room, { ...room, id: '2006' }]]) {
    const shown = plan({ learner, settings, facts: { classrooms } });
    expect(shown.classroom).toMatchObject({ way: 'fallback', vendorId: '2001' });
    expect(toCodes(shown)).toEqual(['NO_CLASSROOM']);
    const without = plan({
      learner,
      settings: { ...settings, fallbackClassroomId: undefined },
      facts: { classrooms },
    });
    expect(without.refusal?.code).toBe('NO_CLASSROOM');
  }
  // The setting is off, so the tag is ignored.
  expect(toCodes(plan({ learner, facts: { classrooms: [room] } }))).toEqual([]);
});

test('OF-12: only the centre of the settings can be chosen', () => {
  expect(plan({ choices: { centre: '301' } }).refusal).toBeNull();
  expect(plan({ choices: { centre: '302' } }).refusal).toEqual({
    code: 'CHOOSE',
    params: { vendor: 'OneFile', reference: '302' },
  });
});

test('OF-19: exactly the qualifying reviews are counted', () => {
  const proposedAt = '2026-02-01T10:00:00';
  const reviews = [
    buildReview({ id: 'blank', type: 'N', proposedAt }),
    buildReview({ id: 'unknown', type: 'N', proposedAt, attended: 'U' }),
    buildReview({ id: 'no', type: 'N', proposedAt, attended: 'N' }),
    buildReview({ id: 'yes', type: 'N', proposedAt, attended: 'Y' }),
    buildReview({ id: 'held', type: 'N', proposedAt, actualAt: '2027-01-01T10:00:00' }),
    buildReview({ id: 'undated', type: 'N' }),
    buildReview({ id: 'contact', type: 'C', proposedAt }),
    buildReview({ id: 'sent', type: 'N', proposedAt, oneFileId: '800001' }),
  ];
  const learner = buildUnlinked({ reviews });
  expect(plan({ learner }).reviewCount).toBe(1);
  expect(plan({ learner, settings: { uploadReviews: false } }).reviewCount).toBe(0);
});

test('A-47: an invalid ULN is left out with a warning', () => {
  for (const uln of ['9999999999', '9276308687'])
    expect(plan({ learner: buildUnlinked({ uln }) }).warnings).toMatchObject([
      { code: 'ULN_INVALID', params: { name: 'Imogen Tarrant', ident: '10001' } },
    ]);
  for (const uln of ['9276308686', null])
    expect(plan({ learner: buildUnlinked({ uln }) }).warnings).toEqual([]);
});
