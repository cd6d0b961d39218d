import type { Learner, Officer, Placement } from '../../../../domain/learner.ts';
import { toLondonDate } from '../../../../domain/london.ts';
import { type OwnerKey, toOwnerLane } from '../../../../domain/owner.ts';
import type { Hold, NextStep } from '../../../../domain/step.ts';
import { findMostRecent } from '../../../common/placement-choice.ts';
import { compareText } from '../../../common/who.ts';
import { decideOwnerLink } from '../links.ts';
import type { SmartAssessorLearnerView, SmartAssessorSettings } from '../settings.ts';

/* The officers and the employer of an enrolment: who they are, and what must come first for each. */

/** SA-17, A-33: the placement that is open today, of the types that count; of several the most recent. */
export function findCurrentPlacement(
  placements: readonly Placement[],
  { placementTypes }: Pick<SmartAssessorSettings, 'placementTypes'>,
  nowMs: number,
): Placement | null {
  const today = toLondonDate(nowMs);
  const isOpen = ({ startOn, endOn }: Placement): boolean =>
    (startOn === null || startOn <= today) && (endOn === null || endOn >= today);
  const isOfType = ({ type }: Placement): boolean =>
    placementTypes === 'all' || (type !== null && placementTypes.includes(type));
  const current = placements.filter((one) => isOpen(one) && isOfType(one));
  return findMostRecent(current, today);
}

/** SA-16, A-21: the officers in the relationship that the setting names, by code. */
export function findSecondOfficers(
  { relatedOfficers }: Pick<Learner, 'relatedOfficers'>,
  { secondAssessorRole }: Pick<SmartAssessorSettings, 'secondAssessorRole'>,
): readonly string[] {
  if (secondAssessorRole === '') return [];
  const codes = relatedOfficers
    .filter(({ relation }) => relation === secondAssessorRole)
    .map(({ code }) => code);
  return [...new Set(codes)].sort(compareText);
}

export type PartnerState =
  | { readonly kind: 'linked'; readonly vendorId: string }
  /** Its own lane must check the typed id, or create it, first (G-3). */
  | { readonly kind: 'need'; readonly owner: OwnerKey }
  /** Its lane was asked in this look and has no record at Smart Assessor. `code` says why. */
  | { readonly kind: 'impossible'; readonly code: string; readonly params: Hold['params'] }
  /** None is sent: PICS names none, or has no id for it and none is created (SA-15 to SA-17). */
  | { readonly kind: 'without' };

type View = Pick<SmartAssessorLearnerView, 'lane' | 'settings' | 'needed' | 'nowMs'>;

/** The state of an officer of the enrolment; null = PICS names none. */
export function decideOfficerState(view: View, officer: Officer | null): PartnerState {
  if (officer === null) return { kind: 'without' };
  const { code, externalId } = officer;
  const key = { kind: 'officer', code, externalId } as const;
  return decideState(view, key, view.settings.unlinkedOfficer === 'create');
}

/** The same for the organisation of a placement. */
export function decideEmployerState(view: View, placement: Placement | null): PartnerState {
  const code = placement?.organisation ?? null;
  // An organisation without a record in PICS has no name either, and cannot be created.
  if (placement === null || code === null || placement.organisationName === null) return { kind: 'without' };
  const key = { kind: 'organisation', code, externalId: placement.organisationExternalId } as const;
  return decideState(view, key, view.settings.unlinkedEmployer === 'create');
}

type KnownOwner = OwnerKey & { readonly externalId: string | null };

function decideState(
  { lane, settings, needed, nowMs }: View,
  known: KnownOwner,
  isCreated: boolean,
): PartnerState {
  const { kind, code } = known;
  const link = decideOwnerLink(known, lane.links, settings, nowMs);
  if (link.kind === 'linked') return link;
  if (link.kind !== 'typed' && !isCreated) return { kind: 'without' };
  const holds = needed.get(toOwnerLane({ kind, code }));
  if (holds === undefined) return { kind: 'need', owner: { kind, code } };
  const [first] = holds;
  // What stays held until a person has looked at the owner must not stay held at every learner too.
  if (first?.code === 'UNKNOWN_OUTCOME')
    return { kind: 'impossible', code: 'OWNER_HELD', params: { kind, code } };
  return {
    kind: 'impossible',
    code: first?.code ?? (kind === 'officer' ? 'OFFICER_NOT_LINKED' : 'NO_ORGANISATION'),
    params: { ...first?.params, ...(kind === 'officer' ? { officer: code } : { place: code }) },
  };
}

/** One step that has all of them looked at, each in its own lane, at the same time. */
export function toNeedStep(states: readonly PartnerState[]): readonly NextStep[] {
  const owners = states.flatMap((state) => (state.kind === 'need' ? [{ ...state.owner, reads: [] }] : []));
  const unique = [...new Map(owners.map((owner) => [toOwnerLane(owner), owner])).values()];
  return unique.length === 0 ? [] : [{ kind: 'need', owners: unique }];
}

export function findOfficer({ officers }: Pick<Learner, 'officers'>, code: string | null): Officer | null {
  return officers.find((one) => one.code === code) ?? null;
}
