import type {
  OnefileAssessorRecord,
  OnefileClassroomRecord,
  OnefileLearnerRecord,
  OnefileLearningAimRecord,
  OnefilePlacementRecord,
  OnefileReviewRecord,
  OnefileStandardRecord,
} from '../../../kafka/generated/types.ts';
import { toReferenceKey } from '../../common/values.ts';
import type { Names } from './names.ts';
import { dateOf, datesOf, flagOf, idOf, instantOf, integerOf, numberOf, type Row, textOf } from './values.ts';

/**
 * Converts a row of OneFile to the normal form: our field names, trimmed texts, blank = null, ids as text,
 * dates as dates and times in milliseconds. Names that are not confirmed come from `names` (OF-83). The
 * functions below do the same for the other resources.
 */
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
    phone: textOf(row, 'Telephone'),
    mobile: textOf(row, 'MobileNumber'),
    sex: toSex(textOf(row, 'L13')),
    ethnicity: textOf(row, 'L12'),
    disability: textOf(row, names('user.disability')),
    archived: flagOf(row, names('user.archived')),
    lastModifiedAtMs: instantOf(row, 'LastModified'),
  };
}

/** M or F, as in PICS; null for any other text. */
function toSex(text: string | null): string | null {
  return /^(m|male|f|female)$/i.test(text ?? '') ? (text ?? '').slice(0, 1).toUpperCase() : null;
}

export function toAssessor(row: Row, id: string, names: Names): OnefileAssessorRecord {
  return {
    id,
    firstName: textOf(row, 'FirstName'),
    lastName: textOf(row, 'LastName'),
    email: textOf(row, 'Email'),
    phone: textOf(row, 'Telephone'),
    mobile: textOf(row, 'MobileNumber'),
    misId: textOf(row, 'MISID'),
    role: integerOf(row, names('user.role')),
    archived: flagOf(row, names('user.archived')),
    lastModifiedAtMs: instantOf(row, 'LastModified'),
  };
}

/** `reference`: the code of the aim's standard from the centre's catalogue, normalised. */
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
    registrationNumber: textOf(row, names('aim.registrationNumber')),
    ...datesOf(row, aimDates(names), dateOf),
    elementsTotal: integerOf(row, names('aim.elementsTotal')),
    elementsDone: integerOf(row, names('aim.elementsDone')),
  };
}

/** What our numbers of an aim's status mean, by the words of a centre's list. The first that fits counts. */
const statusWords: readonly (readonly [status: number, words: RegExp])[] = [
  [3, /suspend|break|pause|on hold|defer/i],
  [2, /withdr|left|leaver|cancel|terminat/i],
  [0, /progress|\bnot\b|incomplete|active|current|live|learning|programme|start|open/i],
  [1, /achiev|complete|pass|certif|finish/i],
];

/** Stands for a status of the centre of which it is not known what it means. */
const unknownStatus = -1;

/**
 * G20: what the statuses of a centre are in our numbers, by its own list. A status whose name says nothing keeps its
 * number, unless that number means something else here.
 */
export function toStatusOf(rows: readonly Row[]): (status: number) => number {
  const named = new Map<number, number>();
  for (const row of rows) {
    const [id, name] = [integerOf(row, 'ID'), textOf(row, 'Name') ?? ''];
    const meaning = statusWords.find(([, words]) => words.test(name))?.[0];
    if (id !== null && meaning !== undefined) named.set(id, meaning);
  }
  const taken = new Set(named.values());
  return (status) => named.get(status) ?? (taken.has(status) ? unknownStatus : status);
}

function aimDates(names: Names) {
  return {
    startOn: names('aim.start'),
    plannedEndOn: names('aim.plannedEnd'),
    achievedOn: names('aim.achieved'),
    registeredOn: names('aim.registrationDate'),
    certificateAppliedOn: names('aim.certificateApplied'),
    certificateReceivedOn: names('aim.certificateReceived'),
  };
}

const reviewTimes = {
  scheduledForMs: 'ScheduledFor',
  endTimeMs: 'EndTime',
  startedAtMs: 'StartedOn',
  assessorSignedAtMs: 'AssessorSignedOn',
  learnerSignedAtMs: 'LearnerSignedOn',
  employerSignedAtMs: 'EmployerSignedOn',
} as const;

export function toReview(row: Row, id: string): OnefileReviewRecord {
  return {
    id,
    learnerId: idOf(row, 'LearnerID'),
    assessorId: idOf(row, 'AssessorID'),
    employerId: idOf(row, 'EmployerID'),
    visitId: idOf(row, 'VisitID'),
    ...datesOf(row, reviewTimes, instantOf),
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

/**
 * The code is a property of its own, else the text in square brackets after the title. It is never guessed
 * from the title itself (G19).
 */
export function toStandard(row: Row, id: string, names: Names): OnefileStandardRecord {
  const title = textOf(row, 'Title');
  const bracketed = /\[([^\]]+)\]\s*$/.exec(title ?? '')?.[1] ?? null;
  return { id, title, code: toReferenceKey(textOf(row, names('standard.code')) ?? bracketed) };
}
