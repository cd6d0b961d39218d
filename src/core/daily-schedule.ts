const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const londonParts = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

export type DailyTime = { readonly hour: number; readonly minute: number };

/** `03:30`. Null when it is none, or lies between 01:00 and 02:00, which some days lack and others have twice. */
export function toDailyTime(text: string): DailyTime | null {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (match === null) return null;
  const time = { hour: Number(match[1]), minute: Number(match[2]) };
  return time.hour === 1 ? null : time;
}

/** The last moment at or before `nowMs` at which clocks in London showed `time`. */
export function toLastDueAtMs(time: DailyTime, nowMs: number): number {
  const today = toMoment(time, nowMs, 0);
  return today <= nowMs ? today : toMoment(time, nowMs, -1);
}

/** The first moment after `nowMs` at which clocks in London show `time`. */
export function toNextDueAtMs(time: DailyTime, nowMs: number): number {
  const today = toMoment(time, nowMs, 0);
  return today > nowMs ? today : toMoment(time, nowMs, 1);
}

export type DailyRun = {
  readonly time: DailyTime;
  readonly nowMs: number;
  /** When this process began to look. */
  readonly startedAtMs: number;
  /** Begin of the last full pass that was completed; null = none ever was. */
  readonly lastPassAtMs: number | null;
};

/**
 * OF-40: once a day, and a run that was missed while down is made up for at the next start.
 *
 * Before the first synchronisation nothing was missed: then only a time that comes while we run counts.
 */
export function isDailyRunDue({ time, nowMs, startedAtMs, lastPassAtMs }: DailyRun): boolean {
  const dueAtMs = toLastDueAtMs(time, nowMs);
  if (lastPassAtMs !== null) return lastPassAtMs < dueAtMs;
  return dueAtMs > startedAtMs;
}

/** London is at UTC or one hour ahead: of the two moments the right one is that which shows the wanted time. */
function toMoment({ hour, minute }: DailyTime, nowMs: number, dayOffset: number): number {
  const { year, month, day } = toLondon(nowMs);
  const asUtc = Date.UTC(year, month - 1, day + dayOffset, hour, minute);
  const summer = toLondon(asUtc - hourMs);
  return summer.hour === hour && summer.minute === minute ? asUtc - hourMs : asUtc;
}

function toLondon(atMs: number): { year: number; month: number; day: number; hour: number; minute: number } {
  const parts: Record<string, number> = {};
  for (const { type, value } of londonParts.formatToParts(atMs)) parts[type] = Number(value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts;
  return { year, month, day, hour, minute };
}
