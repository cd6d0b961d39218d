/*
 * London's clock. PICS stores London wall times without a zone; everything else keeps instants. The offset follows the
 * law since 1996: summer time from the last Sunday of March to the last Sunday of October, both at 01:00 UTC.
 */

const hourMs = 3_600_000;

/** London's offset from UTC at an instant, in milliseconds: one hour in summer, else nothing. */
function londonOffsetMs(instantMs: number): number {
  const year = new Date(instantMs).getUTCFullYear();
  if (year < 1996) return historicOffsetMs(instantMs);
  return instantMs >= lastSundayMs(year, 2) && instantMs < lastSundayMs(year, 9) ? hourMs : 0;
}

/** 01:00 UTC on the last Sunday of a month of 31 days: when the clocks change, by law since 1996. */
function lastSundayMs(year: number, month: number): number {
  const lastDay = new Date(Date.UTC(year, month, 31));
  return Date.UTC(year, month, 31 - lastDay.getUTCDay(), 1);
}

const historic = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  timeZoneName: 'longOffset',
});

/** Before 1996 the rule changed many times (all-year summer time from 1968 to 1971): birth dates need the tables. */
function historicOffsetMs(instantMs: number): number {
  const zone = historic.formatToParts(instantMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const match = /^GMT\+(\d\d):(\d\d)$/.exec(zone);
  return match === null ? 0 : Number(match[1]) * hourMs + Number(match[2]) * 60_000;
}

/** The wall time in London of an instant, `YYYY-MM-DDTHH:MM:SS`. */
export function toLondonTime(instantMs: number): string {
  return new Date(instantMs + londonOffsetMs(instantMs)).toISOString().slice(0, 19);
}

/** The date in London of an instant. Cutting the UTC text instead would lose a day in summer. */
export function toLondonDate(instantMs: number): string {
  return toLondonTime(instantMs).slice(0, 10);
}

const firstYear = 1920;
const lastYear = 2100;

/**
 * D-17: whether a text is a calendar date, `YYYY-MM-DD`, from 1920 to 2100. PostgreSQL also has `infinity`, dates
 * before Christ and years of five digits; a year outside of the range is a typing error or stands for "no date".
 */
export function isReadableDate(date: string): boolean {
  const year = Number(/^(\d{4})-\d\d-\d\d$/.exec(date)?.[1]);
  if (!(year >= firstYear && year <= lastYear)) return false;
  const midnightMs = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(midnightMs) && new Date(midnightMs).toISOString().startsWith(date);
}

/** D-17: what .NET, SQL Server and forms write where no date was entered. From a vendor they are blank. */
export const noDates: ReadonlySet<string> = new Set(['0001-01-01', '1753-01-01', '1900-01-01', '9999-12-31']);

/**
 * The instant of a London wall time, `YYYY-MM-DDTHH:MM[:SS]`; null when the text is no time (D-17).
 *
 * A time that occurs twice means the first; one that does not exist moves one hour later.
 */
export function toInstantMs(londonTime: string): number | null {
  if (!isReadableDate(londonTime.slice(0, 10))) return null;
  const asIfUtcMs = Date.parse(`${londonTime}Z`);
  if (Number.isNaN(asIfUtcMs)) return null;
  const asSummerMs = asIfUtcMs - hourMs;
  return londonOffsetMs(asSummerMs) === hourMs ? asSummerMs : asIfUtcMs;
}

/** An instant as administrators read it: `DD/MM/YYYY HH:MM:SS`, London time. */
export function toLondonText(instantMs: number): string {
  const [date = '', time = ''] = toLondonTime(instantMs).split('T');
  return `${date.split('-').toReversed().join('/')} ${time}`;
}
