import type { Review } from '../../domain/learner.ts';
import type { HeldItem } from '../../domain/ledger.ts';

/** Begin of the subject under which one item lists what crossed with a vendor's learner (D-13). */
export const crossedPrefix = 'crossed:';

export function isCrossing({ subject, code }: Pick<HeldItem, 'subject' | 'code'>): boolean {
  return code === 'CROSSED_RECORDS' && subject.startsWith(crossedPrefix);
}

/** The learner that was linked last before the id was cleared; null = none, or the one that is linked again. */
export function findLinkedBefore(
  held: readonly Pick<HeldItem, 'subject' | 'code'>[],
  to: string,
): string | null {
  const crossed = held.filter(isCrossing).map(({ subject }) => subject.slice(crossedPrefix.length));
  // The same id again: what was sent to it is where it belongs.
  return crossed.includes(to) ? null : (crossed.at(-1) ?? null);
}

/** With the days, by which a person finds them. */
export function toCountOf(reviews: readonly (Review | undefined)[], what: string): string {
  if (reviews.length === 0) return `no ${what}s`;
  const days = reviews.flatMap((review) => review?.proposedAt?.slice(0, 10) ?? []);
  return `${reviews.length} ${what}${reviews.length === 1 ? '' : 's'} (${days.sort().join(', ')})`;
}
