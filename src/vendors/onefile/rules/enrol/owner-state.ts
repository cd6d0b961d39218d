import type { Officer, Placement } from '../../../../core/learner.ts';
import type { NewLink } from '../../../../core/link.ts';
import { type OwnerKey, toOwnerLane } from '../../../../core/owner.ts';
import type { Hold, NeededOwner } from '../../../../core/step.ts';
import type { LearnerView } from '../../../../core/view.ts';
import { decideOwnerLink } from '../owner-link.ts';
import type { OneFileCentre, OneFileSettings } from '../settings.ts';
import { findLack } from './officer-way.ts';
import type { OpenPlan } from './open-plan.ts';

export type View = LearnerView<OneFileSettings, OneFileCentre>;

/** Where an officer or organisation of an open enrolment stands at OneFile. */
export type OwnerState =
  | { readonly kind: 'linked'; readonly vendorId: string }
  /** Found when the plan was made, and nothing stands against the link. */
  | { readonly kind: 'link'; readonly link: NewLink }
  /** Its own lane has to see to it first (G-3). */
  | { readonly kind: 'need'; readonly owner: NeededOwner }
  /** Asked for in this look, and there is none: why. */
  | { readonly kind: 'impossible'; readonly code: string; readonly params: Hold['params'] }
  /** PICS does not hold what OneFile demands, and nobody was found: done without. */
  | { readonly kind: 'without' };

export function decideOfficerState(view: View, plan: OpenPlan, officer: Officer): OwnerState {
  const { code, externalId } = officer;
  const looked = toLooked(plan.looked, code);
  const key = { kind: 'officer', code } as const;
  const state = decideState(view, plan, { ...key, externalId, looked });
  const isNobody = state.kind === 'need' && looked === null && findLack(officer, view.settings) !== null;
  return isNobody ? { kind: 'without' } : state;
}

export function decideOrganisationState(view: View, plan: OpenPlan, placement: Placement): OwnerState {
  const { organisation: code, organisationExternalId: externalId } = placement;
  if (code === null) return { kind: 'without' };
  const looked = toLooked(plan.lookedPlacement, code);
  return decideState(view, plan, { kind: 'organisation', code, externalId, looked });
}

/** `looked`: undefined when nobody looked. */
type Known = OwnerKey & {
  readonly externalId: string | null;
  readonly looked: string | null | undefined;
};

function decideState({ lane, settings, needed, nowMs }: View, plan: OpenPlan, known: Known): OwnerState {
  const { kind, code, looked } = known;
  const link = decideOwnerLink(known, lane.links, settings, nowMs);
  if (link.kind === 'linked') return link;
  const hasStored = lane.links.some((one) => one.kind === kind && one.picsId === code);
  // What the plan saw says nothing of an id that a person has typed since.
  const seen = link.kind === 'none' && plan.isFresh ? looked : undefined;
  const holds = needed.get(toOwnerLane({ kind, code }));
  if (seen && !hasStored && holds === undefined) {
    const shared = { vendor: 'onefile', centre: settings.centreId, ident: null, how: 'matched' } as const;
    return { kind: 'link', link: { ...shared, kind, picsId: code, vendorId: seen } };
  }
  if (holds === undefined) {
    const find = kind === 'officer' ? 'find-assessor' : 'find-placement';
    const reads = seen === null ? [`${find} ${toOwnerLane({ kind, code })}`] : [];
    return { kind: 'need', owner: { kind, code, reads } };
  }
  const [first] = holds;
  return {
    kind: 'impossible',
    code: first?.code ?? (kind === 'officer' ? 'NO_ASSESSOR' : 'NO_PLACEMENT'),
    params: { ...first?.params, ...(kind === 'officer' ? { officer: code } : { place: code }) },
  };
}

function toLooked(looked: OpenPlan['looked'], code: string): string | null | undefined {
  return Object.hasOwn(looked, code) ? looked[code] : undefined;
}
