import { expect, test } from 'vitest';
import {
  buildCandidate,
  buildOfficer,
  buildPlacement,
  buildUnlinked,
  type Given,
} from '../../../../../test/support/enrol-input.ts';
import { EnrolWorld } from '../../../../../test/support/enrol-world.ts';
import { buildQualification, buildReview } from '../../../../../test/support/learner.ts';
import { buildLink, buildView, nowMs, toLines } from '../../../../../test/support/onefile-rules.ts';
import { evaluate } from '../evaluate.ts';
import { enrolUnlinked } from './unlinked.ts';

const tenMinutesMs = 600_000;

function setup(given: Given = {}): EnrolWorld {
  return new EnrolWorld({ learner: buildUnlinked(), ...given });
}

test('OF-10: without an accepted command an unlinked learner is left alone', () => {
  const learner = buildUnlinked();
  expect(enrolUnlinked(buildView({ learner, lane: { links: [] } }))).toEqual({
    candidates: [],
    holds: [],
    notes: [],
  });
});

test('OF-20, OF-22, O15: officers and the organisation are requested first, all at once, then the learner', () => {
  const learner = buildUnlinked({
    qualifications: [
      buildQualification({ reference: '603/1122/3', officer: 'OFF002' }),
      buildQualification({ reference: '999/0000/0', officer: 'OFF009' }),
    ],
    relatedOfficers: [{ relation: 'ASR2', code: 'OFF003' }],
    reviews: [buildReview({ id: 'r1', type: 'N', proposedAt: '2026-02-01T10:00:00', officer: 'OFF004' })],
    officers: [1, 2, 3, 4, 9].map((n) => buildOfficer(`OFF00${n}`)),
  });
  const world = setup({ learner, settings: { additionalAssessors: ['ASR2'] } });
  // OFF009 would assess a qualification that is skipped, so it is not needed.
  expect(toLines(world.look())).toEqual([
    'need officer OFF001, organisation HARRO1, officer OFF002, officer OFF003, officer OFF004',
  ]);
  world.step();
  expect(toLines(world.look())).toEqual(['create-learner learner:10001']);
});

test('OF-32: an owner searched for just now is not searched for again; after ten minutes it is', () => {
  const world = setup();
  const [need] = world.look().candidates;
  expect(need).toEqual({
    kind: 'need',
    owners: [
      { kind: 'officer', code: 'OFF001', reads: ['find-assessor officer:OFF001'] },
      { kind: 'organisation', code: 'HARRO1', reads: ['find-placement organisation:HARRO1'] },
    ],
  });
  world.nowMs += tenMinutesMs;
  expect(world.look().candidates).toMatchObject([{ owners: [{ reads: [] }, { reads: [] }] }]);
});

test("G-2: an id typed since the plan was made is checked in the owner's lane, whatever the plan found", () => {
  const world = setup();
  world.learner = {
    ...world.learner,
    officers: [buildOfficer('OFF001', { externalId: '400101' })],
    placements: [buildPlacement(1, 'HARRO1', { organisationExternalId: '30001' })],
  };
  expect(world.look().candidates).toMatchObject([{ owners: [{ reads: [] }, { reads: [] }] }]);
});

test('OF-32: an owner found by MIS value is linked without another call', () => {
  const facts = {
    assessors: { OFF001: [{ id: '400102', name: null }] },
    placements: [{ id: '30007', name: null }],
  };
  const world = setup({ facts });
  expect(world.look().candidates).toMatchObject([
    {
      kind: 'link',
      links: [
        { kind: 'officer', picsId: 'OFF001', vendorId: '400102', ident: null, how: 'matched' },
        { kind: 'organisation', picsId: 'HARRO1', vendorId: '30007', ident: null, how: 'matched' },
      ],
    },
  ]);
  world.step();
  world.step();
  expect(world.writes).toEqual(['create-learner learner:10001']);
  expect(world.requestOf('create-learner')).toMatchObject({
    defaultAssessorId: '400102',
    placementId: '30007',
  });
});

test('OF-11, OF-82: the create carries the key by which it is found again, and the learners that are not meant', () => {
  const facts = { candidates: [buildCandidate('400009'), buildCandidate('400008')] };
  const world = setup({ facts, choices: { createAnyway: true } });
  world.step();
  expect(world.look().candidates).toMatchObject([
    { call: { effect: 'create', naturalKey: 'misId=10001 not=400008,400009' } },
  ]);
  const unnamed = setup({ settings: { sendMisValue: false } });
  unnamed.step();
  expect(unnamed.look().candidates).toMatchObject([{ call: { naturalKey: 'misId= not=' } }]);
});

test('OF-31: the create names officer and organisation of the ids, but none for a fallback', () => {
  const world = setup();
  world.run();
  expect(world.requestOf('create-learner')).toMatchObject({
    officerCode: 'OFF001',
    organisationCode: 'HARRO1',
  });
  const settings = { fallbackAssessorId: '400001', fallbackPlacementId: '30001' };
  const other = setup({ learner: buildUnlinked({ mainOfficer: null, placements: [] }), settings });
  other.run();
  expect(other.requestOf('create-learner')).not.toHaveProperty('officerCode');
  expect(other.requestOf('create-learner')).not.toHaveProperty('organisationCode');
});

