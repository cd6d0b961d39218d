import type { Capabilities } from '../../port.ts';
import type { Mark, WireName } from '../contract.ts';
import { type FieldTable, namesOf, type WireField } from '../records.ts';
import { date, employerId, type FieldKind, id, minutes, percent, text, time } from '../values.ts';
import { courseStatuses, sessionStatuses, sessionTypes, sexes } from '../words.ts';

/*
 * Every name of the contract `soap-g1`, spelled as clients of the SOAP generation spell it: two operations lack a
 * letter. They stand here and nowhere else.
 */

/** What a site may set otherwise. `PartnerId` carries the partner's name at a real site. */
export const g1Defaults = {
  path: '/soap/g1',
  namespace: 'urn:smart-assessor:g1',
  partnerIdName: 'PartnerId',
} as const;

/** Stands in the tables where the site's own name of the partner's id goes. */
export const partnerId = g1Defaults.partnerIdName;

/** Shown by reads alone. */
function shown(at: string, kind: FieldKind = text, mark: Mark = 'client'): WireField {
  return { at, kind, create: false, update: false, mark };
}

/** Taken by create and update. */
function open(at: string, width?: number, kind: FieldKind = text): WireField {
  return { at, kind, create: true, update: true, mark: 'client', ...(width !== undefined && { width }) };
}

export const learner: FieldTable = {
  id: shown('SmartAssessorId', id),
  misId: open(partnerId, 32),
  familyName: open('FamilyName', 50),
  givenNames: open('GivenNames', 50),
  dateOfBirth: open('DateOfBirth', undefined, date),
  uln: open('ULN', 10),
  sex: open('Sex', 6, { is: 'only', words: sexes }),
  niNumber: open('NINumber', 9),
  email: open('Email', 128),
  phone: open('TelNumber', 50),
  mobile: open('Mobile', 50),
  addressLine1: open('HomeAddressLine1', 50),
  addressLine2: open('HomeAddressLocality', 50),
  addressLine3: open('HomeAddressTown', 50),
  addressLine4: open('HomeAddressCounty', 50),
  postcode: open('HomeAddressPostCode', 50),
  employerId: open('EmployerSmartAssessorId', undefined, employerId),
};

export const employer: FieldTable = {
  id: shown('SmartAssessorId', employerId),
  misId: open(partnerId, 32),
  name: open('Name'),
  edrs: open('EdsId', 15),
  addressLine1: open('AddressLine1'),
  addressLine2: open('AddressLine2'),
  addressLine3: open('AddressTown'),
  addressLine4: open('AddressCounty'),
  postcode: open('AddressPostCode'),
  phone: open('Telephone'),
};

export const assessor: FieldTable = {
  id: shown('SmartAssessorId', id),
  misId: open(partnerId, 32),
  firstName: open('FirstName'),
  lastName: open('LastName'),
  userName: { ...open('UserName'), update: false },
  email: open('Email'),
  phone: open('Telephone'),
  mobile: open('Mobile'),
};

export const course: FieldTable = {
  id: shown('SmartAssessorId', id),
  title: shown('QualificationTitle'),
  qanCode: shown('QANCode'),
};

/** `SmartAssessorId` is the course's own id. */
export const learnerCourse: FieldTable = {
  learnerId: shown('LearnerSmartAssessorId', id),
  courseId: shown('SmartAssessorId', id, 'inferred'),
  qanCode: shown('QANCode'),
  title: shown('QualificationTitle'),
  status: shown('CourseStatus', { is: 'words', words: courseStatuses }),
  assessorId: shown('AssessorSmartAssessorId', id),
  assessedPc: shown('Progress_AssessedPC', percent),
  mappedPc: shown('Progress_MappedPC', percent),
  timelinePc: shown('TimeLinePerc', percent),
};

