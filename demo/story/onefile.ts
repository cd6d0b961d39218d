import type { Deployment } from '../../test/support/deployment/deployment.ts';
import type { SimulatedCall } from '../../test/support/deployment/simulator-control.ts';
import { readReview, toLondonTime } from './pics.ts';
import type { PlannedReview } from './scene.ts';
import { met, type Teller, unmet } from './teller.ts';

/** OneFile as its own people see it: the records themselves, and every call that was ever made. */
type OneFile = Pick<Deployment, 'oneFile'>;

type Visit = { readonly ID: number; readonly LearnerID: number; readonly DateFrom: string };
type OneFileReview = {
  readonly ID: number;
  readonly LearnerID: number;
  readonly VisitID: number | null;
  readonly StartedOn: string | null;
  readonly LearnerSignedOn: string | null;
};
export type Aim = {
  readonly ID: number;
  readonly UserID: number;
  readonly StandardID: number;
  readonly RegistrationNumber: string | null;
  readonly CertificateAppliedDate: string | null;
};

/** What OneFile has for a learner at one planned time (London): visits, and reviews of these visits. */
export async function readMeetings(
  { oneFile }: OneFile,
  learnerId: number,
  proposed: string,
): Promise<{ visits: Visit[]; reviews: OneFileReview[] }> {
  const [allVisits, allReviews] = await Promise.all([
    oneFile.records<Visit>('visits'),
    oneFile.records<OneFileReview>('reviews'),
  ]);
  const visits = allVisits.filter(
    (visit) => visit.LearnerID === learnerId && toLondonTime(Date.parse(visit.DateFrom)) === proposed,
  );
  const ids = new Set(visits.map(({ ID }) => ID));
  return { visits, reviews: allReviews.filter(({ VisitID }) => VisitID !== null && ids.has(VisitID)) };
}

export async function readAims({ oneFile }: OneFile, learnerId: number): Promise<Aim[]> {
  const aims = await oneFile.records<Aim>('aims');
  return aims.filter(({ UserID }) => UserID === learnerId);
}

type Calls = {
  readonly all: readonly SimulatedCall[];
  /** Those that changed something at OneFile, as `POST Review`. */
  readonly writes: readonly string[];
};

/** Calls since a place in the history. Signing in changes nothing. */
export async function readCalls({ oneFile }: OneFile, since: number): Promise<Calls> {
  const all = await oneFile.calls(since);
  const writes = all.filter(({ applied, route }) => applied && route !== 'Authentication');
  return { all, writes: writes.map(({ method, path }) => `${method} ${shortPath(path)}`) };
}

export function shortPath(path: string): string {
  return path.replace(/^\/?api\/v[\d.]+\//, '');
}

export const inWords = (calls: readonly string[]): string =>
  calls.length === 0 ? 'none' : calls.join(', then ');

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
  planned: PlannedReview,
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