test('OF-24: an id cleared while the enrolment is open ends it, and no learner is created again', () => {
  const world = setup();
  const cleared = buildLink('learner', '10001', '400061', { copiedAtMs: nowMs - 120_000 });
  const { learner } = world;
  const lane = { ...world.lane, links: [cleared] };
  expect(toLines(evaluate(buildView({ learner, lane })))).toEqual([
    'conclude',
    'unlink learner 10001=400061',
  ]);
  expect(toLines(evaluate(buildView({ learner, lane: { ...lane, enrolment: null } })))).toEqual([
    'unlink learner 10001=400061',
  ]);
});

test('OF-13, A-37: fallbacks of the accepted plan are used', () => {
  const learner = buildUnlinked({ mainOfficer: null, placements: [] });
  const world = setup({
    learner,
    settings: { fallbackAssessorId: '400001', fallbackPlacementId: '30001' },
  });
  world.step();
  expect(world.requestOf('create-learner')).toMatchObject({
    defaultAssessorId: '400001',
    placementId: '30001',
    classroomId: '2001',
  });
});

test('D-3: the sent values come from a fresh read', () => {
  const world = setup();
  world.learner = { ...world.learner, firstName: 'Imogen Rose' };
  world.run();
  expect(world.requestOf('create-learner')).toMatchObject({ firstName: 'Imogen Rose' });
});

test('D-3: a Main Officer and a placement that changed meanwhile are followed', () => {
  const world = setup();
  world.learner = {
    ...world.learner,
    mainOfficer: 'OFF007',
    officers: [buildOfficer('OFF007')],
    placements: [buildPlacement(3, 'OTHER1')],
  };
  expect(toLines(world.look())).toEqual(['need officer OFF007, organisation OTHER1']);
});

test('OF-36: an officer that cannot be provided holds the learner with its own reason, and nothing is created', () => {
  const world = setup();
  world.heldOwners.set('OFF001', 'MIS_NOT_UNIQUE');
  world.run();
  expect(world.writes).toEqual(['create-placement organisation:HARRO1']);
  expect(world.look()).toEqual({
    candidates: [],
    holds: [
      {
        subject: 'learner:10001',
        code: 'MIS_NOT_UNIQUE',
        params: { vendor: 'OneFile', name: 'Imogen Tarrant', ident: '10001', officer: 'OFF001' },
      },
    ],
    notes: [],
  });
  world.heldOwners.clear();
  world.kill();
  world.run();
  expect(world.lane.enrolment).toBeNull();
});

test('OF-22: an organisation that cannot be provided does the same', () => {
  const world = setup();
  world.heldOwners.set('HARRO1', 'VENDOR_REFUSED');
  world.run();
  expect(world.look().holds).toMatchObject([
    { subject: 'learner:10001', code: 'VENDOR_REFUSED', params: { place: 'HARRO1', ident: '10001' } },
  ]);
});

test('G-7: an officer of one qualification that cannot be provided does not hold the learner', () => {
  const learner = buildUnlinked({
    qualifications: [buildQualification({ reference: '603/1122/3', officer: 'OFF002' })],
    officers: [buildOfficer('OFF001'), buildOfficer('OFF002')],
  });
  const world = setup({ learner });
  world.heldOwners.set('OFF002', 'VENDOR_REFUSED');
  world.run();
  expect(world.writes).toContain('create-learner learner:10001');
});

test.each([
  ['NO_EMAIL', { email: null }],
  ['NO_NAME', { surname: null }],
])('OF-13b: %s when PICS has lost it since', (code, lost) => {
  const world = setup();
  world.learner = { ...world.learner, ...lost };
  world.run();
  expect(world.look().holds).toMatchObject([{ subject: 'learner:10001', code }]);
  expect(world.writes).not.toContain('create-learner learner:10001');
});

test('A-40: without its e-mail address an officer is not created', () => {
  const world = setup();
  world.learner = { ...world.learner, officers: [buildOfficer('OFF001', { email: null })] };
  world.run();
  expect(world.look().holds).toMatchObject([{ subject: 'learner:10001', code: 'NO_ASSESSOR' }]);
});

test('O10: after ten minutes the learner is looked for once more before it is created', () => {
  const facts = { candidates: [buildCandidate('400009')] };
  const world = setup({ facts, choices: { createAnyway: true } });
  world.nowMs += tenMinutesMs;
  world.step();
  expect(world.look().candidates).toEqual([
    {
      kind: 'call',
      call: {
        name: 'find-learner',
        effect: 'read',
        subject: 'learner:10001',
        naturalKey: null,
        request: {
          ident: '10001',
          firstName: 'Imogen',
          lastName: 'Tarrant',
          email: 'imogen.tarrant.10001@learner.example.org',
          except: ['400009'],
        },
      },
    },
  ]);
  world.step();
  expect(toLines(world.look())).toEqual(['create-learner learner:10001']);
});

test('O10: a learner found at OneFile by then is not created', () => {
  const world = setup();
  world.nowMs += tenMinutesMs;
  world.rejects = ({ name }) => name === 'find-learner';
  world.run();
  expect(world.writes).not.toContain('create-learner learner:10001');
});

test('OF-35: with matching by MIS value an id of a person is not used', () => {
  const learner = buildUnlinked({ officers: [buildOfficer('OFF001', { externalId: '400101' })] });
  const links = [buildLink('officer', 'OFF001', '400101', { how: 'typed' })];
  const world = setup({ learner, links, settings: { matchBy: 'misValue' } });
  expect(toLines(world.look())).toEqual(['need officer OFF001, organisation HARRO1']);
});
