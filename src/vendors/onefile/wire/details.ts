import type { JsonObject } from '../../../domain/json.ts';
import { toWireDate } from './values.ts';

/** The name and format of one of our fields on the wire, and its name in the record we keep. */
type DetailField = {
  readonly wireName: string;
  readonly recordName: string;
  readonly toWire: (value: string) => string | number;
};

function field(wireName: string, recordName: string, toWire: DetailField['toWire'] = (value) => value) {
  return { wireName, recordName, toWire };
}

const person = {
  firstName: field('FirstName', 'firstName'),
  lastName: field('LastName', 'lastName'),
  email: field('Email', 'email'),
  phone: field('Telephone', 'phone'),
  mobile: field('MobileNumber', 'mobile'),
};

/** Fields of a learner that may be sent at its creation and later by the details mode (OF-13, OF-70). */
export const learnerDetails = {
  ...person,
  birthDate: field('DOB', 'dob', toWireDate),
  niNumber: field('NINO', 'nino'),
  uln: field('ULN', 'uln'),
  sex: field('L13', 'sex'),
  ethnicity: field('L12', 'ethnicity'),
  disability: field('L15', 'disability'),
  defaultAssessorId: field('DefaultAssessorID', 'defaultAssessorId', Number),
  placementId: field('PlacementID', 'placementId', Number),
};

/** Sent only at creation: OneFile's own integration writes them only then. */
export const learnerFirstDetails = {
  ...learnerDetails,
  classroomId: field('ClassroomID', 'classroomId', Number),
  misId: field('MISID', 'misId'),
  startOn: field('StartOn', 'startOn', toWireDate),
  expectedEndOn: field('PlannedEndDate', 'plannedEndOn', toWireDate),
};

export const assessorDetails = person;
export const assessorFirstDetails = { ...person, misId: field('MISID', 'misId') };

export const placementDetails = {
  name: field('Name', 'name'),
  address: field('Address', 'address'),
  telephone: field('Telephone', 'telephone'),
  email: field('Email', 'email'),
  web: field('Web', 'web'),
};
export const placementFirstDetails = { name: placementDetails.name, misId: field('MISID', 'misId') };

export type Details = Readonly<Record<string, DetailField>>;

/** The given fields that have a value, by wire name: never null and never an empty text (O14). */
export function toDetailsBody(details: Details, values: JsonObject): Record<string, string | number> {
  const entries = entriesOf(details, values).map(([{ wireName, toWire }, value]) => [
    wireName,
    toWire(value),
  ]);
  return Object.fromEntries(entries);
}

/** The given fields as the record shows them after OneFile has accepted them. */
export function toDetailsRecord(details: Details, values: JsonObject): JsonObject {
  return Object.fromEntries(entriesOf(details, values).map(([{ recordName }, value]) => [recordName, value]));
}

function entriesOf(details: Details, values: JsonObject): readonly (readonly [DetailField, string])[] {
  return Object.entries(details).flatMap(([name, one]) => {
    const value = values[name];
    return typeof value === 'string' && value.trim() !== '' ? [[one, value] as const] : [];
  });
}
