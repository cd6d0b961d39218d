/*
 * All kinds of records and their properties. Nearly everything the API does with a property follows from its flags
 * here: whether a short row shows it, whether a create or an update takes it, whether it is mandatory. `firstId`
 * keeps the ids of the kinds apart, so that a mixed-up id is found.
 */

import { property as p, type Table, table } from './row.ts';

export const ROLE = { learner: 1, trainee: 4, assessor: 5, iqa: 10, employer: 40, observer: 45 } as const;
export const ROLES: ReadonlySet<number> = new Set(Object.values(ROLE));
/** Roles that assess a learner's work. */
export const TEACHING_ROLES: ReadonlySet<unknown> = new Set([ROLE.trainee, ROLE.assessor, ROLE.iqa]);

const USERS = table(
  'users',
  400_001,
  [
    p('ID', 'int', 'short'),
    p('Username', 'text', 'create', 'update'),
    p('OrganisationID', 'int', 'create'),
    p('Role', 'int', 'create'),
    p('FirstName', 'text', 'short', 'create', 'update'),
    p('LastName', 'text', 'short', 'create', 'update'),
    p('Email', 'text', 'create', 'update'),
    p('DefaultAssessorID', 'int', 'create', 'update', 'learner'),
    p('ClassroomID', 'int', 'create', 'update', 'learner'),
    p('PlacementID', 'int', 'create', 'update'),
    p('MISID', 'text', 'short', 'create', 'update'),
    p('DefaultEmployerID', 'int', 'create', 'update', 'learner'),
    p('ProviderID', 'int', 'create', 'update', 'learner'),
    p('LearnerStatusID', 'int', 'create', 'update', 'learner'),
    p('MobileNumber', 'text', 'create', 'update'),
    p('Telephone', 'text', 'create', 'update'),
    p('Website', 'text', 'create', 'update'),
    p('WorkAddress', 'text', 'create', 'update'),
    p('HomeAddress', 'text', 'create', 'update'),
    p('CompanyName', 'text', 'create', 'update'),
    p('ULN', 'text', 'create', 'update', 'learner'),
    p('NINO', 'text', 'create', 'update', 'learner'),
    p('EpisodeName', 'text', 'create', 'update', 'learner'),
    p('DOB', 'date', 'create', 'update', 'learner'),
    p('StartOn', 'date', 'create', 'update', 'learner'),
    p('PlannedEndDate', 'date', 'create', 'update', 'learner'),
    p('CentreRegister', 'date', 'create', 'update', 'learner'),
    p('L12', 'text', 'create', 'update', 'learner'),
    p('L13', 'text', 'create', 'update', 'learner'),
    p('L14', 'text', 'create', 'update', 'learner'),
    p('L15', 'text', 'create', 'update', 'learner'),
    p('L16', 'text', 'create', 'update', 'learner'),
    p('SupportFunding', 'bool', 'create', 'update', 'learner'),
    p('PrimaryLLDDCode', 'int', 'create', 'update', 'learner'),
    p('SecondaryLLDDCodes', 'ints', 'create', 'update', 'learner'),
    p('CreatedOn', 'date', 'create'),
    p('Progress', 'number'),
    p('LastModified', 'date'),
    p('archived', 'bool', 'short'),
    p('deletedAt', 'date', 'hidden'),
    p('assignments', 'raw', 'hidden'),
  ],
  { indexed: ['MISID', 'Username', 'Email'], blank: { archived: false, assignments: [] } },
);

const CUSTOMERS = table('customers', 11, [
  p('ID', 'int', 'short'),
  p('Name', 'text', 'short'),
  p('token', 'text', 'hidden'),
]);

const ORGANISATIONS = table(
  'organisations',
  301,
  [
    p('ID', 'int', 'short'),
    p('CustomerID', 'int', 'hidden'),
    p('Name', 'text', 'short'),
    p('KeychainCreationForNewUserActive', 'bool', 'short'),
    p('KeychainEmailSuppression', 'bool', 'short'),
  ],
  { blank: { KeychainCreationForNewUserActive: true, KeychainEmailSuppression: true } },
);

const CLASSROOMS = table(
  'classrooms',
  2001,
  [
    p('ID', 'int', 'short'),
    p('OrganisationID', 'int', 'create', 'needed'),
    p('Name', 'text', 'short', 'create', 'update', 'needed'),
    p('MISID', 'text', 'short', 'create', 'update'),
    p('StartOn', 'date', 'create', 'update'),
    p('Archive', 'bool', 'create', 'update'),
    p('CompletionMessage', 'text', 'create', 'update'),
    p('SendCompletionMessage', 'bool', 'create', 'update'),
    p('IVFinalSignOff', 'bool', 'create', 'update'),
  ],
  { blank: { Archive: false, SendCompletionMessage: false, IVFinalSignOff: false } },
);

const PLACEMENTS = table(
  'placements',
  30_001,
  [
    p('ID', 'int', 'short'),
    p('OrganisationID', 'int', 'create', 'needed'),
    p('Name', 'text', 'short', 'create', 'update', 'needed'),
    p('Active', 'bool', 'create', 'update'),
    p('Address', 'text', 'create', 'update'),
    p('Contact', 'text', 'create', 'update'),
    p('Email', 'text', 'create', 'update'),
    p('Fax', 'text', 'create', 'update'),
    p('Telephone', 'text', 'create', 'update'),
    p('Web', 'text', 'create', 'update'),
    p('MISID', 'text', 'create', 'update'),
  ],
  { indexed: ['MISID'], blank: { Active: true } },
);

const PROVIDERS = table('providers', 1201, [
  p('ID', 'int', 'short'),
  p('OrganisationID', 'int', 'create', 'needed'),
  p('Name', 'text', 'short', 'create', 'update', 'needed'),
]);

