import type { Row } from '../state/row.ts';
import { isBlank } from '../wire/coerce.ts';
import { isWithin, readPeriod } from './aims.ts';
import { type Call, type Checked, fine } from './call.ts';
import type { Test } from './search.ts';

export const isReviewFilterUsed = (call: Call): boolean =>
  !isBlank(call.input.get('datefrom')) || !isBlank(call.input.get('dateto'));

/** Which date of a review a period is held against, and whether its end belongs to it, hangs on a switch. */
export function reviewPeriodTests(call: Call): Checked<readonly Test[]> {
  const read = readPeriod(call);
  if (read.kind === 'refused') return read;
  const period = read.value;
  switch (call.switches['review-date-filter']) {
    case 'scheduled-inclusive':
      return fine([(row: Row) => isWithin(row['ScheduledFor'], period)]);
    case 'scheduled-end-exclusive':
      return fine([(row: Row) => isWithin(row['ScheduledFor'], period) && row['ScheduledFor'] !== period.to]);
    case 'created':
      return fine([(row: Row) => isWithin(row['CreatedOn'], period)]);
    case 'ignored':
      return fine([]);
  }
}
