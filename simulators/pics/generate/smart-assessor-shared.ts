import { countOfficers, countOrganisations, type GeneratorInputs } from './inputs.ts';
import {
  createOfficer,
  createOfficerKey,
  createOrganisation,
  createOrganisationKey,
  officerCases,
} from './owners.ts';
import type { OfficerRow } from './rows.ts';
import {
  courseIdOf,
  employerIdOf,
  type SmartAssessorEntry,
  smartAssessorEntry,
  staffIdOf,
  withNulls,
} from './smart-assessor-records.ts';
import {
  ambiguousQualification,
  firstStandard,
  type Qualification,
  toReference,
  unknownQualification,
  type World,
} from './world.ts';

/** What Smart Assessor holds beside learners: the site's courses, employers and staff. */
export function* createSmartAssessorShared(world: World): Generator<SmartAssessorEntry> {
  const { inputs } = world;
  for (const qualification of world.qualifications) yield* createCourses(inputs.seed, qualification);
  yield* createEmployers(inputs);
  yield* createStaff(inputs);
}

/** Switched off at the site after learners were enrolled on it. No case has this qualification. */
export const inactiveCourse = 37;

/** The references of one standard: its main aim is the first of them, and the only one with a course. */
const referencesOfStandard = 4;

/**
 * The number of the course of a qualification; null = Smart Assessor has none for it.
 *
 * Standards have a course for the whole, known by the standard's code; the reference of one stage has none.
 */
export function findCourseNumber({ number }: Qualification): number | null {
  if (number === unknownQualification) return null;
  const isStage = number >= firstStandard && (number - firstStandard) % referencesOfStandard !== 0;
  return isStage ? null : number;
}

/** Two courses carry the same number, and one is not active at the site (SA-14). */
function* createCourses(seed: number, qualification: Qualification): Generator<SmartAssessorEntry> {
  const { vqref, vqdesc, abref } = qualification;
  const number = findCourseNumber(qualification);
  if (number === null) return;
  const isStandard = number >= firstStandard;
  const course = withNulls({
    title: vqdesc,
    qanCode: isStandard ? null : toReference(vqref),
    standardCode: isStandard ? abref : null,
    isActive: number !== inactiveCourse,
  });
  yield smartAssessorEntry('courses', { ...course, id: courseIdOf(seed, number) });
  if (number !== ambiguousQualification) return;
  const title = `${vqdesc} (evening group)`;
  yield smartAssessorEntry('courses', { ...course, id: courseIdOf(seed, number, 1), title });
}

function* createEmployers(inputs: GeneratorInputs): Generator<SmartAssessorEntry> {
  for (let number = 1; number <= countOrganisations(inputs.learners); number += 1) {
    if (!createOrganisationKey(inputs.seed, number).isLinked) continue;
    const { place, name, addr1, addr2, addr3, addr4, postcode, ...row } = createOrganisation(inputs, number);
    yield smartAssessorEntry(
      'employers',
      withNulls({
        id: employerIdOf(number),
        misId: place,
        name,
        edrsNumber: row.edrs,
        address: { line1: addr1, line2: addr2, town: addr3, county: addr4, postCode: postcode },
        telephone: row.phone,
        website: row.website,
        employerSize: toSizeBand(row.emp_count),
      }),
    );
  }
}

function toSizeBand(headCount: number | null): string | null {
  if (headCount === null) return null;
  return headCount < 50 ? '1-49' : headCount < 250 ? '50-249' : '250+';
}

/**
 * An assessor for every linked officer, with the officer's code as MIS id.
 *
 * The officer of case 10016 has an account that was made by hand: the same name and e-mail address, without a MIS id. Only
 * a person who looks it up can link it (SA-23).
 */
function* createStaff(inputs: GeneratorInputs): Generator<SmartAssessorEntry> {
  yield smartAssessorEntry('assessors', {
    id: staffIdOf(inputs.seed, 0),
    misId: null,
    firstName: 'Ines',
    lastName: 'Quality',
    email: 'ines.quality@staff.example.org',
    userName: 'ines.quality@staff.example.org',
    roles: ['iqa'],
  });
  for (let number = 1; number <= countOfficers(inputs.learners); number += 1) {
    const isByHand = number === officerCases.unlinked;
    if (!isByHand && !createOfficerKey(inputs.seed, number).isLinked) continue;
    const row = createOfficer(inputs, number);
    const person = toStaff(row, staffIdOf(inputs.seed, number));
    yield smartAssessorEntry(
      'assessors',
      isByHand ? { ...person, misId: null, userName: 'made.by.hand' } : person,
    );
  }
}

function toStaff({ code, forename, surname, email, phone, mobile }: OfficerRow, id: string) {
  return withNulls({
    id,
    misId: code,
    firstName: forename,
    lastName: surname,
    userName: email,
    email,
    telephone: phone,
    mobile,
    roles: ['assessor'],
  });
}
