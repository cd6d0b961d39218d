import { expect, test } from 'vitest';
import { showEnrolled } from './enrol.ts';

const vendor = { title: 'OneFile' };

test('the result of an enrolment shows the id, what was created, what was left out and what waits', () => {
  const text = showEnrolled(vendor, {
    result: {
      vendorId: '900',
      created: [{ kind: 'officer', code: 'JB', name: 'Jo Bell', vendorId: '5' }],
      skipped: ['601/9999/9'],
      reviews: 2,
      warnings: [{ code: 'ULN_INVALID', message: 'The ULN was left out.' }],
      held: [{ subject: 'review:r1', code: 'REVIEW_NO_OFFICER' }],
    },
  });
  expect(text).toBe(
    'OneFile learner 900.\nCreated officer JB Jo Bell (5).\nLeft out 601/9999/9: OneFile does not offer it.\n' +
      'Sent 2 reviews.\nWarning: The ULN was left out.\n' +
      'Held: REVIEW_NO_OFFICER, review:r1. "held list --code REVIEW_NO_OFFICER" shows it.\n',
  );
});

test('without a learner at OneFile it says so, and without a result nothing', () => {
  expect(showEnrolled(vendor, { result: { vendorId: null } })).toBe('The learner is not in OneFile.\n');
  expect(showEnrolled(vendor, { result: null })).toBe('');
});
