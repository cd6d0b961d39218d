import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
import {
  buildNewcomer,
  buildPlacement,
  openEnrolmentWorld,
} from '../../../../test/support/onefile-world/enrolment.ts';
import type { OneFileWorld } from '../../../../test/support/onefile-world/world.ts';

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
