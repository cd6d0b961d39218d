import { countOfficers, countOrganisations, type GeneratorInputs } from './inputs.ts';
import { createOfficerKey, createOrganisationKey, type OfficerKey, type OrganisationKey } from './owners.ts';
import type { PcqualRow } from './rows.ts';
import { createStream } from './stream.ts';

/** What learners refer to: the keys of officers and organisations and the catalogue, by number and by code. */
export interface World {
  inputs: GeneratorInputs;
  qualifications: readonly Qualification[];
  officer(number: number): OfficerKey;
  /** Undefined for a blank code and for one without an officer. */
  findOfficer(code: string | null): OfficerKey | undefined;
  organisation(number: number): OrganisationKey;
  findOrganisation(place: string | null): OrganisationKey | undefined;
  qualification(number: number): Qualification;
  findQualification(vqref: string): Qualification | undefined;
}

export function createWorld(inputs: GeneratorInputs): World {
  const officers = numbered(countOfficers(inputs.learners), (k) => createOfficerKey(inputs.seed, k));
  const organisations = numbered(countOrganisations(inputs.learners), (k) =>
    createOrganisationKey(inputs.seed, k),
  );
  const qualifications = createQualifications(inputs.seed);
  const officerByCode = new Map(officers.map((officer) => [officer.code, officer]));
  const organisationByPlace = new Map(organisations.map((each) => [each.place, each]));
  const qualificationByReference = new Map(qualifications.map((each) => [each.vqref, each]));
  return {
    inputs,
    qualifications,
    officer: (number) => expectEntry(officers, number),
    findOfficer: (code) => officerByCode.get(code ?? ''),
    organisation: (number) => expectEntry(organisations, number),
    findOrganisation: (place) => organisationByPlace.get(place ?? ''),
    qualification: (number) => expectEntry(qualifications, number),
    findQualification: (vqref) => qualificationByReference.get(vqref),
  };
}

function numbered<T>(count: number, create: (number: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => create(index + 1));
}

function expectEntry<T>(list: readonly T[], number: number): T {
  const entry = list[number - 1];
  if (entry === undefined) throw new Error(`there is no record number ${number}`);
  return entry;
}

/** One catalogue entry. Number 40 is known to neither vendor; number 39 fits three standards at OneFile. */
export interface Qualification extends PcqualRow {
  number: number;
}

export const unknownQualification = 40;
export const ambiguousQualification = 39;
/** The drawn qualification numbers of ordinary learners: 1 to 38. */
export const lastCommonQualification = 38;
export const firstStandard = 41;
export const standardCount = 5;
/** References of one standard: main aim, on-programme, gateway, end-point. */
const standardSuffixes = ['AS', 'OP', 'GW', 'EP'] as const;

const subjects = (
  'Adult Care,Business Administration,Brickwork,Carpentry and Joinery,Children and Young People,Cleaning Principles,' +
  'Customer Service,Cyber Security,Dental Nursing,Digital Marketing,Early Years Practice,Electrical Installation,' +
  'Event Support,Food Safety,Functional English,Functional Mathematics,Hairdressing,Health and Social Care,' +
  'Horticulture,Hospitality Supervision'
).split(',');

const standards: readonly { code: string; title: string; level: string }[] = [
  { code: '196', title: 'Adult care worker', level: '2' },
  { code: '105', title: 'Team leader', level: '3' },
  { code: '122', title: 'Customer service practitioner', level: '2' },
  { code: '91', title: 'Carpentry and joinery', level: '2' },
  { code: '135', title: 'Early years educator', level: '3' },
];

const stages = { AS: 'standard', OP: 'on-programme', GW: 'gateway', EP: 'end-point assessment' };

/** The catalogue: 40 qualification numbers, then 5 standards with 4 references each. */
export function createQualifications(seed: number): Qualification[] {
  const numbers = Array.from({ length: 40 }, (_, index) => numberedQualification(seed, index + 1));
  const references = standards.flatMap(({ code, title, level }, s) =>
    standardSuffixes.map((suffix, i): Qualification => {
      const number = firstStandard + s * 4 + i;
      return {
        number,
        vqref: `${code}${suffix}`,
        vqdesc: `${title}: ${stages[suffix]}`,
        vqlevel: level,
        natlevel: level,
        vqtype: 'ST',
        abody: 'Invented Standards',
        abref: code,
        status: 'L',
      };
    }),
  );
  return [...numbers, ...references];
}

/** One in eight carries its slashes. The four digits step by 241, so that no two numbers are alike. */
function numberedQualification(seed: number, number: number): Qualification {
  const stream = createStream(seed, 'pcqual', number);
  const first = createStream(seed, 'pcqual', 'first').int(0, 9999);
  const prefix = stream.pick(['500', '501', '600', '601', '603', '610']);
  const middle = String((first + number * 241) % 10_000).padStart(4, '0');
  const last = stream.pick(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'X']);
  const level = number > subjects.length ? '3' : '2';
  const kind = stream.pick(['Certificate', 'Diploma', 'Award']);
  return {
    number,
    vqref: number % 8 === 0 ? `${prefix}/${middle}/${last}` : `${prefix}${middle}${last}`,
    vqdesc: `Level ${level} ${kind} in ${subjects[(number - 1) % subjects.length]}`,
    vqlevel: level,
    natlevel: level,
    vqtype: 'VQ',
    abody: stream.pick(['Invented Awards', 'Example Guild', 'Sample Board']),
    abref: `${stream.digits(4)}-${stream.digits(2)}`,
    status: stream.isBelow(0.9) ? 'L' : 'D',
  };
}

/** Upper case, without spaces and slashes. */
export function toReference(vqref: string): string {
  return vqref.toUpperCase().replaceAll(/[\s/]/g, '');
}
