import type { Capabilities } from '../../port.ts';
import type { WireName } from '../contract.ts';
import { type FieldTable, namesOf, type WireField } from '../records.ts';
import {
  date,
  employerId,
  type FieldKind,
  flag,
  id,
  minutes,
  percent,
  share,
  text,
  time,
  whole,
} from '../values.ts';
import { courseStatuses, sessionStatuses, sessionTypes, sexes, unitStates } from '../words.ts';

/*
 * Every name of the contract `assumed-rest-v0`. All of them are assumed: there is no public reference of the interface.
 * They stand here and nowhere else.
 */

export const base = '/api/v1';

const none = { create: false, update: false, mark: 'assumed' } as const;

/** Shown by reads alone. */
function shown(at: string, kind: FieldKind = text, needs?: keyof Capabilities): WireField {
  return { ...none, at, kind, ...(needs !== undefined && { needs }) };
}

/** Taken by create and update. */
function open(at: string, width?: number, kind: FieldKind = text): WireField {
  return { at, kind, create: true, update: true, mark: 'assumed', ...(width !== undefined && { width }) };
}

export const learner: FieldTable = {
  id: shown('id', id),
  misId: open('misId', 32),
  studentId: { ...open('studentId', 20), needs: 'studentId' },
  familyName: open('familyName', 50),
  givenNames: open('givenNames', 50),
  dateOfBirth: open('dateOfBirth', undefined, date),
  uln: open('uln', 10),
  sex: open('sex', 6, { is: 'only', words: sexes }),
  niNumber: open('niNumber', 9),
  email: open('email', 128),
  phone: open('telNumber', 50),
  mobile: open('mobile', 50),
  addressLine1: open('homeAddress.line1', 50),
  addressLine2: open('homeAddress.locality', 50),
  addressLine3: open('homeAddress.town', 50),
  addressLine4: open('homeAddress.county', 50),
  postcode: open('homeAddress.postCode', 50),
  employerId: open('employerId', undefined, employerId),
  isArchived: shown('isArchived', flag, 'archivedFlag'),
  riskScore: shown('smartCoachScore', share, 'smartCoach'),
};

export const employer: FieldTable = {
  id: shown('id', employerId),
  misId: open('misId', 32),
  name: open('name'),
  edrs: open('edrsNumber', 15),
  phone: open('telephone'),
  addressLine1: open('address.line1'),
  addressLine2: open('address.line2'),
  addressLine3: open('address.town'),
  addressLine4: open('address.county'),
  postcode: open('address.postCode'),
  website: open('website'),
  employerSize: open('employerSize'),
};

export const assessor: FieldTable = {
  id: shown('id', id),
  misId: open('misId', 32),
  firstName: open('firstName'),
  lastName: open('lastName'),
  userName: { ...open('userName'), update: false },
  email: open('email'),
  phone: open('telephone'),
  mobile: open('mobile'),
  isArchived: shown('isArchived', flag, 'archivedFlag'),
};

export const course: FieldTable = {
  id: shown('id', id),
  title: shown('title'),
  qanCode: shown('qanCode'),
  standardCode: shown('standardCode'),
  isActive: shown('isActive', flag),
};

export const learnerCourse: FieldTable = {
  learnerId: shown('learnerId', id),
  courseId: shown('courseId', id),
  qanCode: shown('qanCode'),
  title: shown('title'),
  startDate: shown('startDate', date),
  endDate: shown('endDate', date),
  status: shown('status', { is: 'words', words: courseStatuses }),
  assessorId: shown('assessorId', id),
  secondAssessorId: shown('secondAssessorId', id, 'secondAssessor'),
  assessedPc: shown('progressAssessedPc', percent),
  mappedPc: shown('progressMappedPc', percent),
  timelinePc: shown('timelinePc', percent),
  unitsTotal: shown('unitsTotal', whole, 'units'),
  unitsComplete: shown('unitsComplete', whole, 'units'),
};

