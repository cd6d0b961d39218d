/*
 * Values in the one form in which they are stored: ids in lower case without braces, dates as `yyyy-mm-dd`, times as
 * `yyyy-mm-ddThh:mm:ss` on London's wall clock, statuses and types by their REST name. What comes in is read leniently
 * where the vendor is known to be inconsistent, and a value that cannot be read is undefined.
 */

import type { Value } from './fields.ts';

interface Word {
  readonly name: string;
  readonly label: string;
  readonly code: string;
}
const word = (name: string, label: string, code: string): Word => ({ name, label, code });

export const COURSE_STATUSES: readonly Word[] = [
  word('AwaitingInduction', 'Awaiting Induction', 'AI'),
  word('InTraining', 'In Training', 'IT'),
  word('TrainingSuspended', 'Training Suspended', 'TS'),
  word('IqaApproved', 'IQA Approved', 'IA'),
  word('Completed', 'Completed', 'CO'),
  word('Certificated', 'Certificated', 'CE'),
  word('Exempt', 'Exempt', 'EX'),
  word('EarlyLeaver', 'Early Leaver', 'EL'),
  word('Transferred', 'Transferred', 'TR'),
];

export const SESSION_STATUSES: readonly Word[] = [
  word('Open', 'Open', 'O'),
  word('Attended', 'Attended', 'A'),
  word('CancelledByLearner', 'Cancelled by learner', 'CL'),
  word('CancelledByAssessor', 'Cancelled by assessor', 'CA'),
  word('CancelledByEmployer', 'Cancelled by employer', 'CE'),
];

export const SESSION_TYPES: readonly Word[] = [
  'General',
  'Induction',
  'Formal Review',
  'Telephone',
  'Exit Session',
  'Out of the Workplace',
  'Tests/Exams',
  'Learner Support',
  'Initial',
  'Gateway Ready',
  'EPA',
].map((label, at) => word(toName(label), label, String(at + 1)));

function toName(label: string): string {
  return label
    .split(/[ /]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

export const METHODS = ['Traditional', 'Smart Session'] as const;

const plain = (text: string): string => text.replace(/[^A-Za-z0-9]/g, '').toLowerCase();

/** The REST name of a word that comes as name, label or code. */
export function readWord(words: readonly Word[], given: unknown): string | undefined {
  if (typeof given !== 'string') return undefined;
  const wanted = plain(given);
  return words.find(({ name, label, code }) => [name, label, code].some((form) => plain(form) === wanted))
    ?.name;
}

export function wordAs(words: readonly Word[], name: string, form: 'name' | 'label' | 'code'): string {
  return words.find((known) => known.name === name)?.[form] ?? name;
}

/** Ids compare without regard to braces and case. */
export function normalId(text: string): string {
  const bare = text.trim().replace(/^\{(.*)\}$/, '$1');
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(bare) ? bare.toLowerCase() : bare;
}

const YEAR_FIRST = /^(\d{4})[-/](\d{2})[-/](\d{2})$/;
const DAY_FIRST = /^(\d{2})\/(\d{2})\/(\d{4})$/;

/** `yyyy-mm-dd`, `yyyy/mm/dd` or `dd/mm/yyyy`; a day that the month does not have is refused. */
export function readDate(text: string): string | undefined {
  const yearFirst = YEAR_FIRST.exec(text);
  const dayFirst = DAY_FIRST.exec(text);
  const [year, month, day] = yearFirst
    ? yearFirst.slice(1)
    : dayFirst
      ? [dayFirst[3], dayFirst[2], dayFirst[1]]
      : [];
  const date = `${year}-${month}-${day}`;
  const atMs = Date.parse(`${date}T00:00:00.000Z`);
  if (Number.isNaN(atMs)) return undefined;
  return new Date(atMs).toISOString().startsWith(date) ? date : undefined;
}

/** A date, then `T` or a space, then `hh:mm` or `hh:mm:ss`. */
export function readTime(text: string): string | undefined {
  const [head = '', clock = ''] = text.split(/[T ]/, 2);
  const date = readDate(head);
  const match = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(clock);
  return date === undefined || match === null
    ? undefined
    : `${date}T${match[1]}:${match[2]}:${match[3] ?? '00'}`;
}

const DAY_MS = 86_400_000;

/** London's wall clock taken as if it were UTC: only differences of such numbers mean anything. */
export const wallMs = (local: string): number => Date.parse(`${local}Z`);

export const dayNumber = (date: string): number => Math.round(Date.parse(`${date}T00:00:00Z`) / DAY_MS);

export const dateOfDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Blank says nothing: absent, null, empty, spaces. */
export const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

export const textOf = (value: Value | undefined): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value : null;
