import { expect, test } from 'vitest';
import type { LearnerCourseRecord, Listing } from '../port.ts';
import { joinListings, readList, type TableReader } from './records.ts';
import { id, percent, text } from './values.ts';

const field = { create: false, update: false, mark: 'assumed' } as const;
const reader = {
  kind: 'learner-course',
  table: {
    learnerId: { at: 'L', kind: id, ...field },
    courseId: { at: 'C', kind: id, ...field },
    title: { at: 'T', kind: text, ...field },
    assessedPc: { at: 'A', kind: percent, ...field },
    mappedPc: { at: 'M', kind: percent, ...field },
  },
  capabilities: {},
} as unknown as TableReader;

function read(rows: readonly object[]): Listing<LearnerCourseRecord> {
  const listing = readList<LearnerCourseRecord>({ rows, isPaged: false, readAtMs: 1 }, { reader });
  if (listing === null) throw new Error('no list');
  return listing;
}

test('D-17: of two lists about one record each fills its part, and what made no sense in either is named', () => {
  // An id that is no GUID keeps its case; the two lists need not write it alike.
  const people = read([{ L: 'Ada-1', C: 'Care-2', T: 'Care', M: 'much' }]);
  const progress = read([{ L: 'ada-1', C: 'CARE-2', A: 'forty' }]);
  const joined = joinListings('learner-course', people, progress);
  expect(joined.records).toMatchObject([
    { learnerId: 'Ada-1', courseId: 'Care-2', title: 'Care', unreadable: ['mappedPc', 'assessedPc'] },
  ]);
  const good = joinListings('learner-course', people, read([{ L: 'Ada-1', C: 'Care-2', A: '40' }]));
  expect(good.records).toMatchObject([{ assessedPc: 40, unreadable: ['mappedPc'] }]);
  const none = joinListings('learner-course', read([{ L: 'a', C: 'b' }]), read([{ L: 'a', C: 'b', A: '0' }]));
  expect(none.records[0]).not.toHaveProperty('unreadable');
});

test('Q12, G-9: one record of each key; what cannot be merged is a problem and the first stays', () => {
  const { records, problems, isComplete } = read([
    { L: 'a', C: 'b', T: 'Care' },
    { L: 'A', C: 'b', T: 'Care' },
    { L: 'a', C: 'b', T: 'Another' },
    { L: 'a', C: '00000000-0000-0000-0000-000000000000' },
  ]);
  expect(records.map(({ title }) => title)).toEqual(['Care']);
  expect(problems.map(({ id: of, code }) => `${of} ${code}`)).toEqual([
    'a/b bad-duplicate',
    'a/b bad-duplicate',
    'a bad-id',
  ]);
  expect(isComplete, 'a row without an id may be any record').toBe(false);
});
