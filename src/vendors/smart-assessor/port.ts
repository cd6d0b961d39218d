/**
 * Smart Assessor in our words: its records, what can be asked of it, and how it answers. The rules know this file, never
 * a wire name; a contract module under `wire/` puts each operation on the wire (smart-assessor-api 7).
 *
 * A field that is null is blank at the vendor. A field that the contract cannot read is null too and is named in
 * `unread`: nothing may take it for blank.
 */

/** Ids are opaque text in normal form: trimmed, without braces, GUIDs in lower case. One type each: they are never mixed. */
type LearnerId = string & { readonly kind?: 'learner' };
type AssessorId = string & { readonly kind?: 'assessor' };
type CourseId = string & { readonly kind?: 'course' };
type SessionId = string & { readonly kind?: 'session' };
/** Decimal text without sign or leading zeros. */
type EmployerId = string & { readonly kind?: 'employer' };

type Read = {
  /** Names of fields that this contract cannot read. */
  readonly unread: readonly string[];
  /** Names of fields whose content made no sense; absent = none. */
  readonly unreadable?: readonly string[];
};

type Address = {
  /** Line 1, locality, town, county; PICS line 5 is not sent. Null in a line: blank. */
  readonly addressLine1: string | null;
  readonly addressLine2: string | null;
  readonly addressLine3: string | null;
  readonly addressLine4: string | null;
  readonly postcode: string | null;
};

export type LearnerFields = Address & {
  readonly misId: string | null;
  readonly studentId: string | null;
  readonly familyName: string | null;
  readonly givenNames: string | null;
  /** `yyyy-mm-dd`. */
  readonly dateOfBirth: string | null;
  readonly uln: string | null;
  readonly sex: 'male' | 'female' | null;
  readonly niNumber: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly mobile: string | null;
  readonly employerId: EmployerId | null;
};
export type LearnerRecord = LearnerFields &
  Read & {
    readonly id: LearnerId;
    readonly isArchived: boolean | null;
    /** From 0, the lowest risk, to 1. */
    readonly riskScore: number | null;
  };

export type EmployerFields = Address & {
  readonly misId: string | null;
  readonly name: string | null;
  readonly edrs: string | null;
  readonly phone: string | null;
  readonly website: string | null;
  /** Head count as PICS has it; the contract turns it into a band. Read back as the vendor's text. */
  readonly employerSize: string | null;
};
export type EmployerRecord = EmployerFields & Read & { readonly id: EmployerId };

type StaffRole = 'assessor' | 'iqa';
export type AssessorFields = {
  readonly misId: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly userName: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly mobile: string | null;
};
export type AssessorRecord = AssessorFields &
  Read & {
    readonly id: AssessorId;
    readonly roles: readonly (StaffRole | { readonly other: string })[];
    readonly isArchived: boolean | null;
  };

export type CourseRecord = Read & {
  readonly id: CourseId;
  readonly title: string | null;
  /** Without slashes: `60112345`. */
  readonly qanCode: string | null;
  readonly standardCode: string | null;
  /** Null: the vendor does not say, and the course counts as active. */
  readonly isActive: boolean | null;
};

export type CourseStatus =
  | 'awaiting-induction'
  | 'in-training'
  | 'training-suspended'
  | 'iqa-approved'
  | 'completed'
  | 'certificated'
  | 'exempt'
  | 'early-leaver'
  | 'transferred';
/** A value that the contract's table does not have: kept as it came, reported once, never guessed. */
export type OtherValue = { readonly other: string };

export type LearnerCourseRecord = Read & {
  readonly learnerId: LearnerId;
  readonly courseId: CourseId;
  readonly qanCode: string | null;
  readonly title: string | null;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly status: CourseStatus | OtherValue | null;
  readonly assessorId: AssessorId | null;
  readonly secondAssessorId: AssessorId | null;
  /** Percentages from 0 to 100. `assessedPc` is progress (criteria signed off). */
  readonly assessedPc: number | null;
  readonly mappedPc: number | null;
  /** Moves daily by itself: never part of a hash. */
  readonly timelinePc: number | null;
  readonly unitsTotal: number | null;
  readonly unitsComplete: number | null;
};

export type SessionType =
  | 'general'
  | 'induction'
  | 'formal-review'
  | 'telephone'
  | 'exit-session'
  | 'out-of-the-workplace'
  | 'tests-exams'
  | 'learner-support'
  | 'initial'
  | 'gateway-ready'
  | 'epa';
export type SessionStatus =
  | 'open'
  | 'attended'
  | 'cancelled-by-learner'
  | 'cancelled-by-assessor'
  | 'cancelled-by-employer';
/** One session of one learner: rows of one session and learner are merged. */
export type SessionRecord = Read & {
  readonly id: SessionId;
  readonly learnerId: LearnerId;
  readonly assessorId: AssessorId | null;
  /** Sorted. */
  readonly courseIds: readonly CourseId[];
  readonly qanCode: string | null;
  readonly type: SessionType | OtherValue | null;
  readonly status: SessionStatus | OtherValue | null;
  /** `yyyy-mm-ddThh:mm:ss`, London's local time. */
  readonly startsAt: string | null;
  readonly durationMinutes: number | null;
};

export type UnitRecord = {
  readonly unitId: string;
  readonly reference: string | null;
  readonly title: string | null;
  readonly state: 'not-started' | 'working' | 'complete' | OtherValue | null;
  readonly completedOn: string | null;
};

