import type { Placement } from '../../../domain/learner.ts';

/**
 * OF-22: the most recent placement of type P, else the most recent of any type. Ended placements count as
 * well.
 */
export function choosePlacement(placements: readonly Placement[]): Placement | null {
  return findMostRecent(placements.filter(({ type }) => type === 'P')) ?? findMostRecent(placements);
}

/**
 * The placement with the latest start. A missing start is the earliest; among equal starts the highest
 * sequence wins.
 */
function findMostRecent(placements: readonly Placement[]): Placement | null {
  let best: Placement | null = null;
  for (const one of placements) if (best === null || isLater(one, best)) best = one;
  return best;
}

function isLater(a: Placement, b: Placement): boolean {
  const [left, right] = [a.startOn ?? '', b.startOn ?? ''];
  return left === right ? a.seq > b.seq : left > right;
}
