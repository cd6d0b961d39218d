import type { Partner, PlanFault } from '../../../../core/enrolment.ts';
import { decideOwnerLink } from '../owner-link.ts';
import { choosePlacement } from '../placement-choice.ts';
import type { AcceptedPartner, AcceptedPlan } from './accepted.ts';
import { isId } from './ask.ts';
import { toWho, vendor } from './names.ts';
import { findOnly, type PlanInput } from './officer-way.ts';

export type OrganisationPlan = {
  readonly partner: Partner;
  readonly warnings: readonly PlanFault[];
  readonly gone: PlanFault | null;
  readonly noPlacement: PlanFault | null;
  readonly notUnique: PlanFault | null;
  readonly accepted: Pick<AcceptedPlan, 'placement' | 'lookedPlacement'>;
};

/** OF-22, OF-31 to OF-33: the organisation that becomes the learner's Placement. */
export function planOrganisation(input: PlanInput): OrganisationPlan {
  const { learner, links, settings, facts, nowMs } = input;
  const placement = choosePlacement(learner.placements);
  const code = placement?.organisation ?? null;
  if (placement === null || code === null) return toFallback(input, null);
  const { organisationName: name, organisationExternalId: externalId } = placement;
  const link = decideOwnerLink({ kind: 'organisation', code, externalId }, links, settings, nowMs);
  const partner = (way: Partner['way'], vendorId: string | null): Partner => {
    return { code, name, parts: ['placement'], way, vendorId };
  };
  if (link.kind === 'linked' || link.kind === 'typed') {
    const id = link.kind === 'linked' ? link.vendorId : link.typedId;
    if (!facts.isPlacementMissing && isId(id)) return toPlan(partner('linked', id), {});
    const gone = { code: 'LINK_GONE', params: { vendor, kind: 'organisation', code, id } };
    return { ...toPlan(partner('missing', null), {}), gone };
  }
  // OF-22: an organisation that PICS has no record of (or no name for) is as good as none.
  if (name === null) return toFallback(input, code);
  const match = findOnly(facts.placements);
  if (match.kind === 'ambiguous') {
    const params = { vendor, code, names: match.names.join(', ') };
    return { ...toPlan(partner('missing', null), {}), notUnique: { code: 'MIS_NOT_UNIQUE', params } };
  }
  if (match.kind === 'matched') return toPlan(partner('matched', match.vendorId), { [code]: match.vendorId });
  return toPlan(partner('create', null), { [code]: null });
}

function toPlan(partner: Partner, lookedPlacement: AcceptedPlan['lookedPlacement']): OrganisationPlan {
  const placement: AcceptedPartner = { code: partner.code, vendorId: partner.vendorId };
  const accepted = { placement, lookedPlacement };
  return { partner, warnings: [], gone: null, noPlacement: null, notUnique: null, accepted };
}

/** `orphan` is told of: PICS names an organisation that it has no record of. */
function toFallback({ learner, settings }: PlanInput, orphan: string | null): OrganisationPlan {
  const vendorId = settings.fallbackPlacementId ?? null;
  const way = vendorId === null ? 'missing' : 'fallback';
  const who = toWho(learner);
  const warning = { code: 'NO_ORGANISATION', params: { ...who, kind: 'organisation', code: orphan ?? '' } };
  return {
    ...toPlan({ code: null, name: null, parts: ['placement'], way, vendorId }, {}),
    warnings: orphan === null ? [] : [warning],
    noPlacement: vendorId === null ? { code: 'NO_PLACEMENT', params: who } : null,
  };
}

export type ClassroomPlan = {
  readonly partner: Partner;
  readonly warnings: readonly PlanFault[];
  readonly noClassroom: PlanFault | null;
};

/** OF-13, A-39: the classroom that the Main Tag names, where the setting wants it; never created. */
export function planClassroom({ learner, settings, facts }: PlanInput): ClassroomPlan {
  const wanted = settings.classroomFromMainTag ? learner.mainTag : null;
  const found = wanted === null ? null : findOnly(facts.classrooms);
  if (found?.kind === 'matched') {
    const partner = toClassroom(wanted, 'matched', found.vendorId);
    return { partner, warnings: [], noClassroom: null };
  }
  const vendorId = settings.fallbackClassroomId ?? null;
  const fault = { code: 'NO_CLASSROOM', params: { ...toWho(learner), classroom: wanted ?? '' } };
  return {
    partner: toClassroom(null, vendorId === null ? 'missing' : 'fallback', vendorId),
    warnings: wanted === null ? [] : [fault],
    noClassroom: vendorId === null ? fault : null,
  };
}

function toClassroom(name: string | null, way: Partner['way'], vendorId: string | null): Partner {
  return { code: null, name, parts: ['classroom'], way, vendorId };
}