/** A field that could not be read. The record stays; with `bad-id` or `bad-record` there is no record. */
export type Problem = {
  readonly id: string | null;
  readonly field: string;
  readonly code: 'bad-date' | 'bad-number' | 'bad-id' | 'bad-record' | 'unknown-value' | 'bad-duplicate';
};
export type Listing<T> = {
  readonly records: readonly T[];
  readonly problems: readonly Problem[];
  /** Unfiltered or filtered as asked, whole, without signs of paging: what it does not show is not there. */
  readonly isComplete: boolean;
  readonly readAtMs: number;
};
export type Match<T> =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly record: T }
  | { readonly kind: 'several'; readonly ids: readonly string[] };

/** Blank fields are left out on create. On update: absent = unchanged, `''` clears where the contract can. */
export type CreateLearner = Partial<LearnerFields> & {
  readonly misId: string;
  readonly sendWelcomeEmail: boolean;
};
export type Enrol = {
  readonly learnerId: LearnerId;
  readonly courseId: CourseId;
  readonly qanCode: string | null;
  readonly title: string | null;
  readonly startDate: string;
  readonly endDate?: string;
  readonly assessorId?: AssessorId;
  readonly secondAssessorId?: AssessorId;
};
type SetAssessor = {
  readonly learnerId: LearnerId;
  readonly courseId: CourseId;
  readonly assessorId: AssessorId;
};

/** Everything that can be asked: its input and its value. A person's operation name is the wire history's too. */
export type Operations = {
  'test-connection': { input: Record<never, never>; output: { readonly latencyMs: number } };
  'read-courses': { input: Record<never, never>; output: Listing<CourseRecord> };
  'read-employers': { input: Record<never, never>; output: Listing<EmployerRecord> };
  'read-assessors': { input: { readonly includeArchived: boolean }; output: Listing<AssessorRecord> };
  'read-learners': { input: { readonly includeArchived: boolean }; output: Listing<LearnerRecord> };
  'read-learner': { input: { readonly id: LearnerId }; output: LearnerRecord | null };
  'read-learner-courses': { input: { readonly learnerId?: LearnerId }; output: Listing<LearnerCourseRecord> };
  'read-sessions': { input: { readonly learnerId?: LearnerId }; output: Listing<SessionRecord> };
  'read-units': {
    input: { readonly learnerId: LearnerId; readonly courseId: CourseId };
    output: Listing<UnitRecord>;
  };
  'find-learner': { input: { readonly misId: string }; output: Match<LearnerRecord> };
  'find-employer': { input: { readonly misId: string }; output: Match<EmployerRecord> };
  'find-assessor': { input: { readonly misId: string }; output: Match<AssessorRecord> };
  'create-employer': { input: Partial<EmployerFields> & { readonly misId: string }; output: EmployerId };
  'create-assessor': { input: Partial<AssessorFields> & { readonly misId: string }; output: AssessorId };
  'create-learner': { input: CreateLearner; output: LearnerId };
  'update-learner': {
    input: { readonly id: LearnerId; readonly fields: Partial<LearnerFields> };
    output: null;
  };
  'update-assessor': {
    input: { readonly id: AssessorId; readonly fields: Partial<AssessorFields> };
    output: null;
  };
  'enrol-on-course': { input: Enrol; output: null };
  'set-assessor': { input: SetAssessor; output: null };
  'set-second-assessor': { input: SetAssessor; output: null };
  'write-mis-id': {
    input: {
      readonly kind: 'learner' | 'employer' | 'assessor';
      readonly id: string;
      readonly misId: string | null;
    };
    output: null;
  };
};
export type Operation = keyof Operations;

export type Capabilities = {
  readonly changedSince: boolean;
  readonly paging: boolean;
  readonly singleCallEnrol: boolean;
  readonly smartCoach: boolean;
  readonly units: boolean;
  readonly filterByMisId: boolean;
  readonly filterByLearner: boolean;
  readonly secondAssessor: boolean;
  readonly welcomeEmailFlag: boolean;
  readonly studentId: boolean;
  readonly archivedFlag: boolean;
  readonly storesMisId: boolean;
  readonly clearsByEmpty: boolean;
  readonly dryRun: boolean;
  readonly misIdForm: 'text' | 'integer';
  /** Our names of fields that `update-learner` takes. */
  readonly updatableLearnerFields: readonly string[];
};

export type RejectedCode =
  | 'invalid-field'
  | 'missing'
  | 'already-enrolled'
  | 'course-inactive'
  | 'duplicate-login'
  | 'duplicate-mis-id'
  | 'archived'
  | 'queued-for-matching'
  | 'needs-login'
  | 'unreadable'
  | 'other';
export type PortFailure =
  | {
      readonly kind: 'unreachable';
      readonly detail: string;
      readonly cause: 'name' | 'refused' | 'timeout' | 'tls' | 'status' | 'cut';
    }
  | { readonly kind: 'unknown'; readonly detail: string; readonly isEmptyId: boolean }
  | { readonly kind: 'throttled'; readonly detail: string; readonly retryAfterMs: number | null }
  | { readonly kind: 'unauthorized'; readonly part: 'login' | 'key' | null; readonly detail: string }
  /** `fields`: our names. `detail`: the vendor's text, for administrators, never logged. */
  | {
      readonly kind: 'rejected';
      readonly code: RejectedCode;
      readonly fields: readonly string[];
      readonly detail: string;
    };
export type Answer<T> =
  /** `readAtMs`: when the list was read out of which a look-up was answered; absent = now. */
  | { readonly kind: 'ok'; readonly value: T; readonly readAtMs?: number }
  | { readonly kind: 'dry-run' }
  | { readonly kind: 'unsupported'; readonly capability: keyof Capabilities }
  | PortFailure;
