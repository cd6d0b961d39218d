import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
import { smallCentre } from '../../../../test/support/onefile-client.ts';
import { buildLinked } from '../../../../test/support/onefile-rules.ts';
import {
  buildNewcomer,
  buildPlacement,
  openEnrolmentWorld,
} from '../../../../test/support/onefile-world/enrolment.ts';
import { type OneFileWorld, openOneFileWorld } from '../../../../test/support/onefile-world/world.ts';
import type { Learner } from '../../../domain/learner.ts';

/**
 * Everything an enrolment can create: an officer and an organisation, the learner, two aims, an assignment,
 * a review.
 */
function openWorld(switches = {}) {
  const newcomer = buildNewcomer({
    mainOfficer: 'ABR001',
    qualifications: [
      buildQualification({ reference: '603/1122/3', officer: 'SNE001', registrationNumber: 'RG-1' }),
      buildQualification({ reference: '196AS', startOn: '2026-01-05' }),
    ],
    placements: [buildPlacement({ organisation: 'BIR001' })],
    reviews: [buildReview({ id: 'r1', type: 'N', proposedAt: '2026-02-01T10:00:00' })],
  });
  return openEnrolmentWorld([newcomer], { switches });
}

const enrol = (world: OneFileWorld) => world.command('enrol', { ident: '10001' });
const learnersOf = async (world: OneFileWorld) =>
  (await world.records('users')).filter(({ Role }) => Role === 1);

/** Both sides as expected, with nothing created twice. */
async function expectEnrolled(world: OneFileWorld): Promise<void> {
  const users = await world.records('users');
  const learners = await learnersOf(world);
  expect(learners).toHaveLength(1);
  expect(users.filter(({ MISID }) => MISID === 'SNE001')).toHaveLength(1);
  expect((await world.records('placements')).filter(({ MISID }) => MISID === 'BIR001')).toHaveLength(1);
  const aims = await world.records('aims');
  expect(aims.map(({ StandardID }) => StandardID).sort()).toEqual([5003, 5007]);
  expect(aims.find(({ StandardID }) => StandardID === 5003)).toMatchObject({ RegistrationNumber: 'RG-1' });
  expect(await world.records('reviews')).toHaveLength(1);
  const { oneFileId, activePortfolio, reviews } = world.learner('10001');
  expect(oneFileId).toBe(String(learners[0]?.['ID']));
  expect(activePortfolio).toBe('O');
  expect(reviews[0]?.oneFileId).not.toBeNull();
  expect(world.held()).toEqual([]);
  await world.takeWrites();
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
}

const steps = [
  ['the assessor', 'User', '"Role":5'],
  ['the placement', 'Placement', ''],
  ['the learner', 'User', '"Role":1'],
  ['an aim', 'Standard/{id}/Assign/{id}', ''],
  ['the fields of an aim', 'LearningAim/{id}', 'RG-1'],
  ['the visit', 'Visit', ''],
  ['the review', 'Review', ''],
] as const;

test.each(steps)(
  'OF-82, G-5, A-24, OF-23: OneFile creates %s and its answer is lost: it is found and nothing is created twice',
  async (_title, path, bodyIncludes) => {
    await using world = await openWorld();
    const match = { method: 'POST', path, ...(bodyIncludes === '' ? {} : { bodyIncludes }) };
    await world.script({ match, times: 1, action: { type: 'apply-then-drop' } });
    await enrol(world);
    await world.settle('10001');
    await expectEnrolled(world);
  },
);

test.each(steps)(
  'OF-23: the connection breaks before OneFile receives %s: it is sent once more',
  async (_title, path, bodyIncludes) => {
    await using world = await openWorld();
    const match = { method: 'POST', path, ...(bodyIncludes === '' ? {} : { bodyIncludes }) };
    await world.script({ match, times: 1, action: { type: 'drop' } });
    await enrol(world);
    await world.settle('10001');
    await expectEnrolled(world);
  },
);

