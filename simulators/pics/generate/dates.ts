/** `2026-01-15` plus whole days. Calendar dates have no zone here. */
export function addDays(date: string, days: number): string {
  return toDate(toDayNumber(date) + days);
}

export function countDays(from: string, to: string): number {
  return toDayNumber(to) - toDayNumber(from);
}

export function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && addDays(text, 0) === text;
}

/** A PICS time, `2026-01-15 09:30:00`: London wall time without a zone. */
export function timestampAt(date: string, minuteOfDay: number): string {
  const hours = String(Math.floor(minuteOfDay / 60)).padStart(2, '0');
  const minutes = String(minuteOfDay % 60).padStart(2, '0');
  return `${date} ${hours}:${minutes}:00`;
}

/** London wall time to an instant; a time that occurs twice means the first, one that does not exist moves on. */
export function toInstant(timestamp: string): string {
  const wallMs = Date.parse(`${timestamp.replace(' ', 'T')}Z`);
  return new Date(isSummerWallTime(timestamp) ? wallMs - 3_600_000 : wallMs).toISOString();
}

export function addMinutes(instant: string, minutes: number): string {
  return new Date(Date.parse(instant) + minutes * 60_000).toISOString();
}

/** A calendar date as the sync sends it to OneFile: midnight UTC. */
export function toMidnight(date: string): string {
  return `${date}T00:00:00.000Z`;
}

/** The night on which the clocks go forward (month 3) or back (month 10): the last Sunday of the month. */
export function changeDate(year: number, month: 3 | 10): string {
  const last = toDayNumber(`${year}-${month === 3 ? '03' : '10'}-31`);
  return toDate(last - ((last + 4) % 7)); // day 0 was a Thursday
}

/** The next change night on or after a date. */
export function nextChangeDate(from: string, month: 3 | 10): string {
  const year = Number(from.slice(0, 4));
  const thisYear = changeDate(year, month);
  return thisYear >= from ? thisYear : changeDate(year + 1, month);
}

/** 01:00 to 02:00 in spring does not exist and counts as winter time; 01:00 to 02:00 in autumn first is summer time. */
function isSummerWallTime(timestamp: string): boolean {
  const month = Number(timestamp.slice(5, 7));
  if (month !== 3 && month !== 10) return month > 3 && month < 10;
  const year = Number(timestamp.slice(0, 4));
  const starts = `${changeDate(year, 3)} 02:00:00`;
  const ends = `${changeDate(year, 10)} 02:00:00`;
  return timestamp >= starts && timestamp < ends;
}

/** Days since 1 January 1970. Arithmetic: the set has millions of dates, and `Date` makes them ten times slower. */
function toDayNumber(date: string): number {
  const month = Number(date.slice(5, 7));
  const year = Number(date.slice(0, 4)) - (month <= 2 ? 1 : 0); // years begin in March here
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + Number(date.slice(8, 10)) - 1;
  return (
    year * 365 + Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400) + dayOfYear - 719_468
  );
}

function toDate(dayNumber: number): string {
  const days = dayNumber + 719_468;
  const era = Math.floor(days / 146_097);
  const ofEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const dayOfYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
