import type { Deployment } from '../../test/support/deployment/deployment.ts';
import { met, unmet } from '../wait-for.ts';
import { type OneFileReview, readMeetings } from './onefile.ts';
import { readReview } from './pics.ts';
import type { Planned } from './step.ts';
import type { Teller } from './teller.ts';

/** Waits for exactly one visit and one review at that time. Null when they did not come, or more came. */
export async function expectOneMeeting(
  installation: Deployment,
  teller: Teller,
  { oneFileId, at, withinMs }: { oneFileId: number; at: string; withinMs?: number },
): Promise<OneFileReview | null> {
  const found = await teller.expect({
    place: 'OneFile',
    expected: `one visit and one review of the learner on ${at}`,
    log: 'outbound',
    ...(withinMs !== undefined && { withinMs }),
    look: async () => {
      const { visits, reviews } = await readMeetings(installation, oneFileId, at);
      const [review] = reviews;
      if (review === undefined || reviews.length > 1 || visits.length > 1)
        return unmet(`visits at that time: ${visits.length}, reviews: ${reviews.length}`);
      return met(`shows exactly one visit at that time and one review of it, review ${review.ID}`, review);
    },
  });
  return found?.value ?? null;
}

/** Waits until the review in PICS carries the id that OneFile gave. */
export async function expectOneFileId(
  installation: Deployment,
  teller: Teller,
  planned: Planned,
): Promise<void> {
  await teller.expect({
    place: 'PICS',
    expected: `the review carries OneFile's id ${planned.oneFileId}`,
    log: 'reconciler',
    look: async () => {
      const review = await readReview(installation, planned.picsId);
      const seen = `the review has ${review?.oneFileId == null ? 'no OneFile id' : `OneFile id ${review.oneFileId}`}`;
      return review?.oneFileId === String(planned.oneFileId) ? met(seen, null) : unmet(seen);
    },
  });
}