export const session: FieldTable = {
  id: shown('SmartAssessorId', id),
  learnerId: shown('LearnerSmartAssessorId', id),
  assessorId: shown('AssessorSmartAssessorId', id),
  qanCode: shown('QANCode'),
  type: shown('TypeofReview', { is: 'words', words: sessionTypes }),
  status: shown('Status', { is: 'words', words: sessionStatuses }),
  startsAt: shown('StartTime', time),
  durationMinutes: shown('Duration', minutes),
};

/** Of an assignment of a course, and of an assessor to it. */
export const assignment = {
  courseId: 'SmartAssessorId',
  learnerId: 'LearnerSmartAssessorId',
  assessorId: 'AssessorSmartAssessorId',
  qanCode: 'QANCode',
  title: 'QualificationTitle',
  status: 'StatusofCourse',
  startDate: 'CourseStartDate',
  endDate: 'CourseEndDate',
} as const;

/** Role of staff users: a mask of bits, or words. Our assessors are made with the first. */
export const userType = { element: 'UserType', assessorBits: 3072, iqaBits: 512 } as const;

/** Names of operations. */
export const operationNames = {
  courses: 'GetAllCourseDetail',
  employers: 'GetAllEmployerDetail',
  assessors: 'GetAllAssessorDetail',
  learners: 'GetAllLearnerDetail',
  learnerCourses: 'GetLearnerCourseDetail',
  progress: 'GetCourseProgressDetail',
  sessions: 'GetAllSessionDetail',
  createLearner: 'InserLearnerDetail',
  createEmployer: 'InserEmployerDetail',
  createAssessor: 'InserAssessorDetail',
  updateLearner: 'UpdateLearnerDetail',
  updateAssessor: 'UpdateAssessorDetail',
  updateEmployer: 'UpdateEmployerDetail',
  enrol: 'AssignQualficationToLearner',
  setAssessor: 'AssignAssessorToLearner',
} as const;

/** Elements around the fields: of arguments, and of records in lists. */
export const elements = {
  learner: 'Learner',
  employer: 'Employer',
  assessor: 'Assessor',
  course: 'CourseDisplay',
  learnerCourse: 'CourseProgress',
  session: 'Session',
  assignment: 'LearnerCourse',
  assessorLink: 'LearnerlinkwithAssessor',
} as const;

/** The frame of every call and answer. The first two are the standard's; the rest is the vendor's. */
export const frame = {
  envelope: 'http://www.w3.org/2003/05/soap-envelope',
  mediaType: 'application/soap+xml',
  header: 'AuthHeader',
  key: 'ApiKey',
  readOnly: 'ReadOnly',
  response: 'Response',
  result: 'Result',
} as const;

/** Reasons of a fault; all assumed. */
export const subcodes = {
  key: 'Key',
  validation: 'Validation',
  notFound: 'NotFound',
  duplicate: 'Duplicate',
  inactive: 'Inactive',
  matching: 'Matching',
} as const;

export const capabilities: Capabilities = {
  changedSince: false,
  paging: false,
  singleCallEnrol: false,
  smartCoach: false,
  units: false,
  filterByMisId: false,
  filterByLearner: false,
  secondAssessor: false,
  welcomeEmailFlag: false,
  studentId: false,
  archivedFlag: false,
  storesMisId: true,
  clearsByEmpty: true,
  dryRun: true,
  misIdForm: 'text',
  updatableLearnerFields: Object.entries(learner)
    .filter(([, { update }]) => update)
    .map(([field]) => field),
};

const marked = (mark: Mark, names: readonly string[]): WireName[] => names.map((name) => ({ name, mark }));

export const names: readonly WireName[] = [
  ...namesOf([learner, employer, assessor, course, learnerCourse, session]),
  ...marked('client', [...Object.values(operationNames), ...Object.values(elements), userType.element]),
  ...marked('client', Object.values(assignment)),
  ...marked('client', [frame.header, frame.key, frame.readOnly, frame.response, frame.result]),
  ...marked('documented', [frame.envelope, frame.mediaType]),
  ...marked('assumed', [g1Defaults.path, g1Defaults.namespace, ...Object.values(subcodes)]),
  ...marked('client', [courseStatuses.codeOf('awaiting-induction')]),
];
