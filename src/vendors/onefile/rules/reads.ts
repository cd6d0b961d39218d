import type { Call } from '../../../core/step.ts';
import { readKey } from '../../../core/view.ts';
import { toLearnerSubject } from './learner-link.ts';

type Of = { readonly ident: string; readonly learnerId: string };

/** One learner of OneFile, full. `isLinked` says what "not there" means: a link that is gone, or an id that never was. */
export function toReadLearner({ ident, learnerId, isLinked }: Of & { readonly isLinked: boolean }): Call {
  return toRead('read-learner', toLearnerSubject(ident), { ident, learnerId, isLinked });
}

/** All aims of the learner: one paged search. Serves as the read before a push too (D-1). */
export function toReadAims({ learnerId }: Of): Call {
  return toRead('read-aims', `aims:${learnerId}`, { learnerId });
}

/** One aim, for a push whose last reading is too old. */
export function toReadAim({ learnerId }: Of, aimId: string): Call {
  return toRead('read-aim', `aim:${aimId}`, { learnerId, aimId });
}

/** All reviews of the learner: one paged search. */
export function toReadReviews({ learnerId }: Of): Call {
  return toRead('read-reviews', `reviews:${learnerId}`, { learnerId });
}

function toRead(name: string, subject: string, request: Call['request']): Call {
  return { name, effect: 'read', subject, naturalKey: null, request };
}

/** What a full pass has read of a learner, as a look remembers it. */
export function toPassReads(of: Of): readonly string[] {
  return [toReadLearner({ ...of, isLinked: true }), toReadAims(of), toReadReviews(of)].map(readKey);
}
