import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../test/memory/clock.ts';
import type { CatalogueRow } from '../../domain/catalogue.ts';
import { createRecentCourses } from './catalogue.ts';

const row: CatalogueRow = { code: '60311223', vendorId: 'c1', title: 'Team Leader', entity: 'course' };

test('many looks at once read the list of courses once, later ones again, and a failure is not kept', async () => {
  const { clock, virtual } = createVirtualClock();
  let readCount = 0;
  let isAway = true;
  const recent = createRecentCourses(
    {
      read: async () => {
        readCount += 1;
        if (isAway) throw new Error('the sync database is away');
        return [row];
      },
    },
    clock,
  );
  await expect(recent()).rejects.toThrow('away');
  isAway = false;
  const found = await Promise.all([recent(), recent(), recent()]);
  expect(found.map((courses) => courses.map(({ id }) => id))).toEqual([['c1'], ['c1'], ['c1']]);
  expect(readCount).toBe(2);
  await virtual.runUntil(clock.sleep(1_000));
  await recent();
  expect(readCount).toBe(3);
});
