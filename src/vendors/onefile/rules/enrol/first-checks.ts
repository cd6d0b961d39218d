import type { PlanFault } from '../../../../core/enrolment.ts';
import type { Learner } from '../../../../core/learner.ts';
import type { Link } from '../../../../core/link.ts';
import { isSurelyCopied } from '../learner-link.ts';
import { toWho } from './names.ts';

/** OF-11, OF-13: what refuses an enrolment before OneFile is asked anything. */
export function findFirstFault(learner: Learner, links: readonly Link[], nowMs: number): PlanFault | null {
  const who = toWho(learner);
  const id = findLinkedId(learner, links, nowMs);
  if (id !== null) return { code: 'ALREADY_LINKED', params: { ...who, id } };
  if (learner.firstName === null || learner.surname === null) return { code: 'NO_NAME', params: who };
  if (learner.email === null) return { code: 'NO_EMAIL', params: who };
  return null;
}

/** An id in PICS counts before it was checked: whoever has typed one does not want a second learner. */
function findLinkedId({ ident, oneFileId }: Learner, links: readonly Link[], nowMs: number): string | null {
  if (oneFileId !== null) return oneFileId;
  const link = links.find(({ kind, picsId }) => kind === 'learner' && picsId === ident);
  return link === undefined || isSurelyCopied(link, nowMs) ? null : link.vendorId;
}
