import type { JsonObject } from '../../../src/core/json.ts';
import type { Learner, Placement, Qualification, Review } from '../../../src/core/learner.ts';
import type { Owner } from '../../../src/core/owner.ts';
import type { OneFileSettings } from '../../../src/vendors/onefile/rules/settings.ts';
import { buildLearner, buildQualification, buildReview } from '../../support/learner.ts';
import type { createRandom } from '../../support/random.ts';
import type { Entity, OneFileState } from './onefile-state.ts';
import { blankAim } from './onefile-writes.ts';

type Random = ReturnType<typeof createRandom>;
type Options = { readonly learnerCount: number; readonly nowMs: number };

const dayMs = 86_400_000;

/** References as PICS writes them, with the standard that OneFile has for each. The last is not offered there. */
export const references = ['603/1122/3', '600/9999/1', '196AS', '0123', '555OP', '601/4444/X'] as const;
const offered = references.slice(0, 5);
export const officerCodes = Array.from({ length: 14 }, (_, index) => `OFF${String(index).padStart(2, '0')}`);
export const organisationCodes = ['ORG1', 'ORG2', 'ORG3', 'ORG4'];

/** Two systems that grew apart for a while: most learners stand in both, with values here, there, or in both. */
export function populate(
  state: OneFileState,
  random: Random,
  options: Options,
): {
  readonly learners: readonly Learner[];
  readonly owners: readonly Owner[];
  /** what is used when PICS names nobody; sometimes there is none. */
  readonly fallbacks: Pick<
    OneFileSettings,
    'fallbackClassroomId' | 'fallbackPlacementId' | 'fallbackAssessorId'
  >;
} {
  for (const reference of offered) {
    const id = state.newId();
    state.put('standard', id, { title: reference, code: toCode(reference) });
  }
  const owners = [...officerCodes.map((code) => populateOfficer(state, random, code)), ...toOrganisations()];
  const learners = Array.from({ length: options.learnerCount }, (_, index) =>
    populateLearner(state, random, { ...options, ident: String(10_001 + index) }),
  );
  return { learners, owners, fallbacks: populateFallbacks(state, random) };
}

function populateFallbacks(state: OneFileState, random: Random) {
  const put = (entity: Entity): string => {
    const id = state.newId();
    state.put(entity, id, { name: 'Fallback', misId: null });
    return id;
  };
  return {
    fallbackClassroomId: put('classroom'),
    ...(random.chance() < 0.5 ? { fallbackPlacementId: put('placement') } : {}),
    ...(random.chance() < 0.5 ? { fallbackAssessorId: put('assessor') } : {}),
  };
}

export function toCode(reference: string): string {
  return reference.replace(/[\s/]/g, '').toUpperCase();
}

