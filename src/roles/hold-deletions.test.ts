import { expect, test } from 'vitest';
import { messageOf } from '../domain/messages.ts';
import { toDeletionsHold } from './hold-deletions.ts';

test('many records that vanish at once are held with their number, one item for each kind', () => {
  const hold = toDeletionsHold('onefile', 'review', 33);
  expect(hold).toMatchObject({ subject: 'deletions:review', code: 'DELETIONS_HELD' });
  expect(messageOf(hold.code, hold.params)).toBe(
    'OneFile no longer shows 33 records, more than may vanish without a person looking. Check OneFile, then retry.',
  );
});