export const session: FieldTable = {
  id: shown('id', id),
  learnerId: shown('learnerId', id),
  assessorId: shown('assessorId', id),
  qanCode: shown('qanCode'),
  type: shown('type', { is: 'words', words: sessionTypes }),
  status: shown('status', { is: 'words', words: sessionStatuses }),
  startsAt: shown('start', time),
  durationMinutes: shown('durationMinutes', minutes),
};

export const unit: FieldTable = {
  unitId: shown('unitId', id),
  reference: shown('reference'),
  title: shown('title'),
  state: shown('state', { is: 'words', words: unitStates }),
  completedOn: shown('completedOn', date),
};

/** Of an enrolment. It takes no other fields. */
export const enrolment = {
  courseId: 'courseId',
  qanCode: 'qanCode',
  startDate: 'startDate',
  endDate: 'endDate',
  status: 'status',
  assessorId: 'assessorId',
  secondAssessorId: 'secondAssessorId',
} as const;

/** Names beside those of records. */
export const other = {
  roles: 'roles',
  assessorRole: 'assessor',
  iqaRole: 'iqa',
  sendWelcomeEmail: 'sendWelcomeEmail',
  createdId: 'id',
  /** Of a session with several courses or learners in one row. */
  courseId: 'courseId',
  courseIds: 'courseIds',
  learners: 'learners',
  items: 'items',
  message: 'message',
  modelState: 'modelState',
  includeArchived: 'includeArchived',
  misId: 'misId',
  learnerId: 'learnerId',
  userName: 'userName',
  isArchived: 'isArchived',
} as const;

export const headers = {
  authorization: 'authorization',
  clientKey: 'x-client-key',
  link: 'link',
  nextPage: 'x-next-page',
} as const;

/** Of the call for a token. */
export const token = {
  grantType: 'grant_type',
  byPassword: 'password',
  userName: 'username',
  password: 'password',
  clientKey: 'client_key',
  accessToken: 'access_token',
  expiresIn: 'expires_in',
} as const;

export const routes = {
  token: 'POST /token',
  ping: 'GET /ping',
  courses: 'GET /courses',
  employers: 'GET /employers',
  createEmployer: 'POST /employers',
  updateEmployer: 'PATCH /employers/{id}',
  assessors: 'GET /assessors',
  createAssessor: 'POST /assessors',
  updateAssessor: 'PATCH /assessors/{id}',
  learners: 'GET /learners',
  learner: 'GET /learners/{id}',
  createLearner: 'POST /learners',
  updateLearner: 'PATCH /learners/{id}',
  enrol: 'POST /learners/{id}/courses',
  setAssessor: 'PUT /learners/{id}/courses/{courseId}/assessor',
  setSecondAssessor: 'PUT /learners/{id}/courses/{courseId}/second-assessor',
  units: 'GET /learners/{id}/courses/{courseId}/units',
  learnerCourses: 'GET /learner-courses',
  sessions: 'GET /sessions',
} as const;

export const capabilities: Capabilities = {
  changedSince: false,
  paging: false,
  singleCallEnrol: false,
  smartCoach: false,
  units: false,
  filterByMisId: true,
  filterByLearner: true,
  secondAssessor: true,
  welcomeEmailFlag: true,
  studentId: true,
  archivedFlag: true,
  storesMisId: true,
  clearsByEmpty: true,
  dryRun: false,
  misIdForm: 'text',
  updatableLearnerFields: Object.entries(learner)
    .filter(([, { update }]) => update)
    .map(([field]) => field),
};

const assumed = (names: readonly string[]): WireName[] => names.map((name) => ({ name, mark: 'assumed' }));

export const names: readonly WireName[] = [
  ...namesOf([learner, employer, assessor, course, learnerCourse, session, unit]),
  ...assumed([base, ...Object.values(routes), ...Object.values(enrolment), ...Object.values(other)]),
  ...assumed([...Object.values(headers), ...Object.values(token)]),
  ...assumed(
    [courseStatuses, sessionStatuses, sessionTypes, sexes, unitStates].flatMap(({ all }) =>
      all.map(({ name }) => name),
    ),
  ),
];
