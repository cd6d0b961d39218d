/** What is known about how soon a learner's records at the vendor may change. */
export type PollLearner = {
  readonly ident: string;
  readonly vendorId: string;
  /** When anything of the learner was last seen to change or was written; null = never. */
  readonly lastActivityAtMs: number | null;
  /** The planned time of the review nearest to now; null = none. */
  readonly nextReviewAtMs: number | null;
};

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * How much sooner than an ordinary learner this one is read again.
 *
 * A finite factor on the time since the last read: whoever is ordinary comes later, never not at all.
 */
export function toPollWeight({ lastActivityAtMs, nextReviewAtMs }: PollLearner, nowMs: number): number {
  const quietMs = lastActivityAtMs === null ? Number.POSITIVE_INFINITY : nowMs - lastActivityAtMs;
  const reviewInMs = nextReviewAtMs === null ? Number.POSITIVE_INFINITY : Math.abs(nextReviewAtMs - nowMs);
  const byActivity = quietMs < hourMs ? 16 : quietMs < dayMs ? 4 : quietMs < 7 * dayMs ? 2 : 1;
  const byReview = reviewInMs < 2 * hourMs ? 16 : reviewInMs < dayMs ? 8 : reviewInMs < 3 * dayMs ? 2 : 1;
  return Math.max(byActivity, byReview);
}

/** The learners to read next, most expected change first. Who was never read goes before who was. */
export function toPollOrder(
  learners: readonly PollLearner[],
  lastReadAtMs: ReadonlyMap<string, number>,
  nowMs: number,
  count: number,
): PollLearner[] {
  const ranked = learners.map((learner) => {
    const readAtMs = lastReadAtMs.get(learner.vendorId);
    const weight = toPollWeight(learner, nowMs);
    return { learner, isNew: readAtMs === undefined, rank: (nowMs - (readAtMs ?? 0)) * weight };
  });
  ranked.sort(
    (a, b) =>
      Number(b.isNew) - Number(a.isNew) ||
      b.rank - a.rank ||
      (a.learner.vendorId < b.learner.vendorId ? -1 : 1),
  );
  return ranked.slice(0, count).map(({ learner }) => learner);
}

export type DeletionDecision =
  | { readonly kind: 'none' }
  | { readonly kind: 'conclude' }
  /** More than a mishap at the vendor would explain: a person decides. */
  | { readonly kind: 'hold'; readonly missingCount: number; readonly limit: number };

/**
 * Records that two complete passes did not show are gone, but never more than max(25, 2 %) without a person.
 *
 * Nor all there are of several: that looks like an answer that was empty by mistake, however few they were.
 */
export function decideDeletions(missingCount: number, totalCount: number): DeletionDecision {
  if (missingCount === 0) return { kind: 'none' };
  const few = Math.max(25, Math.floor(totalCount * 0.02));
  const limit = totalCount > 1 ? Math.min(few, totalCount - 1) : few;
  return missingCount > limit ? { kind: 'hold', missingCount, limit } : { kind: 'conclude' };
}
