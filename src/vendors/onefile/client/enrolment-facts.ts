import type { OnefileLearnerRecord } from '../../../kafka/generated/types.ts';
import type {
  EnrolmentAsk,
  EnrolmentFacts,
  LearnerCandidate,
  Named,
  OfferedStandard,
} from '../rules/enrol/facts.ts';
import { spellingsOf } from '../rules/values.ts';
import { routes } from '../wire/names.ts';
import { toClassroom, toLearner } from '../wire/normal-form.ts';
import { idOf, textOf } from '../wire/values.ts';
import { toRows } from './answers.ts';
import type { Account, ApiFailure } from './api.ts';
import { type Failed, toFailure } from './making.ts';
import { readOwn, searchUsers, toFullName } from './owners.ts';
import { type FoundRow, readById, searchAll, type WantedUser } from './searches.ts';
import type { CentreClient } from './sight.ts';

type AccountedClient = { readonly parts: CentreClient; readonly account: Account };

const keepCentresMs = 3_600_000;

type ReadEnrolmentFacts = (ask: EnrolmentAsk, account: Account) => Promise<EnrolmentFacts | Failed>;

/**
 * Asks OneFile for the facts that planning an enrolment needs (OF-11, OF-12, OF-32).
 *
 * All questions are asked at the same time, because a person waits. If one of them fails, the whole answer
 * is that failure. The list of centres is kept for an hour.
 */
export function createReadEnrolmentFacts(parts: CentreClient): ReadEnrolmentFacts {
  let centres: readonly Named[] = [];
  let centresReadAtMs = Number.NEGATIVE_INFINITY;

  async function readCentres(account: Account): Promise<readonly Named[] | Failed> {
    if (parts.steadyMs() - centresReadAtMs < keepCentresMs) return centres;
    const found = await searchAll(parts.api, parts.searches.organisations(), account);
    if (found.kind !== 'rows') return toFailure(found);
    centres = found.rows.map(({ id, row }) => ({ id, name: textOf(row, 'Name') }));
    centresReadAtMs = parts.steadyMs();
    return centres;
  }

  return async (ask, account) => {
    const of = { parts, account };
    // All at the same time: a person waits for it.
    const [candidates, assessors, missingAssessors, places, classrooms, known] = await Promise.all([
      readCandidates(ask, of),
      readAssessorsByCode(ask.officers, of),
      readMissing(ask.assessorIds, of),
      readPlaces(ask, of),
      readClassrooms(ask.classroom, of),
      readCentres(account),
    ]);
    if ('kind' in candidates) return candidates;
    if (isFailed(assessors)) return assessors;
    if ('kind' in missingAssessors) return missingAssessors;
    if ('kind' in places) return places;
    if ('kind' in classrooms) return classrooms;
    if ('kind' in known) return known;
    return { candidates, assessors, missingAssessors, ...places, classrooms, centres: known };
  };
}

/** OF-11: candidates by MIS value, by e-mail and by names; archived ones are included. */
async function readCandidates(
  { ident, email, firstName, lastName }: EnrolmentAsk,
  of: AccountedClient,
): Promise<readonly LearnerCandidate[] | Failed> {
  const asked: readonly WantedUser[] = [{ misId: ident }, { email }, { firstName, lastName }];
  // An empty filter would find all learners.
  const searches = asked.filter((wanted) => !Object.values(wanted).includes(''));
  const byId = new Map<string, LearnerCandidate>();
  for (const found of await Promise.all(searches.map((wanted) => searchUsers('learner', wanted, of)))) {
    if (found.kind !== 'rows') return toFailure(found);
    for (const { id, row } of found.rows) byId.set(id, toCandidate(toLearner(row, id, of.parts.names)));
  }
  return [...byId.values()];
}

function toCandidate(learner: OnefileLearnerRecord): LearnerCandidate {
  const { id, misId, firstName, lastName, email, dob, uln, nino } = learner;
  return { id, misId, firstName, lastName, email, birthDate: dob, uln, niNumber: nino };
}

async function readAssessorsByCode(
  codes: readonly string[],
  of: AccountedClient,
): Promise<EnrolmentFacts['assessors'] | Failed> {
  const search = async (code: string) => ({
    code,
    found: await searchUsers('assessor', { misId: code }, of),
  });
  const byCode: Record<string, readonly Named[]> = {};
  for (const { code, found } of await Promise.all(codes.map(search))) {
    if (found.kind !== 'rows') return toFailure(found);
    byCode[code] = found.rows.map((one) => ({ id: one.id, name: toFullName(one) }));
  }
  return byCode;
}

