import { expect, test } from 'vitest';
import { messageOf } from './messages.ts';

test('a message names the record, and the vendor by its written name', () => {
  expect(messageOf('ID_IN_USE', { vendor: 'onefile', id: '400061', kind: 'learner', code: '20017' })).toBe(
    'OneFile id 400061 is already linked to learner 20017. Remove that link first.',
  );
});

test('a gap nobody filled and an unknown code do not break the page', () => {
  expect(messageOf('NO_LEARNER', { kind: 'learner' })).toBe('There is no learner … in PICS.');
  expect(messageOf('SOMETHING_NEW', {})).toBe('SOMETHING_NEW');
});

test("a vendor's words that end in a full stop do not end in two", () => {
  const params = { vendor: 'onefile', what: 'create-review', message: 'Learner is archived.' };
  expect(messageOf('VENDOR_REFUSED', params)).toBe('OneFile refused the new review: Learner is archived.');
});
