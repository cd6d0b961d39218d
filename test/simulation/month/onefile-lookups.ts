import type { Intent } from '../../../src/domain/ledger.ts';
import type { About, Resolution } from '../../../src/domain/step.ts';
import { fromAimKey, fromMisKey } from '../../../src/vendors/onefile/rules/enrol/calls.ts';
import { fromReviewKey } from '../../../src/vendors/onefile/rules/review-upload.ts';
import { emptyDone, toLink, toObserved } from './onefile-answers.ts';
import { lookForLearner } from './onefile-facts.ts';
import type { ReadParts } from './onefile-reads.ts';
import type { Entity } from './onefile-state.ts';

/** O10: a review by its visit, an aim by its standard, everybody else by the MIS value they were given. */
export function lookUp(intent: Intent, about: About, parts: ReadParts): Resolution {
  const { state } = parts;
  const { step, naturalKey, ident, subject } = intent;
  const picsId = subject.slice(subject.indexOf(':') + 1);
  if (naturalKey === null) return { kind: 'blind', policy: 'hold' };
  const review = step === 'create-review' ? fromReviewKey(naturalKey) : null;
  if (review !== null) {
    const rows = state.ofLearner('review', review.learnerId);
    const found = rows.filter(({ record }) => record['visitId'] === review.visitId);
    const link = { kind: 'review', picsId, ident } as const;
    return toResolution(
      found.map(({ id }) => id),
      'review',
      link,
      parts,
    );
  }
  const aim = step === 'assign-standard' ? fromAimKey(naturalKey) : null;
  if (aim !== null) {
    const rows = state.ofLearner('learning-aim', aim.learnerId);
    const found = rows.filter(({ record }) => record['standardId'] === aim.standardId);
    return toResolution(
      found.map(({ id }) => id),
      'learning-aim',
      { kind: 'qualification', picsId, ident },
      parts,
    );
  }
  const key = fromMisKey(naturalKey);
  if (step === 'create-learner')
    return key === null
      ? { kind: 'blind', policy: 'hold' }
      : toResolution(
          lookForLearner(state, key, about),
          'learner',
          { kind: 'learner', picsId, ident: picsId },
          parts,
        );
  if (key?.misId == null) return { kind: 'blind', policy: 'hold' };
  const entity = step === 'create-assessor' ? 'assessor' : 'placement';
  const ids = [...state.table(entity)].filter(([, { misId }]) => misId === key.misId).map(([id]) => id);
  const kind = entity === 'assessor' ? 'officer' : 'organisation';
  return toResolution(ids, entity, { kind, picsId, ident: null }, parts);
}

function toResolution(
  ids: readonly string[],
  entity: Entity,
  of: Parameters<typeof toLink>[0] extends infer L ? Omit<L & object, 'vendorId'> : never,
  parts: ReadParts,
): Resolution {
  const [only, ...others] = ids;
  if (only === undefined) return { kind: 'absent' };
  if (others.length > 0) return { kind: 'several', count: ids.length };
  const observed = [toObserved(entity, only, parts)];
  const link = toLink({ ...(of as Parameters<typeof toLink>[0]), vendorId: only });
  return { kind: 'found', done: { ...emptyDone, vendorId: only, observed, links: [link] } };
}
