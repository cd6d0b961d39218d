/*
 * Officers and organisations, which learners refer to by code. A key (number, code, linked or not) is cheap and is
 * made for all of them beforehand; the whole row is made while it is read. The first few numbers have a part to
 * play in the cases.
 */

import {
  drawEdrs,
  drawMobile,
  drawName,
  drawPhone,
  drawPostcode,
  emailOf,
  type PersonName,
  toAscii,
} from './identifiers.ts';
import type { GeneratorInputs } from './inputs.ts';
import { assessorIdOf, placementIdOf } from './onefile-records.ts';
import type { OfficerRow, PlacemntRow } from './rows.ts';
import { employerIdOf, staffIdOf } from './smart-assessor-records.ts';
import { createStream, type Stream } from './stream.ts';
import { counties, firmEnds, firmHeads, firmTrades, jobTitles, streets, towns } from './words.ts';

/** Officers with a part to play. Ordinary learners use the first one and those after the last of these. */
export const officerCases = {
  /** Linked; the officer of the learners in the cases. */
  plain: 1,
  /** Two assessors at OneFile share one MIS value, and one of them is archived (OF-36). */
  sharedMisValue: 2,
  sharedMisValueTwin: 3,
  /** Without e-mail (OF-20, A-40). */
  noEmail: 4,
  /** Without an external id (case 10016). */
  unlinked: 5,
} as const;

const lastOfficerCase = 5;

/** What a learner needs to know of an officer. */
export interface OfficerKey {
  number: number;
  code: string;
  isLinked: boolean;
}

export function createOfficerKey(seed: number, number: number): OfficerKey {
  const name = drawName(createStream(seed, 'officer', number));
  return { number, code: officerCode(name, number), isLinked: isOfficerLinked(seed, number) };
}