async function readMissing(ids: readonly string[], of: AccountedClient): Promise<readonly string[] | Failed> {
  const assessor = { toRoute: routes.user, isOurs: of.parts.searches.isAssessor };
  const read = await Promise.all(ids.map((id) => readOwn(id, assessor, of)));
  for (const one of read) if (one !== null && one.kind !== 'record') return one;
  return ids.filter((_id, index) => read[index] === null);
}

type Places = Pick<EnrolmentFacts, 'placements' | 'isPlacementMissing'>;

async function readPlaces(
  { organisation, placementId }: EnrolmentAsk,
  of: AccountedClient,
): Promise<Places | Failed> {
  const { api, searches } = of.parts;
  const found =
    organisation === null
      ? null
      : await searchAll(api, searches.placements({ misId: organisation }), of.account);
  if (found !== null && found.kind !== 'rows') return toFailure(found);
  const placements = (found?.rows ?? []).map(toNamed);
  if (placementId === null) return { placements, isPlacementMissing: false };
  const placement = { toRoute: routes.placement, isOurs: of.parts.searches.isOfCentre };
  const read = await readOwn(placementId, placement, of);
  if (read !== null && read.kind !== 'record') return read;
  return { placements, isPlacementMissing: read === null };
}

/** classrooms with exactly this name, ignoring case. Archived ones are left out. */
async function readClassrooms(
  name: string | null,
  { parts, account }: AccountedClient,
): Promise<readonly Named[] | Failed> {
  if (name === null) return [];
  const open = new Map<string, Named>();
  for (const spelled of spellingsOf({ name })) {
    const found = await searchAll(parts.api, parts.searches.classrooms(spelled), account);
    if (found.kind !== 'rows') return toFailure(found);
    for (const one of found.rows) {
      const archived = await readArchived(one, { parts, account });
      if (typeof archived === 'object') return archived;
      if (!archived) open.set(one.id, toNamed(one));
    }
  }
  return [...open.values()];
}

/** A thin row does not show it. A classroom counts as open if its full record does not show it either. */
async function readArchived(
  { id, row }: FoundRow,
  { parts, account }: AccountedClient,
): Promise<boolean | Failed> {
  const shown = toClassroom(row, id, parts.names).archived;
  if (shown !== null) return shown;
  const read = await readById(parts.api, routes.classroom(id), account);
  if (read.kind !== 'missing' && read.kind !== 'record') return toFailure(read);
  return read.kind === 'record' && toClassroom(read.row, id, parts.names).archived === true;
}

function toNamed({ id, row }: FoundRow): Named {
  return { id, name: textOf(row, 'Name') };
}

function isFailed(value: EnrolmentFacts['assessors'] | Failed): value is Failed {
  return typeof value['kind'] === 'string';
}

/**
 * OF-18: reads the standards that the centre offers. Several may have the same code (pathways). One without
 * a code is left out, because no qualification can name it.
 */
export async function readOfferedStandards(
  parts: CentreClient,
  account: Account,
): Promise<readonly OfferedStandard[] | Failed> {
  const read = await parts.catalogue.refresh(account);
  if (read.kind !== 'standards') return toFailure(read);
  const open = await readOpenIds(parts, account);
  if (open.kind !== 'ids') return toFailure(open);
  return read.standards.flatMap(({ id, code, title }) =>
    code === null || open.ids?.has(id) === false ? [] : [{ id, code, title }],
  );
}

type OpenIds = { readonly kind: 'ids'; readonly ids: ReadonlySet<string> | null };

/** Ids of the standards open to the centre; null when OneFile does not say, so that all count. */
export async function readOpenIds(
  { api, centreId }: CentreClient,
  account: Account,
): Promise<OpenIds | ApiFailure> {
  const answer = await api.call(routes.assignedStandards(centreId), null, account);
  if (answer.kind === 'rejected') return { kind: 'ids', ids: null };
  if (answer.kind !== 'ok') return answer;
  const rows = toRows(answer);
  if (rows === null) return { kind: 'unknown', detail: 'UNREADABLE' };
  const ids = rows.map((row) => idOf(row, 'ID')).filter((id) => id !== null);
  return { kind: 'ids', ids: ids.length === 0 ? null : new Set(ids) };
}
