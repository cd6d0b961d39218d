import { expect, test } from 'vitest';
import { correctChoices } from './accepted.ts';

const plan = {
  classroomId: '2001',
  qualifications: [
    { key: '601/1234/5/1', standardId: '1' },
    { key: 'ST0096AS/1', standardId: '2' },
  ],
};
const standards = (pathways: Record<string, string>) =>
  correctChoices(plan, { pathways }).qualifications.map(({ standardId }) => standardId);

test('OF-12: a corrected choice is found by key or by reference in any notation', () => {
  expect(standards({ '601/1234/5/1': '7' })).toEqual(['7', '2']);
  expect(standards({ '60112345': '8' })).toEqual(['8', '2']);
  expect(standards({ 'st 0096as': '9' })).toEqual(['1', '9']);
});

test('a choice for anything else changes nothing, and the rest of the plan stays', () => {
  expect(correctChoices(plan, { pathways: { toString: '7', '601/9999/9': '8' } })).toEqual(plan);
});
