import type { Qualification } from '../../../src/domain/learner.ts';
import type { createRandom } from '../../support/random.ts';
import type { OneFileState } from './onefile.ts';
import { aDate, dayMs, offered, toBirthDate, toCode } from './populate-values.ts';

type Random = ReturnType<typeof createRandom>;

/** A learner that somebody entered at OneFile by hand, with aims and reviews. Gives the id. */
export function populateAtOneFile(
  state: OneFileState,
  random: Random,
  {
    ident,
    nowMs,
    qualifications,
  }: { ident: string; nowMs: number; qualifications: readonly Qualification[] },
): string {
  const misId = random.chance() < 0.5 ? ident : null;
  const names = { firstName: 'Imogen', lastName: `Tarrant ${ident}`, email: null };
  const id = state.add('learner', { ...names, misId, dob: toBirthDate(ident) });
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
  state.add('learning-aim', {
    learnerId,
    standardId: findStandard(state, code),
    progress: random.chance() < 0.9 ? random.below(1_000) / 10 : null,
    registrationNumber: random.chance() < 0.3 ? `F${random.below(1_000)}` : null,
    registeredOn: random.chance() < 0.3 ? aDate(random, nowMs) : null,
    certificateAppliedOn: random.chance() < 0.2 ? aDate(random, nowMs) : null,
  });
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
  const assessors = [...state.table('assessor').keys()];
  const scheduledForMs = nowMs + (random.below(60) - 20) * dayMs + random.below(24 * 60) * 60_000;
  return state.add('review', {
    learnerId,
    assessorId: assessors.length === 0 ? null : random.pick(assessors),
    scheduledForMs: Math.floor(scheduledForMs / 60_000) * 60_000,
  });
}
