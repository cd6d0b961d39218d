import type { Placement } from '../../domain/learner.ts';

/**
 * The placement with the latest start. A missing start is the earliest; among equal starts the highest
 * sequence wins.
 */
export function findMostRecent(placements: readonly Placement[], today: string): Placement | null {
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
