import type { Placement } from '../../../domain/learner.ts';
import { toLondonDate } from '../../../domain/london.ts';
import { findMostRecent } from '../../common/placement-choice.ts';

/**
 * OF-22: the most recent placement of type P, else the most recent of any type. Ended placements count as
 * well. D-20: one that has begun comes before one that begins later.
 */
export function choosePlacement(placements: readonly Placement[], nowMs: number): Placement | null {
  const today = Number.isFinite(nowMs) ? toLondonDate(nowMs) : '9999-12-31';
  return (
    findMostRecent(
      placements.filter(({ type }) => type === 'P'),
      today,
    ) ?? findMostRecent(placements, today)
  );
}
