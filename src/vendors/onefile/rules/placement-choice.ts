import type { Placement } from '../../../domain/learner.ts';
import { toLondonDate } from '../../../domain/london.ts';

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

/**
 * The placement with the latest start. A missing start is the earliest; among equal starts the highest
 * sequence wins.
 */
function findMostRecent(placements: readonly Placement[], today: string): Placement | null {
  const hasBegun = ({ startOn }: Placement): boolean => startOn === null || startOn <= today;
  let best: Placement | null = null;
  for (const one of placements) {
    const outranks = best !== null && hasBegun(one) && !hasBegun(best);
    const isOutranked = best !== null && hasBegun(best) && !hasBegun(one);
    if (best === null || outranks || (!isOutranked && isLater(one, best))) best = one;
  }
  return best;
}

function isLater(a: Placement, b: Placement): boolean {
  const [left, right] = [a.startOn ?? '', b.startOn ?? ''];
  return left === right ? a.seq > b.seq : left > right;
}
