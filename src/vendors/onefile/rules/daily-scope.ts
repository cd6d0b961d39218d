import { toLondonDate } from '../../../domain/london.ts';

/** What the daily run asks of PICS before it takes a learner in. Dates are `YYYY-MM-DD`. */
export type LearnerStanding = {
  readonly status: string | null;
  readonly isSuspended: boolean;
  readonly endOn: string | null;
};

/**
 * OF-40: whether the daily run with `dailyScope` = liveRecent is for this learner.
 *
 * A live status letter, and in learning or ended within the last month. A break counts as in learning.
 */
export function isInDailyScope(
  { status, isSuspended, endOn }: LearnerStanding,
  { liveLetters, nowMs }: { readonly liveLetters: readonly string[]; readonly nowMs: number },
): boolean {
  if (status === null || !liveLetters.includes(status)) return false;
  return isSuspended || endOn === null || endOn >= toSameDayLastMonth(toLondonDate(nowMs));
}

/** the same day one month earlier, or the last of that month when it has no such day. */
export function toSameDayLastMonth(date: string): string {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const lastDay = new Date(Date.UTC(year, month - 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 2, Math.min(day, lastDay))).toISOString().slice(0, 10);
}
