/*
 * The records and their fields, one table a kind. A field is named as in REST, with a dot where JSON nests; the table
 * says how SOAP calls it, what it holds, how wide it is where the vendor was seen to be strict, and whether a create or a
 * patch takes it. Both façades, the control door and the seed read and write records by these tables.
 */

export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

/** One record, never changed in place: a change makes a new one, so the history can keep both without copying. */
export type Row = Readonly<Record<string, Value>>;

export const KINDS = [
  'employers',
  'assessors',
  'courses',
  'learners',
  'learnerCourses',
  'sessions',
  'batches',
] as const;
export type Kind = (typeof KINDS)[number];
/** Kinds that have fields a partner may write. */
export type PersonKind = 'employers' | 'assessors' | 'learners';

export const isKind = (text: string): text is Kind => (KINDS as readonly string[]).includes(text);

export type FieldType =
  | 'id'
  | 'text'
  | 'sex'
  | 'date'
  | 'time'
  | 'integer'
  | 'share'
  | 'percent'
  | 'boolean'
  | 'roles'
  | 'status'
  | 'sessionType'
  | 'sessionStatus'
  | 'list';

export interface Field {
  readonly name: string;
  /** Null: SOAP does not have it. */
  readonly g1: string | null;
  readonly type: FieldType;
  readonly width: number | null;
  readonly create: 'required' | 'optional' | 'no';
  readonly patch: boolean;
  /** `door`: neither façade shows it. `soap`: REST does not. */
  readonly shown: 'both' | 'rest' | 'soap' | 'door';
}

type Marks = Partial<Omit<Field, 'name' | 'g1' | 'type'>>;

function field(name: string, g1: string | null, type: FieldType, marks: Marks = {}): Field {
  const shown = marks.shown ?? (g1 === null ? 'rest' : 'both');
  return {
    name,
    g1,
    type,
    width: marks.width ?? null,
    create: marks.create ?? 'no',
    patch: marks.patch ?? false,
    shown,
  };
}

const needed = (name: string, g1: string | null, type: FieldType, width: number | null = null): Field =>
  field(name, g1, type, { width, create: 'required', patch: true });
const open = (name: string, g1: string | null, type: FieldType, width: number | null = null): Field =>
  field(name, g1, type, { width, create: 'optional', patch: true });

