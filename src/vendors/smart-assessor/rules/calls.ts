import type { OwnerKey } from '../../../domain/owner.ts';
import type { Call, CallEffect } from '../../../domain/step.ts';
import { readKey } from '../../../domain/view.ts';
import { toLearnerSubject } from '../../common/learner-link.ts';
import { toOwnerSubject } from '../../common/link-steps.ts';
import type { PersonFacts } from '../../common/person.ts';
import type { AssessorFields, CreateLearner, EmployerFields, Enrol } from '../port.ts';

/* The calls of the rules, with what the client makes of them (`client/execute.ts`). */

type Fields = Readonly<Record<string, string>>;

/** What each call is given. */
type Requests = {
  /** G-2: looks up a learner by the id typed into PICS. */
  'check-learner': { readonly ident: string; readonly learnerId: string };
  'read-learner': { readonly ident: string; readonly learnerId: string };
  /** The courses that a learner is on. */
  'read-courses': { readonly learnerId: string };
  'read-sessions': { readonly learnerId: string };
  /** Looks for a learner of ours before it is created; the person is compared before it is adopted (D-13). */
  'find-learner': { readonly ident: string; readonly person: PersonFacts };
  /** By id where one was typed, else by the code as MIS id, before it is created. */
  'find-assessor': { readonly code: string; readonly typedId: string | null };
  'find-employer': { readonly code: string; readonly typedId: string | null };
  'read-assessor': { readonly code: string; readonly assessorId: string };
  'create-learner': CreateLearner;
  'create-employer': Partial<EmployerFields> & { readonly misId: string };
  'create-assessor': Partial<AssessorFields> & { readonly misId: string };
  /** `reference` is PICS's, for the message. `wasActive`: what the kept list of courses says. */
  'enrol-on-course': Enrol & { readonly reference: string; readonly wasActive: boolean | null };
  'set-assessor': { readonly learnerId: string; readonly courseId: string; readonly assessorId: string };
  'set-second-assessor': {
    readonly learnerId: string;
    readonly courseId: string;
    readonly assessorId: string;
  };
  /** `fields`: by their names in the port. All of them are read back. */
  'update-learner': { readonly ident: string; readonly learnerId: string; readonly fields: Fields };
  'update-assessor': { readonly code: string; readonly assessorId: string; readonly fields: Fields };
};
export type CallName = keyof Requests;
export type RequestOf<N extends CallName> = Requests[N];

const effects: Readonly<Record<CallName, CallEffect>> = {
  'check-learner': 'read',
  'read-learner': 'read',
  'read-courses': 'read',
  'read-sessions': 'read',
  'find-learner': 'read',
  'find-assessor': 'read',
  'find-employer': 'read',
  'read-assessor': 'read',
  'create-learner': 'create',
  'create-employer': 'create',
  'create-assessor': 'create',
  'enrol-on-course': 'create',
  'set-assessor': 'update',
  'set-second-assessor': 'update',
  'update-learner': 'update',
  'update-assessor': 'update',
};

type Naming = {
  readonly subject: string;
  /** By what a create is found again. */
  readonly naturalKey?: string;
  readonly milestone?: string;
};

export function callOf<N extends CallName>(
  name: N,
  { subject, naturalKey, milestone }: Naming,
  request: Requests[N],
): Call {
  return {
    name,
    effect: effects[name],
    subject,
    naturalKey: naturalKey ?? null,
    request: request as unknown as Call['request'],
    ...(milestone !== undefined && { milestone }),
  };
}

/** A learner of PICS and its id at Smart Assessor. */
export type Of = {
  readonly ident: string;
  readonly learnerId: string;
  /** The first reads after the typed id was found: what was read before could not be applied yet. */
  readonly isFirst?: boolean;
};

export function toCheckLearner({ ident, learnerId }: Of): Call {
  return callOf('check-learner', { subject: toLearnerSubject(ident) }, { ident, learnerId });
}

export function toReadLearner({ ident, learnerId }: Of): Call {
  return callOf('read-learner', { subject: toLearnerSubject(ident) }, { ident, learnerId });
}

export function toReadCourses({ learnerId, isFirst = false }: Of): Call {
  const subject = `courses:${learnerId}${isFirst ? '/first' : ''}`;
  return callOf('read-courses', { subject }, { learnerId });
}

export function toReadSessions({ learnerId, isFirst = false }: Of): Call {
  const subject = `sessions:${learnerId}${isFirst ? '/first' : ''}`;
  return callOf('read-sessions', { subject }, { learnerId });
}

/** Looks an officer or organisation up: by the id that was typed, or by our code before it is created. */
export function toFindOwner(owner: OwnerKey, typedId: string | null): Call {
  const subject = toOwnerSubject(owner);
  const request = { code: owner.code, typedId };
  return owner.kind === 'officer'
    ? callOf('find-assessor', { subject }, request)
    : callOf('find-employer', { subject }, request);
}

export function toReadAssessor(code: string, assessorId: string): Call {
  return callOf('read-assessor', { subject: `officer:${code}` }, { code, assessorId });
}

/** Keys of the reads that a full pass has already made for a learner, so that its look does not repeat them. */
export function toPassReads(of: Of): readonly string[] {
  return [toReadLearner(of), toReadCourses(of), toReadSessions(of)].map(readKey);
}

/** The same for an officer or organisation. */
export function toOwnerPassReads({ kind, code }: OwnerKey): readonly string[] {
  return kind === 'officer' ? [readKey(toReadAssessor(code, ''))] : [];
}

/** The key by which a learner's course is found again, which is that of its topic too. */
export function toCourseKey({ learnerId, courseId }: { learnerId: string; courseId: string }): string {
  return `${learnerId}/${courseId}`;
}

export function fromCourseKey(key: string): { readonly learnerId: string; readonly courseId: string } | null {
  const [learnerId, courseId, ...rest] = key.split('/');
  return learnerId === undefined || courseId === undefined || rest.length > 0
    ? null
    : { learnerId, courseId };
}