export function toLocalTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16)}:00`;
}

export function aDate(random: Random, nowMs: number): string {
  return new Date(nowMs - random.below(200) * dayMs).toISOString().slice(0, 10);
}

/** Some are known by MIS value, some by an id in PICS, some twice, some not at all. */
function populateOfficer(state: OneFileState, random: Random, code: string): Owner {
  const dice = random.chance();
  const known = {
    kind: 'officer',
    code,
    firstName: 'Ada',
    surname: code,
    phone: null,
    mobile: null,
  } as const;
  const email = random.chance() < 0.85 ? `${code}@x.example.org` : null;
  const make = (misId: string | null): string => {
    const id = state.newId();
    state.put('assessor', id, { firstName: 'Ada', lastName: code, misId });
    return id;
  };
  if (dice < 0.35) make(code);
  const externalId = dice >= 0.35 && dice < 0.55 ? make(null) : null;
  if (dice >= 0.55 && dice < 0.6) {
    make(code);
    make(code);
  }
  return { ...known, email, externalId };
}

function toOrganisations(): Owner[] {
  const blank = { address: [], postcode: null, phone: null, email: null, website: null, externalId: null };
  return organisationCodes.map((code) => ({ kind: 'organisation', code, name: `Firm ${code}`, ...blank }));
}

function populateLearner(
  state: OneFileState,
  random: Random,
  { ident, nowMs }: Options & { readonly ident: string },
): Learner {
  const standing = random.chance();
  const qualifications = toQualifications(random, nowMs);
  const isThere = standing < 0.8;
  const oneFileId = isThere ? populateAtOneFile(state, random, { ident, nowMs, qualifications }) : null;
  const isLinkedToBoth = random.chance() < 0.05;
  return buildLearner({
    ident,
    firstName: 'Imogen',
    surname: `Tarrant ${ident}`,
    email: `${ident}@x.example.org`,
    birthDate: toBirthDate(ident),
    oneFileId: standing < 0.72 ? oneFileId : null,
    mainOfficer: random.chance() < 0.9 ? random.pick(officerCodes) : null,
    ...(isLinkedToBoth ? { smartAssessorId: `sa-${ident}`, activePortfolio: random.pick(['O', 'S']) } : {}),
    qualifications,
    reviews: Array.from({ length: random.below(3) }, (_, index) =>
      aReview(random, `${ident}-r${index}`, nowMs),
    ),
    placements: toPlacements(random, nowMs),
  });
}

/** No two learners were born on one day: whoever has the names and the date is the same person. */
function toBirthDate(ident: string): string {
  return new Date(Date.UTC(1990, 0, 1) + Number(ident) * dayMs).toISOString().slice(0, 10);
}

function toPlacements(random: Random, nowMs: number): Placement[] {
  return Array.from({ length: random.below(3) }, (_, index) => ({
    ...{ seq: index + 1, organisation: random.chance() < 0.95 ? random.pick(organisationCodes) : null },
    ...{ organisationName: null, organisationExternalId: null, endOn: null },
    ...{ type: random.pick(['P', 'W']), startOn: aDate(random, nowMs) },
  }));
}

function toQualifications(random: Random, nowMs: number): Qualification[] {
  const count = 1 + random.below(2);
  const wanted = Array.from({ length: count }, () => random.pick(references));
  const isTwice = random.chance() < 0.06;
  const named = isTwice ? [...wanted, wanted[0] as string] : wanted;
  return named.map((reference, index) => {
    const seq = named.slice(0, index).filter((one) => one === reference).length + 1;
    return buildQualification({
      ...{ reference, seq, officer: random.pick(officerCodes) },
      startOn: random.chance() < 0.8 ? aDate(random, nowMs) : null,
      hasUnits: random.chance() < 0.1,
      registrationNumber: random.chance() < 0.3 ? `P${random.below(1_000)}` : null,
      registeredOn: random.chance() < 0.3 ? aDate(random, nowMs) : null,
      certificateAppliedOn: random.chance() < 0.2 ? aDate(random, nowMs) : null,
      certificateReceivedOn: random.chance() < 0.15 ? aDate(random, nowMs) : null,
    });
  });
}

/** A review as a user plans it: mostly one that OneFile should know. */
export function aReview(random: Random, id: string, nowMs: number): Review {
  const atMs = nowMs + (random.below(60) - 10) * dayMs + random.below(24 * 60) * 60_000;
  return buildReview({
    id,
    type: random.chance() < 0.85 ? 'N' : 'X',
    proposedAt: random.chance() < 0.95 ? toLocalTime(atMs) : null,
    attended: random.chance() < 0.85 ? null : random.pick(['Y', 'N', 'U']),
    officer: random.chance() < 0.6 ? random.pick([...officerCodes, 'GONE']) : null,
  });
}

function populateAtOneFile(
  state: OneFileState,
  random: Random,
  {
    ident,
    nowMs,
    qualifications,
  }: { ident: string; nowMs: number; qualifications: readonly Qualification[] },
): string {
  const id = state.newId();
  const misId = random.chance() < 0.5 ? ident : null;
  const names = { firstName: 'Imogen', lastName: `Tarrant ${ident}`, email: null };
  state.put('learner', id, { ...names, misId, dob: toBirthDate(ident) });
  const codes = qualifications.map(({ reference }) => toCode(reference));
  for (const code of codes)
    if (findStandard(state, code) !== null && random.chance() < 0.9)
      makeAim(state, random, { learnerId: id, code, nowMs });
  if (random.chance() < 0.15)
    makeAim(state, random, { learnerId: id, code: toCode(random.pick(offered)), nowMs });
  const count = random.below(3);
  for (let made = 0; made < count; made += 1) makeReview(state, random, { learnerId: id, nowMs });
  return id;
}

function makeAim(
  state: OneFileState,
  random: Random,
  { learnerId, code, nowMs }: { learnerId: string; code: string; nowMs: number },
): void {
  state.put('learning-aim', state.newId(), {
    ...blankAim,
    ...{ learnerId, reference: code, standardId: findStandard(state, code) },
    progress: random.chance() < 0.9 ? random.below(1_000) / 10 : null,
    registrationNumber: random.chance() < 0.3 ? `F${random.below(1_000)}` : null,
    registeredOn: random.chance() < 0.3 ? aDate(random, nowMs) : null,
    certificateAppliedOn: random.chance() < 0.2 ? aDate(random, nowMs) : null,
  } satisfies JsonObject);
}

function findStandard(state: OneFileState, wanted: string): string | null {
  const [id] = [...state.table('standard')].find(([, { code }]) => code === wanted) ?? [];
  return id ?? null;
}

/** A review that somebody made at OneFile. */
export function makeReview(
  state: OneFileState,
  random: Random,
  { learnerId, nowMs }: { learnerId: string; nowMs: number },
): string {
  const id = state.newId();
  const assessors = [...state.table('assessor').keys()];
  const scheduledForMs = nowMs + (random.below(60) - 20) * dayMs + random.below(24 * 60) * 60_000;
  state.put('review', id, {
    ...{ learnerId, visitId: null, assessorId: assessors.length === 0 ? null : random.pick(assessors) },
    scheduledForMs: Math.floor(scheduledForMs / 60_000) * 60_000,
    startedAtMs: null,
    learnerSignedAtMs: null,
  });
  return id;
}