const STANDARDS = table('standards', 5001, [
  p('ID', 'int', 'short'),
  p('Title', 'text', 'short'),
  p('code', 'text'),
  p('organisationIds', 'ints', 'hidden'),
  p('unitIds', 'texts', 'hidden'),
]);

const UNITS = table(
  'units',
  0,
  [
    p('ID', 'text', 'short'),
    p('Title', 'text', 'short'),
    p('NDAQCode', 'text', 'short', 'kept'),
    p('Display', 'text', 'short', 'kept'),
  ],
  { idType: 'text' },
);

const TEMPLATES = table('templates', 9001, [
  p('ID', 'int', 'short'),
  p('Title', 'text', 'short'),
  p('organisationIds', 'ints', 'hidden'),
  p('standardIds', 'ints', 'hidden'),
]);

const AIMS = table(
  'aims',
  600_001,
  [
    p('ID', 'int', 'short'),
    p('StandardID', 'int', 'short'),
    p('UserID', 'int', 'short'),
    p('Status', 'int', 'short', 'update'),
    p('Progress', 'number'),
    p('StartDate', 'date', 'update'),
    p('PlannedEnd', 'date', 'update'),
    p('AchievedDate', 'date', 'update'),
    p('RegistrationNumber', 'text', 'update'),
    p('RegistrationDate', 'date', 'update'),
    p('CertificateAppliedDate', 'date', 'update'),
    p('CertificateReceivedDate', 'date', 'update'),
    p('ElementsTotal', 'int'),
    p('ElementsDone', 'int'),
  ],
  { indexed: ['UserID'], blank: { Status: 0, Progress: 0 } },
);

const UNIT_SUMMARIES = table(
  'unitSummaries',
  900_001,
  [
    p('ID', 'int', 'short'),
    p('UserID', 'int', 'short'),
    p('StandardID', 'int', 'short'),
    p('UnitID', 'text', 'short'),
    p('Progress', 'number', 'short'),
  ],
  { indexed: ['UserID'], blank: { Progress: 0 } },
);

const VISITS = table(
  'visits',
  700_001,
  [
    p('ID', 'int'),
    p('LearnerID', 'int', 'create', 'needed'),
    p('OrganisationID', 'int', 'create', 'needed'),
    p('AssessorID', 'int', 'create'),
    p('VisitTypeID', 'int', 'create'),
    p('SMSReminder', 'bool', 'create'),
    p('DateFrom', 'date', 'create', 'needed'),
    p('DateTo', 'date', 'create', 'needed'),
  ],
  { blank: { SMSReminder: false, VisitTypeID: 0 } },
);

const REVIEWS = table(
  'reviews',
  800_001,
  [
    p('ID', 'int', 'short'),
    p('LearnerID', 'int', 'create', 'needed'),
    p('AssessorID', 'int', 'create', 'update'),
    p('EmployerID', 'int', 'create'),
    p('Status', 'int', 'create'),
    p('VisitID', 'int', 'create', 'update'),
    p('Progress', 'number'),
    p('ScheduledFor', 'date', 'short', 'create', 'update'),
    p('EndTime', 'date', 'update'),
    p('CreatedOn', 'date'),
    p('StartedOn', 'date'),
    p('AssessorSignedOn', 'date'),
    p('LearnerSignedOn', 'date'),
    p('EmployerSignedOn', 'date'),
  ],
  { indexed: ['LearnerID', 'VisitID'], blank: { Status: 1 } },
);

const PLANS = table(
  'plans',
  950_001,
  [
    p('ID', 'int', 'short'),
    p('PlanOn', 'date', 'short'),
    p('LearnerID', 'int'),
    p('Title', 'text'),
    p('AssessorSignedOn', 'date'),
    p('LearnerSignedOn', 'date'),
  ],
  { indexed: ['LearnerID'] },
);

const TIMESHEETS = table(
  'timesheets',
  970_001,
  [
    p('ID', 'int', 'hidden'),
    p('LearnerID', 'int', 'hidden'),
    p('TimesheetCategory', 'text', 'short'),
    p('FromDate', 'date', 'short'),
    p('ToDate', 'date', 'short'),
    p('Comments', 'text', 'short'),
    p('IsOffTheJob', 'raw', 'short'),
  ],
  { indexed: ['LearnerID'] },
);

/** Off-the-job figures; the id is the learner's. */
const OFF_THE_JOB = table('offTheJob', 0, [
  p('ID', 'int', 'short'),
  p('ContractedHours', 'number'),
  p('TargetPercentage', 'number'),
  p('PlannedOTJ', 'number'),
  p('Duration', 'number'),
  p('MethodOfCalculatingOTJ', 'text'),
  p('MinimumOTJ', 'number'),
  p('PercentOfPlanned', 'number'),
  p('CachedActualHours', 'number'),
]);

export const TABLES = {
  customers: CUSTOMERS,
  organisations: ORGANISATIONS,
  classrooms: CLASSROOMS,
  placements: PLACEMENTS,
  providers: PROVIDERS,
  standards: STANDARDS,
  units: UNITS,
  templates: TEMPLATES,
  users: USERS,
  aims: AIMS,
  unitSummaries: UNIT_SUMMARIES,
  visits: VISITS,
  reviews: REVIEWS,
  plans: PLANS,
  timesheets: TIMESHEETS,
  offTheJob: OFF_THE_JOB,
} as const satisfies Record<string, Table>;

export type Kind = keyof typeof TABLES;
export const KINDS = Object.keys(TABLES) as Kind[];

export function isKind(text: string): text is Kind {
  return Object.hasOwn(TABLES, text);
}
