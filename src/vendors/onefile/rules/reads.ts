import type { Call } from '../../../core/step.ts';
import { readKey } from '../../../core/view.ts';
import { toLearnerSubject } from './learner-link.ts';

/** A learner of both sides. */
export type Of = {
  readonly ident: string;
  readonly learnerId: string;
  /** Read for the first time after its id was checked: what a full pass read before could not be applied yet. */
  readonly isFirst?: boolean;
};

/** G-2: looks for a learner whose id was typed into PICS; found, it becomes the link. */
export function toCheckLearner({ ident, learnerId }: Of): Call {
  return toRead('check-learner', toLearnerSubject(ident), { ident, learnerId });
}

/** A linked learner of OneFile, full. */
export function toReadLearner({ ident, learnerId }: Of): Call {
  return toRead('read-learner', toLearnerSubject(ident), { ident, learnerId });
}

/** All aims of the learner: one paged search. Serves as the read before a push too (D-1). */
export function toReadAims({ learnerId, isFirst = false }: Of): Call {
  return toRead('read-aims', `aims:${learnerId}${isFirst ? '/first' : ''}`, { learnerId });
}

/** One aim, for a push whose last reading is too old. */
export function toReadAim({ learnerId }: Of, aimId: string): Call {
  return toRead('read-aim', `aim:${aimId}`, { learnerId, aimId });
}

/** All reviews of the learner: one paged search. */
export function toReadReviews({ learnerId, isFirst = false }: Of): Call {
  return toRead('read-reviews', `reviews:${learnerId}${isFirst ? '/first' : ''}`, { learnerId });
}

function toRead(name: string, subject: string, request: Call['request']): Call {
  return { name, effect: 'read', subject, naturalKey: null, request };
}

/** What a full pass has read of a learner, as a look remembers it. */
export function toPassReads(of: Of): readonly string[] {
  return [toReadLearner(of), toReadAims(of), toReadReviews(of)].map(readKey);
}
