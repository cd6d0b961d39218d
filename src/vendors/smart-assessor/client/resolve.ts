import type { Intent } from '../../../domain/ledger.ts';
import type { Observation } from '../../../domain/observation.ts';
import type { Resolution } from '../../../domain/step.ts';
import type { AssessorRecord, EmployerRecord, LearnerRecord } from '../port.ts';
import { fromCourseKey } from '../rules/calls.ts';
import { toFailure } from './failures.ts';
import { afresh, emptyDone, type Making, observe, toLink } from './making.ts';

/** A record that a create may have made: what it is, and whose key it has. */
export type Made = {
  readonly name: 'create-learner' | 'create-employer' | 'create-assessor';
  readonly kind: 'learner' | 'officer' | 'organisation';
  readonly picsId: string;
};

const kinds: Readonly<Record<string, Made['kind']>> = {
  'create-learner': 'learner',
  'create-employer': 'organisation',
  'create-assessor': 'officer',
};

/**
 * G-5, smart-assessor-api 10.1: looks for what a create without an answer may have made: people and employers by their MIS
 * id, archived ones included, enrolments by learner and course. A contract that keeps no MIS ids leaves it to a person.
 */
export async function resolveCreate(
  { step, naturalKey }: Pick<Intent, 'step' | 'naturalKey'>,
  making: Making,
): Promise<Resolution> {
  if (naturalKey === null) return hold;
  const kind = kinds[step];
  if (kind !== undefined) return findMade({ kind, picsId: naturalKey }, afresh(making));
  const key = step === 'enrol-on-course' ? fromCourseKey(naturalKey) : null;
  return key === null ? hold : findEnrolment(key, afresh(making));
}

const hold: Resolution = { kind: 'blind', policy: 'hold' };

/** One match is ours and is linked. Nothing is concluded from a list that does not show archived people. */
export async function findMade({ kind, picsId }: Omit<Made, 'name'>, making: Making): Promise<Resolution> {
  const sentAtMs = making.now();
  const { port, account } = making;
  const find = { learner: 'find-learner', officer: 'find-assessor', organisation: 'find-employer' } as const;
  const answer = await port.call(find[kind], { misId: picsId }, account);
  if (answer.kind === 'unsupported') return hold;
  if (answer.kind !== 'ok') return toFailure(answer, find[kind], { kind, code: picsId });
  const match = answer.value;
  if (match.kind === 'several') return { kind: 'several', count: match.ids.length };
  if (match.kind === 'none') {
    const isProof = kind === 'organisation' || port.contract.capabilities.archivedFlag;
    return isProof ? { kind: 'absent' } : hold;
  }
  const { record } = match;
  const link = { kind, picsId, vendorId: record.id, how: 'created' } as const;
  const observed = see[kind](record as never, making, answer.readAtMs ?? sentAtMs);
  return {
    kind: 'found',
    done: { ...emptyDone, vendorId: record.id, observed, links: [toLink(link, making)] },
  };
}

type See = (record: never, making: Making, sentAtMs: number) => readonly Observation[];
const see: Readonly<Record<Made['kind'], See>> = {
  learner: (record: LearnerRecord, making, at) => observe('learner', { records: [record] }, making, at),
  officer: (record: AssessorRecord, making, at) => observe('assessor', { records: [record] }, making, at),
  organisation: (record: EmployerRecord, making, at) =>
    observe('employer', { records: [record] }, making, at),
};

async function findEnrolment(
  { learnerId, courseId }: { readonly learnerId: string; readonly courseId: string },
  making: Making,
): Promise<Resolution> {
  const sentAtMs = making.now();
  const answer = await making.port.call('read-learner-courses', { learnerId }, making.account);
  if (answer.kind !== 'ok') return toFailure(answer, 'read-courses', {});
  const found = answer.value.records.filter((one) => one.courseId === courseId);
  if (found.length > 0) {
    const observed = observe('learner-course', { records: found }, making, answer.readAtMs ?? sentAtMs);
    return { kind: 'found', done: { ...emptyDone, vendorId: `${learnerId}/${courseId}`, observed } };
  }
  return answer.value.isComplete ? { kind: 'absent' } : { kind: 'unknown', detail: 'INCOMPLETE' };
}
