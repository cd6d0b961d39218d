import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideDeletions, type PollLearner, toPollOrder } from './schedule.ts';

const nowMs = Date.UTC(2026, 0, 15, 9);
const hourMs = 3_600_000;

function learner(vendorId: string, known: Partial<PollLearner> = {}): PollLearner {
  return { ident: vendorId, vendorId, lastActivityAtMs: null, nextReviewAtMs: null, ...known };
}

test('learners never read come first, then recent activity and reviews due soon', () => {
  const learners = [
    learner('quiet'),
    learner('active', { lastActivityAtMs: nowMs - hourMs / 2 }),
    learner('review soon', { nextReviewAtMs: nowMs + 10 * hourMs }),
    learner('new'),
  ];
  const readAt = new Map([
    ['quiet', nowMs - 2 * hourMs],
    ['active', nowMs - hourMs],
    ['review soon', nowMs - hourMs],
  ]);
  const order = toPollOrder(learners, readAt, nowMs, 4).map(({ vendorId }) => vendorId);
  expect(order).toEqual(['new', 'active', 'review soon', 'quiet']);
});

test('no learner starves, however busy the others are', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5 }), (busyCount, perTurn) => {
      const learners = [
        learner('quiet'),
        ...Array.from({ length: busyCount }, (_, n) => learner(`busy ${n}`, { lastActivityAtMs: nowMs })),
      ];
      const readAt = new Map(learners.map(({ vendorId }) => [vendorId, nowMs]));
      const turns = Math.ceil(((busyCount + 1) * 17) / perTurn) + 17;
      for (let turn = 1; turn <= turns; turn += 1) {
        const now = nowMs + turn * 1000;
        for (const { vendorId } of toPollOrder(learners, readAt, now, perTurn)) {
          if (vendorId === 'quiet') return;
          readAt.set(vendorId, now);
        }
      }
      expect.fail('the quiet learner was never read');
    }),
  );
});

test.each([
  [0, 1000, 'none'],
  [1, 1000, 'conclude'],
  [3, 100, 'conclude'],
  [4, 100, 'hold'],
  [20, 70, 'hold'],
  [3, 199, 'conclude'],
  [4, 199, 'hold'],
  [200, 10_000, 'conclude'],
  [201, 10_000, 'hold'],
  [2, 3, 'conclude'],
  [3, 3, 'hold'],
  [1, 1, 'conclude'],
])('D-21: %i of %i records gone: %s', (missing, total, expected) => {
  expect(decideDeletions(missing, total).kind).toBe(expected);
});