test.each(steps)(
  'OF-23, G-7: OneFile refuses %s: its text is shown, the rest is done, a retry completes it',
  async (title, path, bodyIncludes) => {
    await using world = await openWorld();
    const match = { method: 'POST', path, ...(bodyIncludes === '' ? {} : { bodyIncludes }) };
    const action = { type: 'answer', status: 400, body: { message: 'Not today' } };
    await world.script({ match, times: 1, action });
    const answer = await enrol(world);
    expect(answer).toMatchObject({ code: 'VENDOR_REFUSED' });
    expect(answer.message).toMatch(/^OneFile refused .*Not today\.$/);
    // Only a record that the learner cannot be created without prevents its creation.
    const isDemanded = ['the placement', 'the learner'].includes(title);
    expect(answer.status).toBe(isDemanded ? 'failed' : 'held');
    expect(await learnersOf(world)).toHaveLength(isDemanded ? 0 : 1);
    for (const item of world.ledger.held) world.ledger.retry(item.id);
    for (const lane of ['officer:SNE001', 'organisation:BIR001', '10001']) await world.look(lane, 'need');
    await world.reconciler.drain();
    await world.settle('10001');
    await expectEnrolled(world);
  },
);

test('OF-23: the same request delivered again after its learner was created changes nothing', async () => {
  await using world = await openWorld();
  const first = await world.command('enrol', { ident: '10001', id: 'same' });
  const again = await world.command('enrol', { ident: '10001', id: 'same' });
  expect(again.status).toBe(first.status);
  expect(again.result).toMatchObject({ vendorId: world.learner('10001').oneFileId });
  await expectEnrolled(world);
});

test('OF-80: OneFile refuses for too many calls, again and again: no call is lost and none is doubled', async () => {
  await using world = await openWorld();
  const action = { type: 'answer', status: 429 };
  for (const skip of [0, 3, 5, 8]) await world.script({ match: { method: 'POST' }, skip, times: 2, action });
  await enrol(world);
  await world.settle('10001');
  await expectEnrolled(world);
});

test.each([
  ['in the least pleasant way', { profile: 'awkward' }],
  ['refusing what looks made twice', { 'duplicate-create': '400-same-misid', 'standard-reassign': '400' }],
  ['ignoring the key in searches', { 'misid-filter': 'ignored' }],
])(
  'OF-83: whether OneFile answers %s or not, the result is the same, also after a lost answer',
  async (_title, switches) => {
    await using world = await openWorld(switches);
    const match = { method: 'POST', path: 'User', bodyIncludes: '"Role":1' };
    await world.script({ match, times: 1, action: { type: 'apply-then-drop' } });
    await enrol(world);
    await world.settle('10001');
    await expectEnrolled(world);
  },
);

/** Linked learners 10001 to 1000n, each with an aim at OneFile. */
function openLinkedWorld(count: number, toLearner: (ident: string) => Partial<Learner>) {
  const numbers = Array.from({ length: count }, (_, n) => n);
  const learners = numbers.map((n) => {
    const ident = String(10_001 + n);
    return buildLinked({ ident, oneFileId: String(400_061 + 100 * n), ...toLearner(ident) });
  });
  const [, , person] = smallCentre.users;
  const records = {
    ...smallCentre,
    users: [
      ...smallCentre.users.slice(0, 2),
      ...numbers.map((n) => ({ ...person, ID: 400_061 + 100 * n, MISID: String(10_001 + n) })),
    ],
    aims: numbers.map((n) => ({
      ...{ ID: 600_045 + n, StandardID: 5003, UserID: 400_061 + 100 * n, Status: 0, Progress: 0 },
    })),
  };
  const officers = [{ code: 'ABR001', externalId: '400002' }];
  return openOneFileWorld({ learners, officers, records: records as never });
}

