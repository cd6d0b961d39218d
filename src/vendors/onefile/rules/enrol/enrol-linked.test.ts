import { expect, test } from 'vitest';
import {
  buildOfficer,
  buildStandard,
  buildUnlinked,
  type Given,
} from '../../../../../test/support/enrol-input.ts';
import { EnrolWorld } from '../../../../../test/support/enrol-world.ts';
import { buildQualification } from '../../../../../test/support/learner.ts';
import { buildLink, toLines } from '../../../../../test/support/onefile-rules.ts';

const [first, second] = [
  buildQualification({
    reference: '603/1122/3',
    startOn: '2026-01-05',
    expectedEndOn: '2027-01-31',
    registrationNumber: 'AB12345678',
    registeredOn: '2026-01-20',
    officer: 'OFF002',
  }),
  buildQualification({ reference: '500/1111/1', startOn: '2026-02-01' }),
];
const standards = [buildStandard('5001', '60311223'), buildStandard('5002', '50011111')];
const learner = buildUnlinked({
  qualifications: [first, second],
  officers: [buildOfficer('OFF001'), buildOfficer('OFF002')],
});

/** An enrolment just after its learner was created. */
function setup(given: Given = {}): EnrolWorld {
  const world = new EnrolWorld({ learner, standards, ...given });
  while (world.linkOf('learner', '10001') === null) if (!world.step()) throw new Error('not created');
  return world;
}

test('OF-15, OF-20: standards come first, then one read, fields and assessors, and the enrolment ends', () => {
  const world = setup();
  const before = world.calls.length;
  world.run();
  expect(world.calls.slice(before).map(({ name, subject }) => `${name} ${subject}`)).toEqual([
    'assign-standard qualification:10001/500/1111/1/1',
    'assign-standard qualification:10001/603/1122/3/1',
    'read-aims aims:600004',
    'update-aim aim:600005',
    'update-aim aim:600006',
    'assign-assessor assessor:10001/603/1122/3/1',
  ]);
  expect(world.lane.enrolment).toBeNull();
  expect([...world.aims.values()]).toEqual([
    { standardId: '5002', startOn: '2026-02-01' },
    {
      standardId: '5001',
      startOn: '2026-01-05',
      plannedEndOn: '2027-01-31',
      registrationNumber: 'AB12345678',
      registeredOn: '2026-01-20',
    },
  ]);
  expect(toLines(world.look())).toEqual([]);
});

test('OF-15, O10: an assignment carries the key by which it is found again', () => {
  const world = setup();
  expect(world.look().candidates[0]).toEqual({
    kind: 'call',
    call: {
      name: 'assign-standard',
      effect: 'create',
      subject: 'qualification:10001/500/1111/1/1',
      naturalKey: 'learner=600004 standard=5002',
      request: { ident: '10001', learnerId: '600004', key: '500/1111/1/1', standardId: '5002' },
    },
  });
});

test('OF-20: the assessor of an aim is sent with level 3, an additional one without a standard, the default one not at all', () => {
  const related = {
    ...learner,
    relatedOfficers: [
      { relation: 'ASR2', code: 'OFF003' },
      { relation: 'ASR2', code: 'OFF001' },
    ],
    qualifications: [first, { ...second, officer: 'OFF001' }],
    officers: [...learner.officers, buildOfficer('OFF003')],
  };
  const world = setup({ learner: related, settings: { additionalAssessors: ['ASR2'] } });
  world.run();
  const assigned = world.calls.filter(({ name }) => name === 'assign-assessor');
  expect(assigned.map(({ request }) => request)).toEqual([
    { learnerId: '600005', assessorId: world.linkOf('officer', 'OFF002'), standardId: '5001' },
    { learnerId: '600005', assessorId: world.linkOf('officer', 'OFF003'), standardId: null },
  ]);
  expect(assigned.map(({ effect }) => effect)).toEqual(['update', 'update']);
});

test('A-40: if its officer could not be created, an aim keeps the Default Assessor', () => {
  const officers = [buildOfficer('OFF001'), buildOfficer('OFF002', { email: null })];
  const world = setup({ learner: { ...learner, officers } });
  world.run();
  expect(world.writes.join()).not.toMatch(/OFF002|assign-assessor/);
  expect(world.lane.enrolment).toBeNull();
});

test('OF-23, G-7: a refused step does not block the others, and the enrolment stays open', () => {
  for (const subject of ['qualification:10001/500/1111/1/1', 'aim:600005', 'assessor:10001/603/1122/3/1']) {
    const world = setup();
    const whole = setup().run().writes;
    world.rejects = (call) => call.subject === subject && call.effect !== 'read';
    world.run();
    expect(new Set(world.writes)).toEqual(
      new Set(
        whole.filter(
          (line) => subject !== 'qualification:10001/500/1111/1/1' || line !== 'update-aim aim:600006',
        ),
      ),
    );
    expect(world.lane.enrolment).not.toBeNull();
    expect(toLines(world.look())).not.toContain('conclude');
  }
});

test('OF-23: refused and then accepted by a retry, the enrolment is completed with one learner', () => {
  const world = setup();
  let refused = 0;
  world.rejects = ({ name }) => name === 'assign-standard' && refused++ < 2;
  world.run();
  expect(world.lane.enrolment).not.toBeNull();
  world.retry();
  world.kill();
  world.run();
  expect(world.lane.enrolment).toBeNull();
  expect(world.writes.filter((line) => line.startsWith('create-learner'))).toHaveLength(1);
  expect(world.aims.size).toBe(2);
});

