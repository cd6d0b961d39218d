import { drawMobile, drawPhone, drawUuid } from './identifiers.ts';
import type { GeneratorInputs } from './inputs.ts';
import { toAssessorId } from './onefile-ids.ts';
import { drawName, type PersonName, toAscii, toEmail } from './people.ts';
import type { OfficerRow } from './rows.ts';
import { createStream, type Stream } from './stream.ts';
import { jobTitles } from './words.ts';

/** Officers with a part to play. Ordinary learners use the first one and those after the last of these. */
export const officerCases = {
  /** Linked; the officer of the learners in the cases. */
  plain: 1,
  /** Two whose OneFile assessors share one MIS Value, one of them archived (OF-36). */
  sharedMisValue: 2,
  sharedMisValueTwin: 3,
  /** Without e-mail (OF-20, A-40). */
  noEmail: 4,
  /** Without an external id (case 10016). */
  unlinked: 5,
} as const;

export const lastOfficerCase = 5;

/** What a learner needs to know of an officer. */
export interface OfficerKey {
  number: number;
  code: string;
  isLinked: boolean;
}

export function createOfficerKey(seed: number, number: number): OfficerKey {
  const name = drawName(createStream(seed, 'officer', number));
  return { number, code: toOfficerCode(name, number), isLinked: isLinked(seed, number) };
}

export function createOfficer({ seed, externalIdVendor }: GeneratorInputs, number: number): OfficerRow {
  const stream = createStream(seed, 'officer', number);
  const name = drawName(stream);
  const code = toOfficerCode(name, number);
  const isInternal = number <= lastOfficerCase || stream.isBelow(0.8);
  return {
    code,
    title: String(stream.int(1, 5)),
    jobtitle: stream.pick(jobTitles),
    forename: name.first,
    surname: name.last,
    phone: stream.isBelow(0.7) ? drawPhone(stream) : null,
    mobile: stream.isBelow(0.6) ? drawMobile(stream) : '',
    email: number === officerCases.noEmail ? null : toEmail(name, code, 'staff.example.org'),
    extern: isInternal ? 'N' : 'Y',
    status: number <= lastOfficerCase || stream.isBelow(0.95) ? 'L' : 'D',
    superior: number === 1 ? null : createOfficerKey(seed, Math.ceil(number / 12)).code,
    main_place: null,
    cont_meth: stream.pick(['E', 'P', 'L']),
    notes: null,
    other_id: isLinked(seed, number) ? toExternalId(seed, number, externalIdVendor) : null,
  };
}

/** One to three roles of an officer, each at most once. */
export function createOfficerRoles(seed: number, number: number): { code: string; role: string }[] {
  const stream = createStream(seed, 'offrole', number);
  const { code } = createOfficerKey(seed, number);
  const further = ['INVR', 'CTUT', 'TRAD', 'PLAD', 'CONT', 'MENT'];
  const roles = new Set(['ASSM', ...further.filter(() => stream.isBelow(0.15))]);
  return [...roles].map((role) => ({ code, role }));
}

/** A learner draws from the officers that exist at its own size, so it is the same in every larger set. */
export function drawOfficerNumber(stream: Stream, officerCount: number): number {
  const drawn = stream.int(lastOfficerCase, officerCount);
  return drawn === lastOfficerCase ? officerCases.plain : drawn;
}

/** Three letters and three digits: initials, then the number in a form that makes no two alike. */
function toOfficerCode({ first, last }: PersonName, number: number): string {
  const initials = `${toAscii(first)[0] ?? 'x'}${toAscii(last)[0] ?? 'x'}`.toUpperCase();
  const third = String.fromCharCode(65 + Math.floor(number / 1000));
  return `${initials}${third}${String(number % 1000).padStart(3, '0')}`;
}

function isLinked(seed: number, number: number): boolean {
  if (number <= lastOfficerCase) return number === officerCases.plain;
  return createStream(seed, 'officer-link', number).isBelow(0.5);
}

function toExternalId(seed: number, number: number, vendor: GeneratorInputs['externalIdVendor']): string {
  return vendor === 'onefile'
    ? String(toAssessorId(number))
    : drawUuid(createStream(seed, 'officer-guid', number));
}
