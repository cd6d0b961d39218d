import { expect, test } from 'vitest';
import { isInDailyScope, type LearnerStanding, toSameDayLastMonth } from './daily-scope.ts';

const nowMs = Date.UTC(2026, 0, 15, 9);
const base: LearnerStanding = { status: 'L', isSuspended: false, endOn: null };
const ask = (change: Partial<LearnerStanding>, atMs = nowMs, liveLetters = ['L', 'C']): boolean =>
  isInDailyScope({ ...base, ...change }, { liveLetters, nowMs: atMs });

test.each<[string, Partial<LearnerStanding>, boolean]>([
  ['in learning', {}, true],
  ['ended 20 days ago (10005)', { endOn: '2025-12-26' }, true],
  ['ended 32 days ago (10006)', { endOn: '2025-12-14' }, false],
  ['status C in learning (10007)', { status: 'C' }, true],
  ['on a break (10008)', { isSuspended: true }, true],
  ['on a break that began as an end long ago', { isSuspended: true, endOn: '2025-06-01' }, true],
  ['on a break with a dead status', { isSuspended: true, status: 'D' }, false],
  ['ended on the same day a month ago', { endOn: '2025-12-15' }, true],
  ['ended the day before that', { endOn: '2025-12-14' }, false],
  ['an end that is still to come', { endOn: '2026-03-01' }, true],
  ['another letter', { status: 'D' }, false],
  ['no letter', { status: null }, false],
])('OF-40, A-41: %s', (_, standing, expected) => {
  expect(ask(standing)).toBe(expected);
});

test('A-17: a setting says which letters are live', () => {
  expect(ask({ status: 'C' }, nowMs, ['L'])).toBe(false);
  expect(ask({ status: 'A' }, nowMs, ['A'])).toBe(true);
});

test('A-41: today is the date in London, also at half past midnight in summer', () => {
  const summer = Date.parse('2026-07-14T23:30:00Z'); // 15 July in London
  expect(ask({ endOn: '2026-06-15' }, summer)).toBe(true);
  expect(ask({ endOn: '2026-06-14' }, summer)).toBe(false);
});

test.each([
  ['2026-01-15', '2025-12-15'],
  ['2026-03-31', '2026-02-28'],
  ['2028-03-30', '2028-02-29'],
  ['2026-07-31', '2026-06-30'],
  ['2026-12-01', '2026-11-01'],
])('A-41: a month before %s is %s', (date, expected) => {
  expect(toSameDayLastMonth(date)).toBe(expected);
});