export const FIELDS: Readonly<Record<Kind, readonly Field[]>> = {
  learners: [
    field('id', 'SmartAssessorId', 'id'),
    needed('misId', 'PartnerId', 'text', 32),
    open('studentId', null, 'text', 20),
    needed('familyName', 'FamilyName', 'text', 50),
    needed('givenNames', 'GivenNames', 'text', 50),
    needed('dateOfBirth', 'DateOfBirth', 'date'),
    open('uln', 'ULN', 'text', 10),
    open('sex', 'Sex', 'sex', 6),
    open('niNumber', 'NINumber', 'text', 9),
    open('email', 'Email', 'text', 128),
    open('telNumber', 'TelNumber', 'text', 50),
    open('mobile', 'Mobile', 'text', 50),
    open('homeAddress.line1', 'HomeAddressLine1', 'text', 50),
    open('homeAddress.locality', 'HomeAddressLocality', 'text', 50),
    open('homeAddress.town', 'HomeAddressTown', 'text', 50),
    open('homeAddress.county', 'HomeAddressCounty', 'text', 50),
    open('homeAddress.postCode', 'HomeAddressPostCode', 'text', 50),
    open('employerId', 'EmployerSmartAssessorId', 'integer'),
    open('domicile', 'Domicile', 'text', 2),
    open('llddDisability', 'LlddDisability', 'text'),
    open('llddLearningDifficulty', 'LlddLearningDifficulty', 'text'),
    field('userName', null, 'text', { width: 128 }),
    field('learnerLink', 'LearnerLink', 'text', { width: 250, shown: 'soap' }),
    field('isArchived', null, 'boolean'),
    field('smartCoachScore', null, 'share'),
    field('offTheJobMinutes', null, 'integer', { shown: 'door' }),
    field('sendWelcomeEmail', null, 'boolean', { shown: 'door' }),
    field('welcomeDone', null, 'boolean', { shown: 'door' }),
  ],
  employers: [
    field('id', 'SmartAssessorId', 'integer'),
    needed('misId', 'PartnerId', 'text', 32),
    needed('name', 'Name', 'text'),
    open('edrsNumber', 'EdsId', 'text', 15),
    open('address.line1', 'AddressLine1', 'text'),
    open('address.line2', 'AddressLine2', 'text'),
    open('address.town', 'AddressTown', 'text'),
    open('address.county', 'AddressCounty', 'text'),
    open('address.postCode', 'AddressPostCode', 'text'),
    open('telephone', 'Telephone', 'text'),
    open('website', null, 'text'),
    open('employerSize', null, 'text'),
    open('keyContactName', 'KeyContactName', 'text'),
    open('keyContactEmail', 'KeyContactEmail', 'text'),
  ],
  assessors: [
    field('id', 'SmartAssessorId', 'id'),
    open('misId', 'PartnerId', 'text', 32),
    needed('firstName', 'FirstName', 'text'),
    needed('lastName', 'LastName', 'text'),
    field('userName', 'UserName', 'text', { create: 'optional' }),
    field('roles', 'UserType', 'roles', { create: 'optional' }),
    open('email', 'Email', 'text'),
    open('telephone', 'Telephone', 'text'),
    open('mobile', 'Mobile', 'text'),
    open('region', 'Region', 'text'),
    field('isArchived', null, 'boolean'),
  ],
  courses: [
    field('id', 'SmartAssessorId', 'id'),
    field('title', 'QualificationTitle', 'text'),
    field('qanCode', 'QANCode', 'text'),
    field('isActive', null, 'boolean'),
    field('standardCode', null, 'text'),
    field('units', null, 'list', { shown: 'door' }),
  ],
  learnerCourses: [
    field('learnerId', 'LearnerSmartAssessorId', 'id'),
    field('courseId', 'SmartAssessorId', 'id'),
    field('qanCode', 'QANCode', 'text'),
    field('title', 'QualificationTitle', 'text'),
    field('startDate', null, 'date'),
    field('endDate', null, 'date'),
    field('status', 'CourseStatus', 'status'),
    field('assessorId', 'AssessorSmartAssessorId', 'id'),
    field('secondAssessorId', null, 'id'),
    field('progressAssessedPc', 'Progress_AssessedPC', 'percent'),
    field('progressMappedPc', 'Progress_MappedPC', 'percent'),
    field('misId', 'PartnerId', 'text', { shown: 'soap' }),
    field('iqaId', null, 'id', { shown: 'door' }),
    field('units', null, 'list', { shown: 'door' }),
  ],
  sessions: [
    field('id', 'SmartAssessorId', 'id'),
    field('assessorId', 'AssessorSmartAssessorId', 'id'),
    field('type', 'TypeofReview', 'sessionType'),
    field('start', 'StartTime', 'time'),
    field('durationMinutes', 'Duration', 'integer'),
    field('location', null, 'text'),
    field('method', null, 'text'),
    field('comments', 'Comments', 'text'),
    field('feedback', 'Feedback', 'text'),
    field('planningNotes', 'PlanningNotes', 'text'),
    field('misId', 'PartnerId', 'text', { shown: 'soap' }),
    field('learners', null, 'list', { shown: 'door' }),
  ],
  batches: [
    field('batchId', 'BatchId', 'id'),
    field('iqaId', 'IQASmartAssessorId', 'id'),
    field('courseId', 'CourseSmartAssessorId', 'id'),
    field('learnerId', 'LearnerSmartAssessorId', 'id'),
    field('sampleType', 'SampleType', 'text'),
    field('qanCode', 'QANCode', 'text'),
    field('plannedDate', 'PlannedDate', 'date'),
    field('actualDate', 'ActualDate', 'date'),
    field('sampleFeedback', 'SampleFeedback', 'text'),
  ],
};

/** Values of a record of which nothing else is known. */
const INITIAL: Readonly<Partial<Record<Kind, Row>>> = {
  learners: { isArchived: false, offTheJobMinutes: 0, sendWelcomeEmail: false, welcomeDone: false },
  assessors: { isArchived: false, roles: ['assessor'] },
  courses: { isActive: true, units: [] },
  learnerCourses: {
    status: 'AwaitingInduction',
    progressAssessedPc: 0,
    progressMappedPc: 0,
    units: [],
  },
};

/** A whole record: every field of its kind is there, and in the order of the table. */
export function wholeRow(kind: Kind, values: Row): Row {
  const row: Record<string, Value> = {};
  for (const { name } of FIELDS[kind]) row[name] = values[name] ?? INITIAL[kind]?.[name] ?? null;
  return row;
}

export const fieldOf = (kind: Kind, name: string): Field | undefined =>
  FIELDS[kind].find((field) => field.name === name);

/** The id of a record as text: a learner's course has none of its own. */
export function idOf(kind: Kind, row: Row): string {
  if (kind === 'learnerCourses') return `${row['learnerId']}/${row['courseId']}`;
  return String(row[kind === 'batches' ? 'batchId' : 'id']);
}

/** `{a, 'b.c'}` becomes `{a, b: {c}}`. */
export function nested(flat: Row): Record<string, Value> {
  const whole: Record<string, Value> = {};
  for (const [name, value] of Object.entries(flat)) {
    const at = name.indexOf('.');
    if (at < 0) {
      whole[name] = value;
      continue;
    }
    const outer = name.slice(0, at);
    whole[outer] = { ...(whole[outer] as Row | undefined), [name.slice(at + 1)]: value };
  }
  return whole;
}

/** The other way round. Names the kind does not have keep their place at the top. */
export function flat(kind: Kind, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const outers = new Set(
    FIELDS[kind].filter(({ name }) => name.includes('.')).map(({ name }) => name.split('.')[0] ?? ''),
  );
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const isGroup = outers.has(name) && typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isGroup) values[name] = value;
    else for (const [inner, text] of Object.entries(value)) values[`${name}.${inner}`] = text;
  }
  return values;
}
