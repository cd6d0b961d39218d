import { toInstantMs, toLondonDate } from './london.ts';
import { mostSkewMs } from './observation.ts';

export type DailyTime = { readonly hour: number; readonly minute: number };

/**
 * Parses `03:30`. Null when it is not a time, or lies between 01:00 and 02:00, which does not occur on one
 * day of the year and occurs twice on another.
 */
export function toDailyTime(text: string): DailyTime | null {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (match === null) return null;
  const time = { hour: Number(match[1]), minute: Number(match[2]) };
  return time.hour === 1 ? null : time;
}

/** The last moment at or before `nowMs` at which clocks in London showed `time`. */
export function toLastDueAtMs(time: DailyTime, nowMs: number): number {
  const today = momentOf(time, nowMs, 0);
  return today <= nowMs ? today : momentOf(time, nowMs, -1);
}

/** The first moment after `nowMs` at which clocks in London show `time`. */
export function toNextDueAtMs(time: DailyTime, nowMs: number): number {
  const today = momentOf(time, nowMs, 0);
  return today > nowMs ? today : momentOf(time, nowMs, 1);
}

type DailyRun = {
  readonly time: DailyTime;
  readonly nowMs: number;
  /** When this process began to check the schedule. */
  readonly startedAtMs: number;
  /** Start of the last completed full pass; null = there was none. */
  readonly lastPassAtMs: number | null;
};

/**
 * OF-40: one run a day. A run that was missed while the process was down is done at the next start.
 *
 * Before the first synchronisation no run can be missed, so only a time that is reached while the process
 * runs counts. A last run from the future was stamped by a clock that was ahead, and says nothing.
 */
export function isDailyRunDue({ time, nowMs, startedAtMs, lastPassAtMs }: DailyRun): boolean {
  if (lastPassAtMs !== null && lastPassAtMs > nowMs + mostSkewMs) return true;
  const dueAtMs = toLastDueAtMs(time, nowMs);
  if (lastPassAtMs !== null) return lastPassAtMs < dueAtMs;
  return dueAtMs > startedAtMs;
}

type LastPass = {
  readonly time: DailyTime;
  readonly nowMs: number;
  /** When the vendor was enabled last: a full pass is due at once then. */
  readonly enabledAtMs: number;
  /** Start of the last completed full pass; null = there was none. */
  readonly lastPassAtMs: number | null;
};

/**
 * G-11: since when a full pass is due that has not been completed; null = none is.
 *
 * The first time that the last completed pass does not cover counts, and not the latest: a pass that fails every day
 * is due since the first day.
 */
export function findDueSinceMs({ time, nowMs, enabledAtMs, lastPassAtMs }: LastPass): number | null {
  const dueAtMs = lastPassAtMs === null ? enabledAtMs : toNextDueAtMs(time, lastPassAtMs);
  const sinceMs = Math.max(dueAtMs, enabledAtMs);
  return sinceMs <= nowMs ? sinceMs : null;
}

/** Clocks never change at such a time, so it occurs once on every day. */
function momentOf({ hour, minute }: DailyTime, nowMs: number, dayOffset: number): number {
  const date = new Date(`${toLondonDate(nowMs)}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + dayOffset);
  const time = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
  return toInstantMs(`${date.toISOString().slice(0, 10)}T${time}:00`) ?? Number.NaN;
}

/** The facts that show how soon a learner's records at the vendor may change. */
export type PollLearner = {
  readonly ident: string;
  readonly vendorId: string;
  /** When any record of the learner was last changed or written; null = never. */
  readonly lastActivityAtMs: number | null;
  /** Planned time of the review nearest to now; null = no review. */
  readonly nextReviewAtMs: number | null;
};

const pollHourMs = 3_600_000;
const dayMs = 24 * pollHourMs;

/**
 * How much sooner this learner is read again than an ordinary one: a factor on the time since its last read.
 *
 * Recent activity or a review close to now raise the factor. It is finite, so an ordinary learner is read
 * later but is never left out.
 */
function toPollWeight({ lastActivityAtMs, nextReviewAtMs }: PollLearner, nowMs: number): number {
  const quietMs = lastActivityAtMs === null ? Number.POSITIVE_INFINITY : nowMs - lastActivityAtMs;
  const reviewInMs = nextReviewAtMs === null ? Number.POSITIVE_INFINITY : Math.abs(nextReviewAtMs - nowMs);
  const byActivity = quietMs < pollHourMs ? 16 : quietMs < dayMs ? 4 : quietMs < 7 * dayMs ? 2 : 1;
  const byReview = reviewInMs < 2 * pollHourMs ? 16 : reviewInMs < dayMs ? 8 : reviewInMs < 3 * dayMs ? 2 : 1;
  return Math.max(byActivity, byReview);
}

/**
 * The learners to read next. Learners that were never read come first, then those with the highest product
 * of time since the last read and weight.
 */
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

type DeletionDecision =
  | { readonly kind: 'none' }
  | { readonly kind: 'conclude' }
  /** More records than a mishap at the vendor would explain: a person decides. */
  | { readonly kind: 'hold'; readonly missingCount: number; readonly limit: number };

/**
 * D-21: decides about records that two complete passes did not show. They count as deleted, up to three or 2 % of the
 * list, whichever is more, without a person.
 *
 * If all of several records are missing, a person decides too, however few they are: the answer may have
 * been empty by mistake.
 */
export function decideDeletions(missingCount: number, totalCount: number): DeletionDecision {
  if (missingCount === 0) return { kind: 'none' };
  const few = Math.max(3, Math.floor(totalCount * 0.02));
  const limit = totalCount > 1 ? Math.min(few, totalCount - 1) : few;
  return missingCount > limit ? { kind: 'hold', missingCount, limit } : { kind: 'conclude' };
}
