/** A record as the OneFile simulator takes it: wire names, with its id. */
export type OneFileRecord = Record<string, string | number | boolean | null>;

export type OneFileKind =
  | 'customers'
  | 'organisations'
  | 'classrooms'
  | 'placements'
  | 'standards'
  | 'users'
  | 'aims'
  | 'visits'
  | 'reviews';

export interface OneFileEntry {
  kind: OneFileKind;
  record: OneFileRecord;
}

export function oneFileEntry(kind: OneFileKind, record: OneFileRecord): OneFileEntry {
  return { kind, record };
}

/** Leaves out what is blank: at OneFile absent and null mean the same. */
export function withoutBlanks(
  record: Record<string, string | number | boolean | null | undefined>,
): OneFileRecord {
  const filled: OneFileRecord = {};
  for (const [name, value] of Object.entries(record)) {
    const kept = typeof value === 'string' ? value.trim().normalize('NFC') : value;
    if (kept !== undefined && kept !== null && kept !== '') filled[name] = kept;
  }
  return filled;
}

/**
 * OneFile's ids, worked out from the record's number so that nothing has to be remembered while streaming.
 *
 * Kinds keep ranges of their own, so that an id used for the wrong kind is found.
 */
export const customerId = 11;
export const centreId = 301;
export const defaultClassroomId = 2001;
/** Stands in for a placement, and for an assessor, that OneFile does not have. */
export const fallbackPlacementId = 30001;
export const fallbackAssessorId = 400001;

export const classroomIdOf = (tagNumber: number): number => defaultClassroomId + tagNumber;
export const standardIdOf = (qualificationNumber: number): number => 5000 + qualificationNumber;
export const placementIdOf = (organisationNumber: number): number => 30_100 + organisationNumber;
export const assessorIdOf = (officerNumber: number): number => 400_100 + officerNumber;
export const learnerIdOf = (learnerNumber: number): number => 410_000 + learnerNumber;
export const aimIdOf = (learnerNumber: number, index: number): number =>
  60_000_000 + learnerNumber * 16 + index;
export const visitIdOf = (learnerNumber: number, index: number): number =>
  70_000_000 + learnerNumber * 16 + index;
export const reviewIdOf = (learnerNumber: number, index: number): number =>
  80_000_000 + learnerNumber * 16 + index;