test('D-1: a value that OneFile already shows is not sent', () => {
  const world = setup();
  world.step();
  world.step();
  for (const [id, aim] of world.aims)
    world.aims.set(id, { ...aim, startOn: '2025-12-01', registrationNumber: 'THEIRS' });
  world.run();
  const sent = world.calls
    .filter(({ name }) => name === 'update-aim')
    .map(({ request }) => request['fields']);
  expect(sent).toEqual([{ registeredOn: '2026-01-20', plannedEndOn: '2027-01-31' }]);
});

test('O10: after a long wait the aims are read first, and one created meanwhile is taken', () => {
  const world = setup();
  world.nowMs += 3_600_000;
  const readAims = `read-aims aims:${world.linkOf('learner', '10001')}`;
  expect(toLines(world.look())[0]).toBe(readAims);
  world.aims.set('600077', { standardId: '5001' });
  const before = world.calls.length;
  world.run();
  const made = world.calls.slice(before).filter(({ name }) => name === 'assign-standard');
  expect(made.map(({ subject }) => subject)).toEqual(['qualification:10001/500/1111/1/1']);
  expect(world.linkOf('qualification', '10001/603/1122/3/1')).toBe('600077');
  expect(world.lane.enrolment).toBeNull();
});

test('D-1: an aim read in an earlier look is read again before anything is sent', () => {
  const world = setup();
  const readAims = `read-aims aims:${world.linkOf('learner', '10001')}`;
  while (!world.reads.has(readAims)) world.step();
  expect(toLines(world.look())[0]).toMatch(/^update-aim/);
  world.kill();
  expect(toLines(world.look())[0]).toBe(readAims);
});

test('OF-42: a date that OneFile shows unreadably is not blank', () => {
  const world = setup();
  world.step();
  world.step();
  for (const [id, aim] of world.aims) world.aims.set(id, { ...aim, unreadable: ['startOn', 'plannedEndOn'] });
  world.run();
  const sent = world.calls
    .filter(({ name }) => name === 'update-aim')
    .map(({ request }) => request['fields']);
  expect(sent).toEqual([{ registrationNumber: 'AB12345678', registeredOn: '2026-01-20' }]);
});

test('O12: an assumed name is read back after its first write', () => {
  const certified = { ...first, certificateReceivedOn: '2026-06-01' };
  const world = setup({ learner: { ...learner, qualifications: [certified] } });
  world.run();
  expect(world.requestOf('update-aim')).toMatchObject({
    verify: ['registrationNumber', 'registeredOn', 'certificateReceivedOn'],
  });
});

test('A-27: with the wider scope only the dates of the enrolment are sent to an aim with units', () => {
  const withUnits = { ...learner, qualifications: [{ ...first, hasUnits: true }] };
  const world = setup({ learner: withUnits, settings: { unitsScope: 'all' } });
  world.run();
  expect(world.requestOf('update-aim')?.['fields']).toEqual({
    startOn: '2026-01-05',
    plannedEndOn: '2027-01-31',
  });
});

test('OF-16: a qualification deleted or added in PICS meanwhile is not assigned', () => {
  const world = setup();
  const added = buildQualification({ reference: '196AS' });
  world.learner = { ...world.learner, qualifications: [second, added] };
  world.run();
  expect(world.writes.filter((line) => line.startsWith('assign-standard'))).toEqual([
    'assign-standard qualification:10001/500/1111/1/1',
  ]);
  expect(world.lane.enrolment).toBeNull();
});

test('OF-24: for a learner linked by hand meanwhile nothing is sent, and the enrolment ends', () => {
  const world = new EnrolWorld({ learner, standards });
  const typed = buildLink('learner', '10001', '400061', { how: 'typed' });
  world.lane = { ...world.lane, links: [typed] };
  expect(toLines(world.look())).toEqual(['conclude']);
});

test('O16: an aim that is gone before it was filled is held and not created again', () => {
  const world = setup();
  world.step();
  const [gone] = world.aims.keys();
  world.aims.delete(gone ?? '');
  world.run();
  expect(world.look()).toMatchObject({
    candidates: [],
    holds: [{ subject: 'qualification:10001/500/1111/1/1', code: 'LINK_GONE', params: { id: gone } }],
  });
  expect(world.writes.filter((line) => line.startsWith('assign-standard'))).toHaveLength(2);
});

test('D-1: an aim created after the read of this look is read by itself', () => {
  const world = setup();
  let refused = 0;
  world.rejects = ({ subject }) => subject === 'qualification:10001/500/1111/1/1' && refused++ < 1;
  world.run();
  world.retry();
  world.step();
  const id = world.linkOf('qualification', '10001/500/1111/1/1');
  expect(toLines(world.look())).toEqual([`read-aim aim:${id}`]);
  world.run();
  expect(world.aims.get(id ?? '')).toMatchObject({ startOn: '2026-02-01' });
});

test('G-7: an officer that cannot be provided holds only the assignment', () => {
  const world = setup();
  world.lane = { ...world.lane, links: world.lane.links.filter(({ picsId }) => picsId !== 'OFF002') };
  world.kill();
  world.heldOwners.set('OFF002', 'MIS_NOT_UNIQUE');
  world.run();
  expect(world.look().holds).toEqual([
    {
      subject: 'assessor:10001/603/1122/3/1',
      code: 'MIS_NOT_UNIQUE',
      params: { vendor: 'OneFile', name: 'Imogen Tarrant', ident: '10001', officer: 'OFF002' },
    },
  ]);
  expect(world.aims.size).toBe(2);
  expect(world.lane.enrolment).not.toBeNull();
});
