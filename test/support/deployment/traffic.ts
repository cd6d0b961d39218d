import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { eventually } from '../eventually.ts';
import type { Deployment } from './deployment.ts';
import { type PlannedReview, planReview, readLinkedIdents } from './reviews.ts';

export type Traffic = {
  /** Waits until so many more reviews are planned, and gives all planned so far. */
  readonly untilMore: (count: number) => Promise<readonly PlannedReview[]>;
  /** Gives all that were planned. */
  readonly stop: () => Promise<readonly PlannedReview[]>;
};

const everyMs = 120;
const learnerCount = 12;
const deadlineMs = 60_000;

/**
 * Users of PICS who plan reviews one after the other, learner by learner, until stopped.
 *
 * While PICS is away they cannot, and try again; only what PICS has confirmed counts.
 */
export function startTraffic(deployment: Deployment): Traffic {
  const reviews: PlannedReview[] = [];
  const stopped = new AbortController();
  const running = (async () => {
    const idents = (await readLinkedIdents(deployment)).slice(0, learnerCount);
    for (let n = 0; !stopped.signal.aborted; n += 1) {
      const ident = idents[n % idents.length] ?? '';
      const review = await planReview(deployment, { ident }).catch(() => null);
      if (review !== null) reviews.push(review);
      await sleep(everyMs);
    }
  })();
  onTestFinished(() => stopped.abort()); // also when it failed before it came to that
  return {
    untilMore: async (count) => {
      const wanted = reviews.length + count;
      await eventually(() => {
        if (reviews.length < wanted) throw new Error(`${reviews.length} of ${wanted} reviews are planned`);
      }, deadlineMs);
      return reviews.slice(0, wanted);
    },
    stop: async () => {
      stopped.abort();
      await running;
      return reviews;
    },
  };
}
