import { expect, test } from 'vitest';
import { deathAt, lookUpsEach, pointsOf } from '../bench/enrolment/deaths.ts';
import { openEnrolWorld } from '../bench/enrolment/enrol-world.ts';
import { judgeOnce } from '../bench/enrolment/made-once.ts';
import { buildNewcomer, type EnrolmentCase } from '../bench/enrolment/newcomer.ts';

const known: EnrolmentCase = { newOfficers: 0, newEmployer: false, qualifications: 1, reviews: 0 };

test.each<[number, number, number]>([
  [1, 1, 0],
  [2, 2, 1],
  [3, 2, 4],
])(
  'OF-13: an enrolment with %i new officers, a new employer, %i qualifications and %i reviews costs 8 + 3n + 2q + a + 2r calls',
  async (n, q, r) => {
    await using world = await openEnrolWorld();
    await world.enrol(buildNewcomer('10001', known));
    const size = { newOfficers: n, newEmployer: true, qualifications: q, reviews: r };
    const newcomer = buildNewcomer('10002', size);
    const { calls } = await world.enrol(newcomer);
    // OneFile has no filter by MIS value for placements: their list is read, and its end is one call (D-21).
    expect(calls).toHaveLength(8 + 3 * n + 2 * q + newcomer.otherAssessors + 2 * r);
  },
);

test('G-5: killed at any step, an enrolment ends with everything made once, for one look-up per create that was made and four per create that was not', async () => {
  await using world = await openEnrolWorld();
  const size = { newOfficers: 1, newEmployer: true, qualifications: 1, reviews: 1 };
  let ident = 10_000;
  const build = (of: EnrolmentCase) => {
    ident += 1;
    return buildNewcomer(String(ident), of);
  };
  await world.enrol(build(known));
  const base = await world.enrol(build(size));
  for (const point of pointsOf(base)) {
    const death = deathAt(point, base, await world.enrol(build(size), point));
    const lookUps = point.at === 'reading' ? 0 : lookUpsEach[point.at] * death.unknown;
    expect(death.lookUps, `${point.at} ${point.n}`).toBeLessThanOrEqual(lookUps);
    const again = point.at === 'reading' ? point.n - 1 : 1;
    expect(death.repeated, `${point.at} ${point.n}`).toBeLessThanOrEqual(again);
    await world.enrol(build(known));
  }
  expect(await judgeOnce(world)).toMatchObject({ seen: '0 twice' });
});
