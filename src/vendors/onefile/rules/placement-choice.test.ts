import { expect, test } from 'vitest';
import { buildPlacement } from '../../../../test/support/enrol-input.ts';
import { choosePlacement } from './placement-choice.ts';

const nowMs = Date.UTC(2026, 5, 30, 23, 30); // in London it is 1 July

const ended = buildPlacement(1, 'PLACE1', { startOn: '2025-01-01', endOn: '2025-12-31' });

test.each([
  ['OF-22a: an ended P beats an open W', [ended, buildPlacement(2, 'WORK01', { type: 'W' })], 'PLACE1'],
  ['OF-22b: two P of one day, the higher seq', [buildPlacement(2, 'TWO'), buildPlacement(1, 'ONE')], 'TWO'],
  ['OF-22b: the same in the other order', [buildPlacement(1, 'ONE'), buildPlacement(2, 'TWO')], 'TWO'],
  ['OF-22c: only W', [buildPlacement(1, 'WORK01', { type: 'W' })], 'WORK01'],
  [
    'OF-22c: without P the latest of any type',
    [
      buildPlacement(3, 'OLDER', { type: 'W', startOn: '2025-01-01' }),
      buildPlacement(1, 'NEWER', { type: 'D', startOn: '2025-02-01' }),
    ],
    'NEWER',
  ],
  [
    'OF-22: no start counts as earliest, whatever its seq',
    [buildPlacement(9, 'NODATE', { startOn: null }), buildPlacement(1, 'DATED')],
    'DATED',
  ],
  [
    'OF-22: of several without start the higher seq',
    [buildPlacement(2, 'TWO', { startOn: null }), buildPlacement(1, 'ONE', { startOn: null })],
    'TWO',
  ],
  [
    'D-20: one that has begun outranks one that begins later',
    [
      buildPlacement(1, 'NOW', { startOn: '2026-07-01' }),
      buildPlacement(2, 'LATER', { startOn: '2026-07-02' }),
      buildPlacement(3, 'BEFORE', { startOn: '2025-09-01' }),
    ],
    'NOW',
  ],
  [
    'D-20: where none has begun the latest stands, and type P comes before it',
    [
      buildPlacement(1, 'SOON', { startOn: '2026-08-01' }),
      buildPlacement(2, 'LATEST', { startOn: '2026-09-01' }),
      buildPlacement(3, 'WORK01', { type: 'W', startOn: '2025-09-01' }),
    ],
    'LATEST',
  ],
])('%s', (_title, placements, organisation) => {
  expect(choosePlacement(placements, nowMs)?.organisation).toBe(organisation);
  expect(choosePlacement(placements.toReversed(), nowMs)?.organisation).toBe(organisation);
});

test('OF-22d: without placements none is chosen', () => {
  expect(choosePlacement([], nowMs)).toBeNull();
});