export function createOfficer({ seed, externalIdVendor }: GeneratorInputs, number: number): OfficerRow {
  const stream = createStream(seed, 'officer', number);
  const name = drawName(stream);
  const code = officerCode(name, number);
  const isInternal = number <= lastOfficerCase || stream.isBelow(0.8);
  return {
    code,
    title: String(stream.int(1, 5)),
    jobtitle: stream.pick(jobTitles),
    forename: name.first,
    surname: name.last,
    phone: stream.isBelow(0.7) ? drawPhone(stream) : null,
    mobile: stream.isBelow(0.6) ? drawMobile(stream) : '',
    email: number === officerCases.noEmail ? null : emailOf(name, code, 'staff.example.org'),
    extern: isInternal ? 'N' : 'Y',
    status: number <= lastOfficerCase || stream.isBelow(0.95) ? 'L' : 'D',
    superior: number === 1 ? null : createOfficerKey(seed, Math.ceil(number / 12)).code,
    main_place: null,
    cont_meth: stream.pick(['E', 'P', 'L']),
    notes: null,
    other_id: isOfficerLinked(seed, number) ? officerExternalId(seed, number, externalIdVendor) : null,
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
function officerCode({ first, last }: PersonName, number: number): string {
  const initials = `${toAscii(first)[0] ?? 'x'}${toAscii(last)[0] ?? 'x'}`.toUpperCase();
  const third = String.fromCharCode(65 + Math.floor(number / 1000));
  return `${initials}${third}${String(number % 1000).padStart(3, '0')}`;
}

function isOfficerLinked(seed: number, number: number): boolean {
  if (number <= lastOfficerCase) return number === officerCases.plain;
  return createStream(seed, 'officer-link', number).isBelow(0.5);
}

function officerExternalId(
  seed: number,
  number: number,
  vendor: GeneratorInputs['externalIdVendor'],
): string {
  return vendor === 'onefile' ? String(assessorIdOf(number)) : staffIdOf(seed, number);
}

/** Organisations with a part to play. Ordinary learners use the first one and those after the last of these. */
export const organisationCases = {
  /** Linked; the employer of the learners in the cases. */
  plain: 1,
  /** Two with the same name and postcode. */
  sameName: 2,
  sameNameTwin: 3,
  /** Merged by a user into the next one, which has no id; the merged one still has its own. */
  merged: 4,
  mergedInto: 5,
  /** Its code fills the column (case 10002). */
  fullCode: 6,
  /** Where the second placements of the cases are. */
  second: 7,
} as const;

const lastOrganisationCase = 6;
const linkedCases: readonly number[] = [
  organisationCases.plain,
  organisationCases.merged,
  organisationCases.fullCode,
];
const fullCode = 'BRACKEN8';

/** What a learner needs to know of an organisation. */
export interface OrganisationKey {
  number: number;
  place: string;
  isLinked: boolean;
}

export function createOrganisationKey(seed: number, number: number): OrganisationKey {
  const name = drawFirmName(createStream(seed, 'placemnt', number));
  return { number, place: placeCode(name, number), isLinked: isOrganisationLinked(seed, number) };
}

export function createOrganisation({ seed, externalIdVendor }: GeneratorInputs, number: number): PlacemntRow {
  // The twin repeats the other's name and postcode, so it draws from the other's stream.
  const isTwin = number === organisationCases.sameNameTwin;
  const stream = createStream(seed, 'placemnt', isTwin ? organisationCases.sameName : number);
  const name = drawFirmName(stream);
  const place = placeCode(isTwin ? drawFirmName(createStream(seed, 'placemnt', number)) : name, number);
  const host = `${toAscii(name).slice(0, 30)}.firms.example.org`;
  const count = stream.int(2, 900);
  const isMerged = number === organisationCases.merged;
  return {
    place,
    name: isMerged ? `zz merged: ${name}` : name,
    addr1: `${stream.int(1, 180)} ${stream.pick(streets)}`,
    addr2: stream.pick(towns),
    addr3: stream.isBelow(0.5) ? stream.pick(counties) : null,
    addr4: null,
    addr5: null,
    postcode: drawPostcode(stream),
    phone: drawPhone(stream),
    email: stream.isBelow(0.7) ? `office@${host}` : null,
    website: stream.isBelow(0.5) ? `https://www.${host}` : null,
    edrs: stream.isBelow(0.8) ? drawEdrs(stream) : '999999999',
    epaorg: stream.isBelow(0.03) ? `EPA${stream.digits(4)}` : null,
    emp_size: count < 50 ? '1' : count < 250 ? '2' : '3',
    emp_count: count,
    risk: stream.pick(['1', '2', '3', null, null]),
    status: isMerged || stream.isBelow(0.03) ? 'U' : stream.isBelow(0.8) ? 'L' : '',
    company: isMerged ? createOrganisationKey(seed, organisationCases.mergedInto).place : null,
    ukprn: stream.isBelow(0.05) ? `10${stream.digits(6)}` : null,
    main_off: null,
    contact: null,
    notes: null,
    add_id: isOrganisationLinked(seed, number) ? organisationExternalId(number, externalIdVendor) : null,
  };
}

export function createOrganisationRoles(seed: number, number: number): { place: string; role: string }[] {
  const stream = createStream(seed, 'plrole', number);
  const { place } = createOrganisationKey(seed, number);
  const further = ['PPEM', 'DELV', 'SUBC', 'COLL', 'EPAO'].filter(() => stream.isBelow(0.08));
  return ['PLAC', ...further].map((role) => ({ place, role }));
}

/** A learner draws from the organisations that exist at its own size. */
export function drawOrganisationNumber(stream: Stream, organisationCount: number): number {
  const drawn = stream.int(lastOrganisationCase, organisationCount);
  return drawn === lastOrganisationCase ? organisationCases.plain : drawn;
}

function drawFirmName(stream: Stream): string {
  return `${stream.pick(firmHeads)} ${stream.pick(firmTrades)} ${stream.pick(firmEnds)}`;
}

/** Five letters and a digit: two of the name, three and the digit count, so that no two are alike. */
function placeCode(name: string, number: number): string {
  if (number === organisationCases.fullCode) return fullCode;
  const scattered = (number * 7919) % 17_576; // 26³, which 7919 does not share a factor with
  const letters = [Math.floor(scattered / 676), Math.floor(scattered / 26) % 26, scattered % 26]
    .map((letter) => String.fromCharCode(65 + letter))
    .join('');
  return `${toAscii(name).slice(0, 2).toUpperCase()}${letters}${1 + Math.floor(number / 17_576)}`;
}

function isOrganisationLinked(seed: number, number: number): boolean {
  if (number <= lastOrganisationCase) return linkedCases.includes(number);
  return createStream(seed, 'placemnt-link', number).isBelow(1 / 3);
}

/** Employer ids of Smart Assessor are whole numbers. */
function organisationExternalId(number: number, vendor: GeneratorInputs['externalIdVendor']): string {
  return vendor === 'onefile' ? String(placementIdOf(number)) : String(employerIdOf(number));
}
