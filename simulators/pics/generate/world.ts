import { countOfficers, countOrganisations, type GeneratorInputs } from './inputs.ts';
import { createOfficerKey, type OfficerKey } from './officers.ts';
import { createOrganisationKey, type OrganisationKey } from './organisations.ts';
import { createQualifications, type Qualification } from './qualifications.ts';

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
