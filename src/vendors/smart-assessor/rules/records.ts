import type { JsonObject } from '../../../domain/json.ts';
import type { Observation, ObservationCause, Shadow } from '../../../domain/observation.ts';
import type { Hold } from '../../../domain/step.ts';
import { vendorTitles } from '../../../domain/vendor-name.ts';
import type {
  SmartassessorAssessorRecord,
  SmartassessorCourseRecord,
  SmartassessorEmployerRecord,
  SmartassessorLearnerCourseRecord,
  SmartassessorLearnerRecord,
  SmartassessorSessionRecord,
} from '../../../kafka/generated/types.ts';
import type {
  AssessorRecord,
  CourseRecord,
  EmployerRecord,
  LearnerCourseRecord,
  LearnerRecord,
  Listing,
  OtherValue,
  Problem,
  SessionRecord,
} from '../port.ts';
import { toCourseKey } from './calls.ts';
import type { LearnerDetail, OfficerDetail, SmartAssessorSettings } from './settings.ts';

/*
 * Records of the port in the form in which topics and shadows hold them, one function for each entity.
 *
 * A record is the port's with three differences. A word that the contract's tables do not have is the text
 * `other:<word>`. Fields that this contract cannot read stand in `unread`, and fields whose content made no sense in
 * `unreadable`: both are null in the record, and no rule may take them for blank. Left out is what no rule uses and what
 * the settings in force do not exchange, since every record is published and stored, and the share of the time that has
 * passed on a course, which moves each day by itself.
 */

/** The records of the port by the entity of their topic. */
type PortRecords = {
  readonly learner: LearnerRecord;
  readonly assessor: AssessorRecord;
  readonly employer: EmployerRecord;
  readonly course: CourseRecord;
  readonly 'learner-course': LearnerCourseRecord;
  readonly session: SessionRecord;
};
export type Entity = keyof PortRecords;

/** A record of the site, identified as in its topic. */
type SeenRecord = {
  readonly vendorId: string;
  readonly learnerVendorId: string | null;
  readonly record: JsonObject;
};

/** What of people is kept: the groups of fields that a mode exchanges, and the risk where it is taken over. */
export type KeptDetails = {
  readonly learner: ReadonlySet<LearnerDetail>;
  readonly officer: ReadonlySet<OfficerDetail>;
  readonly risk: boolean;
};

export function toKeptDetails(
  settings: Pick<
    SmartAssessorSettings,
    | 'learnerDetails'
    | 'learnerDetailFields'
    | 'officerDetails'
    | 'officerDetailFields'
    | 'updateGender'
    | 'riskFromScore'
  >,
): KeptDetails {
  const ofLearners = settings.learnerDetails === 'none' ? [] : settings.learnerDetailFields;
  return {
    learner: new Set(ofLearners.filter((group) => group !== 'sex' || settings.updateGender)),
    officer: new Set(settings.officerDetails === 'none' ? [] : settings.officerDetailFields),
    risk: settings.riskFromScore,
  };
}

/** Where and why records were read, and what of them is kept. */
type Reading = {
  readonly site: string;
  readonly cause: ObservationCause;
  readonly kept: KeptDetails;
};

/** The observations of records that the port has read. */
export function toObservations<E extends Entity>(
  entity: E,
  { records, problems, readAtMs }: Pick<Listing<PortRecords[E]>, 'records' | 'problems' | 'readAtMs'>,
  { site, cause, kept }: Reading,
): readonly Observation[] {
  const seeing: Seeing = { unreadable: toUnreadable(problems), kept };
  return records.map((one) => ({
    vendor: 'smartassessor',
    centre: site,
    entity,
    ...see[entity](one, seeing),
    observedAtMs: readAtMs,
    cause,
    deleted: false,
  }));
}

type Seeing = { readonly unreadable: Unreadable; readonly kept: KeptDetails };

const see: { readonly [E in Entity]: (one: PortRecords[E], seeing: Seeing) => SeenRecord } = {
  learner: seeLearner,
  assessor: seeAssessor,
  employer: seeEmployer,
  course: seeCourse,
  'learner-course': seeLearnerCourse,
  session: seeSession,
};

/** Names of the fields of a record that could not be understood, by the id that the listing gives the row. */
type Unreadable = ReadonlyMap<string, readonly string[]>;

/** The problems of a listing by record. Those without an id, or of a whole row, belong to no record. */
function toUnreadable(problems: readonly Problem[]): Unreadable {
  const ofFields = problems.filter(({ id, code }) => id !== null && fieldProblems.has(code));
  const byId = Map.groupBy(ofFields, ({ id }) => id ?? '');
  return new Map(
    [...byId].map(([id, some]) => [id, [...new Set(some.map(({ field }) => field))].toSorted()]),
  );
}

/** An unknown word is no such problem: it is kept as it came. */
const fieldProblems: ReadonlySet<Problem['code']> = new Set(['bad-date', 'bad-number', 'bad-id']);

function seeLearner(one: LearnerRecord, { unreadable, kept }: Seeing): SeenRecord {
  const has = (group: LearnerDetail) => kept.learner.has(group);
  const record: SmartassessorLearnerRecord = {
    id: one.id,
    misId: one.misId,
    givenNames: one.givenNames,
    familyName: one.familyName,
    dateOfBirth: one.dateOfBirth,
    uln: one.uln,
    niNumber: one.niNumber,
    sex: has('sex') ? one.sex : null,
    email: has('email') ? one.email : null,
    phone: has('phones') ? one.phone : null,
    mobile: has('phones') ? one.mobile : null,
    addressLine1: has('address') ? one.addressLine1 : null,
    addressLine2: has('address') ? one.addressLine2 : null,
    addressLine3: has('address') ? one.addressLine3 : null,
    addressLine4: has('address') ? one.addressLine4 : null,
    postcode: has('postcode') ? one.postcode : null,
    isArchived: one.isArchived,
    riskScore: kept.risk ? one.riskScore : null,
    ...gapsOf(one, unreadable.get(one.id)),
  };
  return { vendorId: one.id, learnerVendorId: one.id, record };
}

