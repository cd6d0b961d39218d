import { expect, test } from 'vitest';
import { createMetrics } from '../base/metrics.ts';
import type { DifferenceCount } from '../domain/difference.ts';
import { createDifferenceMetrics } from './differences.ts';

const count = (known: Partial<DifferenceCount>): DifferenceCount => {
  return { vendor: 'onefile', kind: 'aim', field: 'a', rule: null, count: 1, oldestSinceMs: 0, ...known };
};

async function readSeries(metrics: ReturnType<typeof createMetrics>): Promise<readonly string[]> {
  return (await metrics.read()).split('\n').filter((line) => line.startsWith('pics_sync_differences{'));
}

test('differences are counted by vendor, kind and whether a rule allows them; what is gone is not shown', async () => {
  const metrics = createMetrics();
  const show = createDifferenceMetrics(metrics);
  show([
    count({ count: 2 }),
    count({ field: 'b', count: 3 }),
    count({ rule: 'D-16' }),
    count({ kind: 'review', rule: 'A-4', count: 4 }),
    count({ vendor: 'smartassessor' }),
  ]);
  expect(await readSeries(metrics)).toEqual([
    'pics_sync_differences{vendor="onefile",kind="aim",allowed="no"} 5',
    'pics_sync_differences{vendor="onefile",kind="aim",allowed="yes"} 1',
    'pics_sync_differences{vendor="onefile",kind="review",allowed="yes"} 4',
    'pics_sync_differences{vendor="smartassessor",kind="aim",allowed="no"} 1',
  ]);
  show([count({ kind: 'review' })]);
  expect(await readSeries(metrics)).toEqual([
    'pics_sync_differences{vendor="onefile",kind="review",allowed="no"} 1',
  ]);
});
