import { expect, test } from 'vitest';
import { buildQualification } from '../../../../test/support/learner.ts';
import { decideElements, toElements } from './elements.ts';

const aim = { elementsTotal: null, elementsDone: null, progress: null };
const learner = { oneFileId: '1', smartAssessorId: null, activePortfolio: null };
const qualification = buildQualification({ reference: 'Q' });
const skip = { unitsPolicy: 'skip' } as const;

test.each([
  ['the explicit pair', { elementsTotal: 8, elementsDone: 3, progress: 99 }, [8, 3]],
  ['else the percentage of 100', { ...aim, progress: 40 }, [100, 40]],
  ['rounded half up', { ...aim, progress: 40.5 }, [100, 41]],
  ['rounded down below the half', { ...aim, progress: 40.49 }, [100, 40]],
  ['an incomplete pair does not count', { ...aim, elementsTotal: 8, progress: 10 }, [100, 10]],
  ['A-23: more done than there is', { elementsTotal: 8, elementsDone: 9, progress: null }, [8, 8]],
  ['A-23: less than nothing', { elementsTotal: 8, elementsDone: -1, progress: null }, [8, 0]],
  ['A-23: a negative total', { elementsTotal: -8, elementsDone: 2, progress: null }, [0, 0]],
])('A-28: %s', (_title, figures, [elementsTotal, elementsDone]) => {
  expect(toElements(figures)).toEqual({ elementsTotal, elementsDone });
});

test('OF-45: without a figure the counters keep their value', () => {
  expect(decideElements({ qualification, learner, aim }, skip)).toBeNull();
});

test('OF-45: only counters that differ are written, and nothing the second time', () => {
  const known = { ...qualification, elementsTotal: 100, elementsDone: 10 };
  const seen = { ...aim, progress: 40 };
  expect(decideElements({ qualification: known, learner, aim: seen }, skip)).toEqual({ elementsDone: 40 });
  expect(
    decideElements({ qualification: { ...known, elementsDone: 40 }, learner, aim: seen }, skip),
  ).toBeNull();
});

test('OF-45a: units attached freeze the counters, unless the policy imports', () => {
  const withUnits = { ...qualification, hasUnits: true };
  const seen = { ...aim, progress: 40 };
  expect(decideElements({ qualification: withUnits, learner, aim: seen }, skip)).toBeNull();
  expect(decideElements({ qualification: withUnits, learner, aim: seen }, { unitsPolicy: 'import' })).toEqual(
    {
      elementsTotal: 100,
      elementsDone: 40,
    },
  );
});

test.each([
  ['both linked, active Smart Assessor', '2', 'S', false],
  ['both linked, active OneFile', '2', 'O', true],
  ['both linked, none active', '2', null, true],
  ['linked to OneFile only, whatever is active', null, 'S', true],
] as const)('A-25: %s', (_title, smartAssessorId, activePortfolio, isWritten) => {
  const both = { oneFileId: '1', smartAssessorId, activePortfolio };
  const seen = { ...aim, progress: 40 };
  expect(decideElements({ qualification, learner: both, aim: seen }, skip) !== null).toBe(isWritten);
});