function seeAssessor(one: AssessorRecord, { unreadable, kept }: Seeing): SeenRecord {
  const has = (group: OfficerDetail) => kept.officer.has(group);
  const record: SmartassessorAssessorRecord = {
    id: one.id,
    misId: one.misId,
    firstName: one.firstName,
    lastName: one.lastName,
    email: has('email') ? one.email : null,
    phone: has('phones') ? one.phone : null,
    mobile: has('phones') ? one.mobile : null,
    roles: one.roles.map(toWord).toSorted(),
    isArchived: one.isArchived,
    ...gapsOf(one, unreadable.get(one.id)),
  };
  return { vendorId: one.id, learnerVendorId: null, record };
}

function seeEmployer(one: EmployerRecord, { unreadable }: Seeing): SeenRecord {
  const record: SmartassessorEmployerRecord = {
    id: one.id,
    misId: one.misId,
    name: one.name,
    edrs: one.edrs,
    postcode: one.postcode,
    ...gapsOf(one, unreadable.get(one.id)),
  };
  return { vendorId: one.id, learnerVendorId: null, record };
}

function seeCourse(one: CourseRecord, { unreadable }: Seeing): SeenRecord {
  const record: SmartassessorCourseRecord = {
    id: one.id,
    title: one.title,
    qanCode: one.qanCode,
    standardCode: one.standardCode,
    isActive: one.isActive,
    ...gapsOf(one, unreadable.get(one.id)),
  };
  return { vendorId: one.id, learnerVendorId: null, record };
}

function seeLearnerCourse(one: LearnerCourseRecord, { unreadable }: Seeing): SeenRecord {
  const id = toCourseKey(one);
  const record: SmartassessorLearnerCourseRecord = {
    id,
    learnerId: one.learnerId,
    courseId: one.courseId,
    qanCode: one.qanCode,
    title: one.title,
    startDate: one.startDate,
    endDate: one.endDate,
    status: one.status === null ? null : toWord(one.status),
    assessorId: one.assessorId,
    secondAssessorId: one.secondAssessorId,
    assessedPc: one.assessedPc,
    mappedPc: one.mappedPc,
    unitsTotal: one.unitsTotal,
    unitsComplete: one.unitsComplete,
    ...gapsOf(one, unreadable.get(id)),
  };
  return { vendorId: id, learnerVendorId: one.learnerId, record };
}

function seeSession(one: SessionRecord, { unreadable }: Seeing): SeenRecord {
  const id = toSessionKey(one);
  const record: SmartassessorSessionRecord = {
    id,
    sessionId: one.id,
    learnerId: one.learnerId,
    assessorId: one.assessorId,
    courseIds: [...one.courseIds],
    qanCode: one.qanCode,
    type: one.type === null ? null : toWord(one.type),
    status: one.status === null ? null : toWord(one.status),
    startsAt: one.startsAt,
    durationMinutes: one.durationMinutes,
    ...gapsOf(one, unreadable.get(id)),
  };
  return { vendorId: id, learnerVendorId: one.learnerId, record };
}

/** Several learners may have one session: a review of PICS has one. */
export function toSessionKey({ id, learnerId }: Pick<SessionRecord, 'id' | 'learnerId'>): string {
  return `${id}/${learnerId}`;
}

/** The session of a key; a session's own id has no slash. */
export function fromSessionKey(
  key: string,
): { readonly sessionId: string; readonly learnerId: string } | null {
  const at = key.indexOf('/');
  return at <= 0 || at === key.length - 1
    ? null
    : { sessionId: key.slice(0, at), learnerId: key.slice(at + 1) };
}

/** `ofListing`: what the problems of the listing say. A record that was read by itself says it itself. */
function gapsOf(
  { unread, unreadable = [] }: Pick<LearnerRecord, 'unread' | 'unreadable'>,
  ofListing: readonly string[] = [],
) {
  const odd = unreadable.length + ofListing.length === 0 ? null : new Set([...unreadable, ...ofListing]);
  return {
    unread: unread.length === 0 ? null : unread.toSorted(),
    unreadable: odd === null ? null : [...odd].toSorted(),
  };
}

function toWord(value: string | OtherValue): string {
  return typeof value === 'string' ? value : `other:${value.other}`;
}

/** Fields of records that hold a number. */
const numbers: ReadonlySet<string> = new Set(['riskScore', 'assessedPc', 'unitsTotal', 'unitsComplete']);

/**
 * D-17: which of the fields that a rule uses Smart Assessor shows with content that cannot be understood. Null: all can.
 *
 * The reconciler and every look at the learner use this function and get the same held item. The reconciler opens it;
 * the looks keep it open while the record stays so, and close it afterwards.
 */
export function findUnreadable(
  { entity, vendorId, record }: Pick<Shadow, 'entity' | 'vendorId' | 'record'>,
  used: readonly string[],
): Hold | null {
  const names = record['unreadable'];
  const fields = Array.isArray(names) ? used.filter((name) => names.includes(name)) : [];
  if (fields.length === 0) return null;
  return {
    subject: `${entity}:${vendorId}`,
    code: fields.some((name) => numbers.has(name)) ? 'UNREADABLE_VALUE' : 'UNREADABLE_DATE',
    params: {
      vendor: vendorTitles.smartassessor,
      what: `${entity.replace('learner-', '')} ${vendorId}`,
      field: fields.join(', '),
    },
  };
}
