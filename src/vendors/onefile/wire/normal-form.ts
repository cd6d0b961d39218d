import type {
  OnefileAssessorRecord,
  OnefileClassroomRecord,
  OnefileLearnerRecord,
  OnefileLearningAimRecord,
  OnefilePlacementRecord,
  OnefileReviewRecord,
  OnefileStandardRecord,
} from '../../../contract/generated/types.ts';
import { toReferenceKey } from '../rules/compare.ts';
import type { Names } from './fields.ts';
import { dateOf, flagOf, idOf, instantOf, integerOf, numberOf, type Row, textOf } from './values.ts';

export function toLearner(row: Row, id: string, names: Names): OnefileLearnerRecord {
  return {
    id,
    firstName: textOf(row, 'FirstName'),
    lastName: textOf(row, 'LastName'),
    email: textOf(row, 'Email'),
    misId: textOf(row, 'MISID'),
    dob: dateOf(row, 'DOB'),
    uln: textOf(row, 'ULN'),
    nino: textOf(row, 'NINO'),
    defaultAssessorId: idOf(row, names('user.defaultAssessor')),
    defaultEmployerId: idOf(row, names('user.defaultEmployer')),
    placementId: idOf(row, 'PlacementID'),
    classroomId: idOf(row, 'ClassroomID'),
    startOn: dateOf(row, 'StartOn'),
    plannedEndOn: dateOf(row, 'PlannedEndDate'),
    archived: flagOf(row, names('user.archived')),
    lastModifiedAtMs: instantOf(row, 'LastModified'),
  };
}

export function toAssessor(row: Row, id: string, names: Names): OnefileAssessorRecord {
  return {
    id,
    firstName: textOf(row, 'FirstName'),
    lastName: textOf(row, 'LastName'),
    email: textOf(row, 'Email'),
    misId: textOf(row, 'MISID'),
    role: integerOf(row, names('user.role')),
    archived: flagOf(row, names('user.archived')),
    lastModifiedAtMs: instantOf(row, 'LastModified'),
  };
}

/** `reference` is the code of the aim's standard by the centre's catalogue, normalised. */
export function toAim(
  row: Row,
  id: string,
  names: Names,
  reference: string | null,
): OnefileLearningAimRecord {
  return {
    id,
    standardId: idOf(row, 'StandardID'),
    reference,
    learnerId: idOf(row, 'UserID'),
    status: integerOf(row, names('aim.status')),
    progress: numberOf(row, 'Progress'),
    startOn: dateOf(row, names('aim.start')),
    plannedEndOn: dateOf(row, names('aim.plannedEnd')),
    achievedOn: dateOf(row, names('aim.achieved')),
    registrationNumber: textOf(row, names('aim.registrationNumber')),
    registeredOn: dateOf(row, names('aim.registrationDate')),
    certificateAppliedOn: dateOf(row, names('aim.certificateApplied')),
    certificateReceivedOn: dateOf(row, names('aim.certificateReceived')),
    elementsTotal: integerOf(row, names('aim.elementsTotal')),
    elementsDone: integerOf(row, names('aim.elementsDone')),
  };
}

export function toReview(row: Row, id: string): OnefileReviewRecord {
  return {
    id,
    learnerId: idOf(row, 'LearnerID'),
    assessorId: idOf(row, 'AssessorID'),
    employerId: idOf(row, 'EmployerID'),
    visitId: idOf(row, 'VisitID'),
    scheduledForMs: instantOf(row, 'ScheduledFor'),
    endTimeMs: instantOf(row, 'EndTime'),
    startedAtMs: instantOf(row, 'StartedOn'),
    assessorSignedAtMs: instantOf(row, 'AssessorSignedOn'),
    learnerSignedAtMs: instantOf(row, 'LearnerSignedOn'),
    employerSignedAtMs: instantOf(row, 'EmployerSignedOn'),
  };
}

export function toPlacement(row: Row, id: string, names: Names): OnefilePlacementRecord {
  return {
    id,
    name: textOf(row, 'Name'),
    misId: textOf(row, names('placement.misId')),
    active: flagOf(row, 'Active'),
    address: textOf(row, 'Address'),
    contact: textOf(row, names('placement.contact')),
    email: textOf(row, names('placement.email')),
    telephone: textOf(row, names('placement.telephone')),
    web: textOf(row, names('placement.web')),
  };
}

export function toClassroom(row: Row, id: string, names: Names): OnefileClassroomRecord {
  return {
    id,
    name: textOf(row, 'Name'),
    misId: textOf(row, 'MISID'),
    archived: flagOf(row, names('classroom.archived')),
  };
}

/** The code is a property of its own, else in square brackets after the title; never guessed from the title (G19). */
export function toStandard(row: Row, id: string, names: Names): OnefileStandardRecord {
  const title = textOf(row, 'Title');
  const bracketed = /\[([^\]]+)\]\s*$/.exec(title ?? '')?.[1] ?? null;
  return { id, title, code: toReferenceKey(textOf(row, names('standard.code')) ?? bracketed) };
}
