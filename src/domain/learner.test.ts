import { expect, test } from 'vitest';
import { holdsIdsOfVendor } from './learner.ts';

test.each([
  [null, true, true],
  ['O', true, true],
  ['S', false, true],
  ['other', false, false],
] as const)(
  "D-20, A-25: with the portfolio %s in use OneFile's column holds its ids: %s, Smart Assessor's: %s",
  (portfolio, oneFile, smartAssessor) => {
    expect(holdsIdsOfVendor('oneFileId', portfolio)).toBe(oneFile);
    expect(holdsIdsOfVendor('smartAssessorId', portfolio)).toBe(smartAssessor);
  },
);
