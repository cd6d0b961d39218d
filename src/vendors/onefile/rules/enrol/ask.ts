import type { PlanFault } from '../../../../domain/enrolment.ts';
import type { Learner } from '../../../../domain/learner.ts';
import type { Link } from '../../../../domain/link.ts';
import { isSurelyCopied } from '../../../common/learner-link.ts';
import { compareText, toWho } from '../../../common/who.ts';
import { decideOwnerLink } from '../links.ts';
import { choosePlacement } from '../placement-choice.ts';
import { type EnrolmentAsk, type EnrolmentInput, isId } from './facts.ts';
import { nameOfficers } from './officers.ts';

/**
 * Lists what must be asked of OneFile before an enrolment can be planned, or refuses at once (OF-11).
 *
 * Each partner is asked about only as far as needed: an officer or organisation without a link is searched
 * for by MIS value, an id that was not confirmed lately is read by id, and a confirmed link costs no call.
 */
export function askForEnrolment(
  input: EnrolmentInput,
):
  | { readonly kind: 'ask'; readonly ask: EnrolmentAsk }
  | { readonly kind: 'refused'; readonly fault: PlanFault } {
  const { learner, links, nowMs = Number.POSITIVE_INFINITY } = input;
  const fault = findFirstFault(learner, links, nowMs);
  if (fault !== null) return { kind: 'refused', fault };
  const { ident, email, firstName, surname, mainTag } = learner;
  const ask = {
    ident,
    email: email ?? '',
    firstName: firstName ?? '',
    lastName: surname ?? '',
    ...askForOfficers({ ...input, nowMs }),
    ...askForOrganisation({ ...input, nowMs }),
    classroom: input.settings.classroomFromMainTag ? mainTag : null,
  };
  return { kind: 'ask', ask };
}

type Input = EnrolmentInput & { readonly nowMs: number };

/** An id in the cached list of assessors needs no call. One that is missing there may be gone (OF-31). */
function askForOfficers(input: Input): Pick<EnrolmentAsk, 'officers' | 'assessorIds'> {
  const { links, settings, centre, nowMs } = input;
  const seen = new Set(centre.assessors?.map(({ id }) => id));
  const officers: string[] = [];
  const assessorIds: string[] = [];
  for (const { officer } of nameOfficers(input)) {
    const { code, externalId } = officer;
    const link = decideOwnerLink({ kind: 'officer', code, externalId }, links, settings, nowMs);
    if (link.kind === 'none' || link.kind === 'cleared') officers.push(code);
    if (link.kind === 'typed' && isId(link.typedId) && !seen.has(link.typedId))
      assessorIds.push(link.typedId);
    if (link.kind === 'linked' && centre.assessors !== null && !seen.has(link.vendorId))
      assessorIds.push(link.vendorId);
  }
  return { officers: officers.sort(compareText), assessorIds: [...new Set(assessorIds)].sort(compareText) };
}

function askForOrganisation(input: Input): Pick<EnrolmentAsk, 'organisation' | 'placementId'> {
  const { learner, links, settings, nowMs } = input;
  const placement = choosePlacement(learner.placements, nowMs);
  const code = placement?.organisation ?? null;
  if (placement === null || code === null) return { organisation: null, placementId: null };
  const externalId = placement.organisationExternalId;
  const link = decideOwnerLink({ kind: 'organisation', code, externalId }, links, settings, nowMs);
  switch (link.kind) {
    case 'linked':
      // If the placement is gone, OneFile refuses the learner; only then a call is worthwhile (OF-31).
      return { organisation: null, placementId: null };
    case 'typed':
      return { organisation: null, placementId: isId(link.typedId) ? link.typedId : null };
    default:
      return { organisation: placement.organisationName === null ? null : code, placementId: null };
  }
}

/** OF-11, OF-13: reasons to refuse an enrolment before OneFile is asked anything. */
export function findFirstFault(learner: Learner, links: readonly Link[], nowMs: number): PlanFault | null {
  const who = toWho(learner, 'onefile');
  const id = findLinkedId(learner, links, nowMs);
  if (id !== null) return { code: 'ALREADY_LINKED', params: { ...who, id } };
  if (learner.firstName === null || learner.surname === null) return { code: 'NO_NAME', params: who };
  if (learner.email === null) return { code: 'NO_EMAIL', params: who };
  return null;
}

/** An id in PICS counts even before it was checked: a user who typed one does not want a second learner. */
function findLinkedId({ ident, oneFileId }: Learner, links: readonly Link[], nowMs: number): string | null {
  if (oneFileId !== null) return oneFileId;
  const link = links.find(({ kind, picsId }) => kind === 'learner' && picsId === ident);
  return link === undefined || isSurelyCopied(link, nowMs) ? null : link.vendorId;
}