test('G-9: a visit that OneFile saves and answers with an error is sent twice at most, and the review waits for a person', async () => {
  await using world = await openLinkedWorld(3, (ident) => ({
    mainOfficer: 'ABR001',
    reviews: [buildReview({ id: `r${ident}`, type: 'N', proposedAt: '2026-02-01T10:00:00' })],
  }));
  const action = { type: 'apply-then-answer', status: 500, body: 'Internal error' };
  const match = { method: 'POST', path: 'Visit', bodyIncludes: '400061' };
  await world.script({ match, times: null, action });
  await Promise.all(['10001', '10002', '10003'].map((ident) => world.settle(ident)));
  for (let day = 0; day < 3; day += 1) {
    await world.passMs(86_400_000);
    for (const ident of ['10001', '10002', '10003']) await world.settle(ident, 'refresh');
  }
  const visits = await world.records('visits');
  expect(visits.filter(({ LearnerID }) => LearnerID === 400_061)).toHaveLength(2);
  expect(visits).toHaveLength(4);
  expect(await world.records('reviews')).toHaveLength(2);
  expect(world.held()).toEqual(['review:r10001 UNKNOWN_OUTCOME']);
});

test('G-9: a review that OneFile fails to save, again and again, is sent twice and then waits for a person', async () => {
  await using world = await openLinkedWorld(1, () => ({
    mainOfficer: 'ABR001',
    reviews: [buildReview({ id: 'r1', type: 'N', proposedAt: '2026-02-01T10:00:00' })],
  }));
  const match = { method: 'POST', path: 'Review' };
  await world.script({ match, times: null, action: { type: 'answer', status: 500 } });
  await world.settle('10001');
  await world.settle('10001', 'refresh');
  const sent = (await world.takeWrites()).filter((line) => line.startsWith('POST Review'));
  expect(sent).toHaveLength(2);
  expect(world.held()).toEqual(['review:r1 UNKNOWN_OUTCOME']);
});

test('G-9: an aim that always answers with an error is held after five attempts, and the aims of others are filled', async () => {
  const idents = Array.from({ length: 11 }, (_, n) => String(10_001 + n));
  await using world = await openLinkedWorld(11, (ident) => ({
    qualifications: [buildQualification({ reference: '603/1122/3', registrationNumber: `RG-${ident}` })],
  }));
  const match = { method: 'POST', path: 'LearningAim/{id}', bodyIncludes: 'RG-10001' };
  await world.script({ match, times: null, action: { type: 'answer', status: 500 } });
  const beganAtMs = world.nowMs();
  const bad = world.look('10001');
  await Promise.all(idents.slice(1).map((ident) => world.look(ident)));
  expect(world.nowMs() - beganAtMs).toBeLessThan(60_000);
  expect(await bad).toMatchObject({ kind: 'settled', holds: [{ code: 'VENDOR_ERROR' }] });
  const aims = await world.records('aims');
  const numbers = aims.map(({ RegistrationNumber }) => RegistrationNumber ?? null);
  expect(numbers).toEqual([null, ...idents.slice(1).map((ident) => `RG-${ident}`)]);
  expect(world.held()).toEqual(['aim:600045 VENDOR_ERROR']);
  expect(world.messages().join()).toMatch(/^OneFile answered 5 attempts at the change of the qualification/);
});

test('D-1: a value typed at OneFile while an update of another field is under way is never replaced', async () => {
  await using world = await openLinkedWorld(1, () => ({
    qualifications: [buildQualification({ reference: '603/1122/3', registrationNumber: 'RG-1' })],
  }));
  const match = { method: 'POST', path: 'LearningAim/{id}' };
  await world.script({ match, times: 1, delayMs: 10_000 });
  const first = world.look('10001');
  await world.passMs(5_000);
  const [aim] = await world.records('aims');
  await world.load({ aims: [{ ...aim, CertificateAppliedDate: '2026-01-09T00:00:00' }] });
  await world.passMs(1_000);
  await world.pics.edit('10001', (learner) => ({
    ...learner,
    qualifications: learner.qualifications.map((one) => ({ ...one, certificateAppliedOn: '2026-01-02' })),
  }));
  await Promise.all([first, world.look('10001')]);
  await world.settle('10001', 'refresh');
  const [after] = await world.records('aims');
  expect(String(after?.['CertificateAppliedDate'])).toMatch(/^2026-01-09/);
  expect(after?.['RegistrationNumber']).toBe('RG-1');
  expect(world.learner('10001').qualifications[0]?.certificateAppliedOn).toBe('2026-01-09');
});
