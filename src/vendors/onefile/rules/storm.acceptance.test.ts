import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
import {
  buildNewcomer,
  buildPlacement,
  openEnrolmentWorld,
} from '../../../../test/support/onefile-world/enrolment.ts';
import type { OneFileWorld } from '../../../../test/support/onefile-world/world.ts';
import { createRandom } from '../../../../test/support/random.ts';

const idents = Array.from({ length: 6 }, (_, n) => String(10_001 + n));
const paths = [
  ...['User', 'Placement', 'Standard/{id}/Assign/{id}', 'LearningAim/{id}', 'Visit', 'Review'],
  'User/Search/{page}/{size}',
];
const troubles = [
  { type: 'apply-then-drop' },
  { type: 'drop' },
  { type: 'answer', status: 503 },
  { type: 'answer', status: 429 },
];

/** All learners share the same two officers and one new organisation. */
function toLearner(ident: string, mainOfficer: string) {
  return buildNewcomer({
    ...{ ident, firstName: `Imogen${ident}`, email: `${ident}@x.example.org`, mainOfficer },
    qualifications: [
      buildQualification({ reference: '603/1122/3', officer: 'SNE001', registrationNumber: `RG-${ident}` }),
      buildQualification({ reference: '196AS' }),
    ],
    placements: [buildPlacement({ organisation: 'BIR001' })],
    reviews: [
      buildReview({ id: `r${ident}`, type: 'N', proposedAt: '2026-02-01T10:00:00', officer: 'SNE001' }),
    ],
  });
}

async function expectAllOnce(world: OneFileWorld): Promise<void> {
  const users = await world.records('users');
  const placements = await world.records('placements');
  expect({
    learners: users.filter(({ Role }) => Role === 1).length,
    assessors: users.filter(({ MISID }) => MISID === 'SNE001').length,
    placements: placements.filter(({ MISID }) => MISID === 'BIR001').length,
    aims: (await world.records('aims')).length,
    reviews: (await world.records('reviews')).length,
    held: world.held(),
  }).toEqual({
    ...{ learners: idents.length, assessors: 1, placements: 1 },
    ...{ aims: 2 * idents.length, reviews: idents.length, held: [] },
  });
}

test.each([1, 2, 3])(
  'G-3, G-5, OF-21, OF-23, OF-80: six enrolled at once while connections break and calls are refused: each exactly once (seed %i)',
  async (seed) => {
    const random = createRandom(seed);
    const learners = idents.map((ident) => toLearner(ident, random.pick(['SNE001', 'ABR001'])));
    await using world = await openEnrolmentWorld(learners);
    for (let n = 0; n < 14; n += 1) {
      const match = { method: 'POST', path: random.pick(paths) };
      const [skip, times] = [random.below(8), 1 + random.below(2)];
      await world.script({ match, skip, times, action: random.pick(troubles) });
    }
    const enrol = (ident: string) => world.command('enrol', { ident });
    const answers = await Promise.all(idents.map(enrol));
    await world.control('DELETE', '/rules');
    // A command that could not be checked at OneFile has done nothing, so the person gives it again.
    const again = idents.filter((_, n) => answers[n]?.status === 'failed');
    // A create that OneFile failed twice waits for a person, who has it tried once more.
    await world.command('retry', { payload: { code: 'UNKNOWN_OUTCOME' } });
    for (const ident of again) expect(await enrol(ident)).toMatchObject({ status: 'done' });
    for (const ident of idents) await world.settle(ident, 'refresh');
    await expectAllOnce(world);
    await world.takeWrites();
    for (const ident of idents) await world.settle(ident, 'refresh');
    expect(await world.takeWrites()).toEqual([]);
  },
);
