const dayMs = 86_400_000;

/** `2026-01-15` plus whole days. Calendar dates have no zone here. */
export function addDays(date: string, days: number): string {
  return new Date(toDayMs(date) + days * dayMs).toISOString().slice(0, 10);
}

export function countDays(from: string, to: string): number {
  return Math.round((toDayMs(to) - toDayMs(from)) / dayMs);
}

export function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(toDayMs(text)) && addDays(text, 0) === text;
}

/** A PICS time, `2026-01-15 09:30:00`: London wall time without a zone. */
export function toTimestamp(date: string, minuteOfDay: number): string {
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
  const last = new Date(Date.UTC(year, month, 0));
  return addDays(last.toISOString().slice(0, 10), -last.getUTCDay());
}

/** The next change night on or after a date. */
export function nextChangeDate(from: string, month: 3 | 10): string {
  const year = Number(from.slice(0, 4));
  const thisYear = changeDate(year, month);
  return thisYear >= from ? thisYear : changeDate(year + 1, month);
}

/** 01:00 to 02:00 in spring does not exist and counts as winter time; 01:00 to 02:00 in autumn first is summer time. */
function isSummerWallTime(timestamp: string): boolean {
  const year = Number(timestamp.slice(0, 4));
  const starts = `${changeDate(year, 3)} 02:00:00`;
  const ends = `${changeDate(year, 10)} 02:00:00`;
  return timestamp >= starts && timestamp < ends;
}

function toDayMs(date: string): number {
  return Date.parse(`${date}T00:00:00Z`);
}
