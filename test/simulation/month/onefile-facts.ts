import type { JsonObject } from '../../../src/domain/json.ts';
import type {
  EnrolmentAsk,
  EnrolmentFacts,
  LearnerCandidate,
  Named,
} from '../../../src/vendors/onefile/rules/enrol/facts.ts';
import type { Entity, OneFileState } from './onefile-state.ts';

/** What OneFile says when an enrolment is planned (OF-11, OF-32). */
export function readFacts(state: OneFileState, ask: EnrolmentAsk): EnrolmentFacts {
  const named = (entity: Entity, code: string): readonly Named[] =>
    [...state.table(entity)]
      .filter(([, { misId }]) => misId === code)
      .map(([id, { lastName, name }]) => ({ id, name: String(lastName ?? name) }));
  return {
    candidates: findLearners(state, ask),
    assessors: Object.fromEntries(ask.officers.map((code) => [code, named('assessor', code)])),
    missingAssessors: ask.assessorIds.filter((id) => state.find('assessor', id) === undefined),
    placements: ask.organisation === null ? [] : named('placement', ask.organisation),
    isPlacementMissing: ask.placementId !== null && state.find('placement', ask.placementId) === undefined,
    classrooms: [],
    centres: [{ id: '301', name: 'Larkfield' }],
  };
}

type Wanted = Pick<EnrolmentAsk, 'ident' | 'email' | 'firstName' | 'lastName'>;

/** By MIS value, by e-mail, by names. */
function findLearners(state: OneFileState, { ident, email, ...names }: Wanted): readonly LearnerCandidate[] {
  const isHit = (record: JsonObject): boolean =>
    record['misId'] === ident ||
    record['email'] === email ||
    (record['firstName'] === names.firstName && record['lastName'] === names.lastName);
  const text = (record: JsonObject, field: string): string | null => {
    const value = record[field];
    return typeof value === 'string' ? value : null;
  };
  return [...state.table('learner')]
    .filter(([, record]) => isHit(record))
    .map(([id, record]) => ({
      ...{ id, misId: text(record, 'misId'), email: text(record, 'email') },
      ...{ firstName: text(record, 'firstName'), lastName: text(record, 'lastName') },
      ...{ birthDate: text(record, 'dob'), uln: text(record, 'uln'), niNumber: text(record, 'nino') },
    }));
}

/** O10: by the MIS value it was created with, else by names and e-mail where it has none. */
export function lookForLearner(
  state: OneFileState,
  { misId, except }: { readonly misId: string | null; readonly except: readonly string[] },
  about: {
    readonly firstName: string | null;
    readonly lastName: string | null;
    readonly email: string | null;
  },
): readonly string[] {
  const all = [...state.table('learner')].filter(([id]) => !except.includes(id));
  const byMis = all.filter(([, record]) => misId !== null && record['misId'] === misId);
  if (byMis.length > 0) return byMis.map(([id]) => id);
  return all
    .filter(
      ([, record]) =>
        [null, misId].includes((record['misId'] ?? null) as string | null) &&
        record['firstName'] === about.firstName &&
        record['lastName'] === about.lastName &&
        record['email'] === about.email,
    )
    .map(([id]) => id);
}
