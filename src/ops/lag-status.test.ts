import { expect, test } from 'vitest';
import { decideLagStatus, type LagSample, type LagStatus, worstOf } from './queue-lag.ts';

const limits = { slowAfterMs: 60_000, stalledAfterMs: 20_000, leastSpanMs: 2_000 };

/** A sample every five seconds: committed offset, lag, age in seconds, how far the group ever was. */
function looks(
  ...each: (readonly [committed: number, lag: number, ageS: number, furthest?: number])[]
): LagSample[] {
  return each.map(([committed, lag, ageS, furthest], index) => ({
    atMs: index * 5_000,
    committed: BigInt(committed),
    furthest: furthest === undefined ? null : BigInt(furthest),
    lag: BigInt(lag),
    ageMs: ageS * 1_000,
    isBehindRetention: false,
  }));
}

test.each<[string, LagSample[], LagStatus]>([
  ['no look at all is idle', [], 'idle'],
  ['nothing waits', looks([5, 0, 0], [5, 0, 0]), 'idle'],
  ['a first look says little: ok unless it is old', looks([5, 3, 1]), 'ok'],
  ['a first look at an old record is slow', looks([5, 3, 90]), 'slow'],
  ['work flows', looks([5, 3, 1], [9, 2, 1], [12, 3, 1]), 'ok'],
  ['an old queue that shrinks is caught up with', looks([5, 900, 300], [50, 860, 290]), 'ok'],
  ['an old queue that grows is slow', looks([5, 900, 300], [50, 950, 310]), 'slow'],
  [
    'nothing moves for the time limit',
    looks([5, 1, 1], [5, 1, 6], [5, 2, 11], [5, 2, 16], [5, 2, 21]),
    'stalled',
  ],
  ['nothing moves, but not for long yet', looks([5, 1, 1], [5, 1, 6], [5, 2, 11]), 'ok'],
  ['an old record and no movement between two looks', looks([5, 1, 100], [5, 1, 105]), 'stalled'],
  [
    'standing still counts from the moment it was level',
    looks([5, 0, 0], [5, 0, 0], [5, 0, 0], [5, 0, 0], [5, 1, 1]),
    'ok',
  ],
  ['the offset went back', looks([50, 3, 1], [20, 33, 200]), 'rewound'],
  ['also when it is level again since', looks([50, 3, 1], [20, 33, 200], [53, 0, 0]), 'rewound'],
  ['a first look knows that it was further once', looks([20, 33, 200, 50]), 'rewound'],
  ['until it is there again', looks([44, 9, 200, 50], [50, 3, 200, 50], [53, 0, 0, 53]), 'idle'],
  [
    'a replay waits long for one record: not stalled yet',
    looks([20, 33, 900, 50], [20, 33, 905, 50]),
    'rewound',
  ],
  [
    'a replay that moves no more is stalled',
    looks([20, 33, 900, 50], [20, 33, 905, 50], [20, 33, 910, 50], [20, 33, 915, 50], [20, 33, 920, 50]),
    'stalled',
  ],
])('%s', (_title, samples, status) => {
  expect(decideLagStatus(samples, limits)).toBe(status);
});

test('dropped unread records are the worst status', () => {
  const [sample] = looks([5, 3, 1]);
  expect(decideLagStatus([{ ...sample!, isBehindRetention: true }], limits)).toBe('behind-retention');
});

test('a group has the status of its worst partition', () => {
  expect(worstOf(['idle', 'stalled', 'ok'])).toBe('stalled');
  expect(worstOf([])).toBe('idle');
});
