import { isReadableDate, noDates, toLondonTime } from '../../../domain/london.ts';

/*
 * Dates and times as the vendor writes them. It was never consistent: the year first with dashes or slashes, or the day
 * first, with or without a time, which may have fractions, am or pm, a zone or none. A head of one or two digits is the
 * day, always. Without a zone a time is London's; with one it is converted. A date that stands for none is blank, and
 * one of another age makes no sense (D-17).
 */

const yearFirst = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})/;
const dayFirst = /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})/;
const clock = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap]m)?\s*(z|[+-]\d{2}:?\d{2})?$/i;

/** A date alone has the time null. */
type Moment = { readonly date: string; readonly time: string | null };

/** `yyyy-mm-dd`; null = blank, `bad` = no such day. */
export function readDate(text: string): string | null | 'bad' {
  const moment = readMoment(text);
  return moment === null || moment === 'bad' ? moment : moment.date;
}

/** `yyyy-mm-ddThh:mm:ss` on London's clock; a date alone is its midnight. */
export function readTime(text: string): string | null | 'bad' {
  const moment = readMoment(text);
  return moment === null || moment === 'bad' ? moment : `${moment.date}T${moment.time ?? '00:00:00'}`;
}

function readMoment(given: string): Moment | null | 'bad' {
  const text = given.trim();
  if (text === '') return null;
  const head = readHead(text);
  if (head === null) return 'bad';
  const { date, length } = head;
  const rest = text.slice(length).replace(/^[T\s]+/i, '');
  const hasRest = text.length > length;
  if (hasRest && (rest === '' || !/^[T\s]/i.test(text.slice(length)))) return 'bad';
  const time = hasRest ? readClock(rest) : noTime;
  if (time === null) return 'bad';
  if (noDates.has(date)) return null;
  const moment =
    time.zone === null ? { date, time: time.text } : toLondon(`${date}T${time.text}${time.zone}`);
  if (moment === 'bad') return 'bad';
  if (noDates.has(moment.date)) return null;
  return isReadableDate(moment.date) ? moment : 'bad';
}

const noTime = { text: null, zone: null };

function readHead(text: string): { readonly date: string; readonly length: number } | null {
  const [year, month, day, length] = partsOf(text);
  if (year === undefined || month === undefined || day === undefined) return null;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const atMs = Date.parse(`${date}T00:00:00.000Z`);
  const isReal = !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(date);
  return isReal ? { date, length } : null;
}

type HeadMatch = readonly [
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  number,
];

function partsOf(text: string): HeadMatch {
  const first = yearFirst.exec(text);
  if (first !== null) return [first[1], first[2], first[3], first[0].length];
  const last = dayFirst.exec(text);
  return last === null ? [undefined, undefined, undefined, 0] : [last[3], last[2], last[1], last[0].length];
}

function readClock(text: string): { readonly text: string; readonly zone: string | null } | null {
  const match = clock.exec(text);
  if (match === null) return null;
  const [, hours = '', minutes = '', seconds = '00', half, zone] = match;
  const isPm = half?.toLowerCase() === 'pm';
  const given = Number(hours);
  if (half !== undefined && (given < 1 || given > 12)) return null;
  const hour = half === undefined ? given : (given % 12) + (isPm ? 12 : 0);
  if (hour > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null;
  const colon = zone?.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2').toUpperCase() ?? null;
  return { text: `${String(hour).padStart(2, '0')}:${minutes}:${seconds}`, zone: colon };
}

function toLondon(instant: string): Moment | 'bad' {
  const atMs = Date.parse(instant);
  if (Number.isNaN(atMs)) return 'bad';
  const [date = '', time = ''] = toLondonTime(atMs).split('T');
  return { date, time };
}

/** `yyyy/mm/dd` of a date of ours. */
export function slashDate(date: string): string {
  return date.replaceAll('-', '/');
}
