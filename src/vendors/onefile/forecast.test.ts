import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forecastFullPass, type PassSize } from './forecast.ts';

const pace = { pageSize: 100, callsPerMinute: 280, liveShare: 0 };
const size: PassSize = {
  ...{ learners: 10_000, users: 10_050, reviews: 60_000, placements: 300, classrooms: 5, standards: 40 },
};

test('ten thousand learners with six reviews each take less than 1.1 calls each, and under 40 minutes', () => {
  const forecast = forecastFullPass(size, pace);
  // 10,000 aims, 101 + 2 pages of people, 601 of reviews, 4 + 2 + 3 of the rest, and 1 % for reads in
  // between.
  expect(forecast).toEqual({ calls: 10_821, minutes: 38.7, callsPerLearner: 1.082 });
});

test('counts that are not known are estimated from the learners', () => {
  const unknown = { users: null, reviews: null, placements: null, classrooms: null, standards: null };
  const { calls } = forecastFullPass({ learners: 1_000, ...unknown }, pace);
  expect(calls).toBeGreaterThan(1_050);
  expect(calls).toBeLessThan(1_150);
});

test('live traffic makes a pass longer but costs no further calls', () => {
  const alone = forecastFullPass(size, pace);
  const busy = forecastFullPass(size, { ...pace, liveShare: 0.5 });
  expect(busy.calls).toBe(alone.calls);
  expect(busy.minutes / alone.minutes).toBeCloseTo(2, 1);
});

test('without a linked learner only the lists are read', () => {
  const empty = { learners: 0, users: 0, reviews: 0, placements: 0, classrooms: 0, standards: 0 };
  expect(forecastFullPass(empty, pace)).toEqual({ calls: 9, minutes: 0.1, callsPerLearner: 0 });
});

test('more records never cost fewer calls', () => {
  const count = fc.integer({ min: 0, max: 100_000 });
  fc.assert(
    fc.property(count, count, count, (learners, users, reviews) => {
      const less = { ...size, learners, users, reviews };
      const more = { ...less, learners: learners + 1, users: users + 100, reviews: reviews + 100 };
      expect(forecastFullPass(more, pace).calls).toBeGreaterThan(forecastFullPass(less, pace).calls);
    }),
  );
});
