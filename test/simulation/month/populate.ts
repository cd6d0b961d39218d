import type { Learner, Placement, Qualification, Review } from '../../../src/domain/learner.ts';
import type { Owner } from '../../../src/domain/owner.ts';
import type { OneFileSettings } from '../../../src/vendors/onefile/rules/settings.ts';
import { buildLearner, buildQualification, buildReview } from '../../support/learner.ts';
import type { createRandom } from '../../support/random.ts';
import type { Entity, OneFileState } from './onefile.ts';
import { populateAtOneFile } from './populate-onefile.ts';
import {
  aDate,
  dayMs,
  offered,
  officerCodes,
  organisationCodes,
  references,
  toBirthDate,
  toCode,
  toLocalTime,
} from './populate-values.ts';

type Random = ReturnType<typeof createRandom>;
type Options = { readonly learnerCount: number; readonly nowMs: number };

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
    state.add('standard', { title: reference, code: toCode(reference) });
  }
  const owners = [...officerCodes.map((code) => populateOfficer(state, random, code)), ...toOrganisations()];
  const learners = Array.from({ length: options.learnerCount }, (_, index) =>
    populateLearner(state, random, { ...options, ident: String(10_001 + index) }),
  );
  return { learners, owners, fallbacks: populateFallbacks(state, random) };
}

function populateFallbacks(state: OneFileState, random: Random) {
  const add = (entity: Entity): string =>
    state.add(entity, entity === 'assessor' ? { lastName: 'Fallback' } : { name: 'Fallback' });
  return {
    fallbackClassroomId: add('classroom'),
    ...(random.chance() < 0.5 ? { fallbackPlacementId: add('placement') } : {}),
    ...(random.chance() < 0.5 ? { fallbackAssessorId: add('assessor') } : {}),
  };
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
    isDormant: false,
  } as const;
  const email = random.chance() < 0.85 ? `${code}@x.example.org` : null;
  const make = (misId: string | null): string =>
    state.add('assessor', { firstName: 'Ada', lastName: code, misId });
  if (dice < 0.35) make(code);
  const externalId = dice >= 0.35 && dice < 0.55 ? make(null) : null;
  if (dice >= 0.55 && dice < 0.6) {
    make(code);
    make(code);
  }
  return { ...known, email, externalId };
}

function toOrganisations(): Owner[] {
  const blank = {
    address: [],
    postcode: null,
    phone: null,
    email: null,
    website: null,
    edrs: null,
    headCount: null,
    externalId: null,
  };
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
