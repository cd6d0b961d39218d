import type { JsonObject } from '../../../domain/json.ts';
import { toWireDate } from './values.ts';

/** The name and format of one of our fields on the wire, and its name in the record we keep. */
type DetailField = {
  readonly wireName: string;
  readonly recordName: string;
  /** Null = a value that cannot be sent: it is left out, and the others are sent. */
  readonly toWire: (value: string) => string | number | null;
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
  defaultAssessorId: field('DefaultAssessorID', 'defaultAssessorId', toWireId),
  placementId: field('PlacementID', 'placementId', toWireId),
};

/** Sent only at creation: OneFile's own integration writes them only then. */
export const learnerFirstDetails = {
  ...learnerDetails,
  classroomId: field('ClassroomID', 'classroomId', toWireId),
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

function toWireId(id: string): number | null {
  return /^\d{1,15}$/.test(id) ? Number(id) : null;
}

/** The given fields that can be sent, by wire name: never null, never an empty text (O14), never `infinity` (D-17). */
export function toDetailsBody(details: Details, values: JsonObject): Record<string, string | number> {
  return Object.fromEntries(sendable(details, values).map(({ field, sent }) => [field.wireName, sent]));
}

/** The given fields as the record shows them after OneFile has accepted them. */
export function toDetailsRecord(details: Details, values: JsonObject): JsonObject {
  return Object.fromEntries(sendable(details, values).map(({ field, value }) => [field.recordName, value]));
}

type Sendable = { readonly field: DetailField; readonly value: string; readonly sent: string | number };

function sendable(details: Details, values: JsonObject): readonly Sendable[] {
  return Object.entries(details).flatMap(([name, one]) => {
    const value = values[name];
    if (typeof value !== 'string' || value.trim() === '') return [];
    const sent = one.toWire(value);
    return sent === null ? [] : [{ field: one, value, sent }];
  });
}
