import type { Shadow } from '../../../core/observation.ts';
import type { Hold } from '../../../core/step.ts';
import { toAimRecord, toReviewRecord } from './records.ts';

type Seen = Pick<Shadow, 'entity' | 'vendorId' | 'record'>;

/**
 * Why an aim or a review cannot be taken over: OneFile shows text for a date. Null when it can.
 *
 * Said alike by the reconciler, which meets the record first, and by every look, which so keeps the item open while
 * the record stays as it is, and closes it afterwards.
 */
export function findUnreadable({ entity, vendorId, record }: Seen): Hold | null {
  const isAim = entity === 'learning-aim';
  if (!isAim && entity !== 'review') return null;
  const { unreadable } = isAim ? toAimRecord(vendorId, record) : toReviewRecord(vendorId, record);
  if (unreadable.length === 0) return null;
  const what = `${isAim ? 'aim' : 'review'} ${vendorId}`;
  return {
    // Not `aim:`: under that subject a refused push is held.
    subject: `${entity}:${vendorId}`,
    code: 'UNREADABLE_DATE',
    params: { vendor: 'OneFile', what, field: unreadable.join(', ') },
  };
}
