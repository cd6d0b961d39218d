import type { Partner, PlanFault } from '../../../../domain/enrolment.ts';
import type { Officer, Placement } from '../../../../domain/learner.ts';
import type { NewLink } from '../../../../domain/link.ts';
import { type OwnerKey, toOwnerLane } from '../../../../domain/owner.ts';
import type { Hold, NeededOwner } from '../../../../domain/step.ts';
import { decideOwnerLink } from '../links.ts';
import { findReviewOfficer, isQualifying, toUploadTypes } from '../review-upload.ts';
import type { OneFileLearnerView, OneFileSettings } from '../settings.ts';
import type { AcceptedPartner, AcceptedPlan, OpenPlan } from './accepted.ts';
import {
  compareText,
  type EnrolmentFacts,
  type EnrolmentInput,
  isId,
  type Named,
  type NamedOfficer,
  type Naming,
  toFullName,
  toWho,
  vendor,
} from './facts.ts';

export type OfficersPlan = {
  readonly partners: readonly Partner[];
  readonly warnings: readonly PlanFault[];
  readonly gone: PlanFault | null;
  readonly noAssessor: PlanFault | null;
  readonly notUnique: PlanFault | null;
  readonly accepted: Pick<AcceptedPlan, 'defaultAssessor' | 'additional' | 'looked'>;
};

type Wayed = NamedOfficer & { readonly way: OfficerWay };

/** OF-20, OF-31, OF-32, OF-36: who becomes whose assessor; each officer once, however many parts it has. */
export function planOfficers(input: PlanInput): OfficersPlan {
  const officers = nameOfficers(input).map((one): Wayed => {
    return { ...one, way: decideOfficerWay(one.officer, input) };
  });
  const main = officers.find(({ isMain }) => isMain) ?? null;
  const fallback = toFallback(main, input);
  const partners = [...(fallback === null ? [] : [fallback]), ...officers.flatMap(toPartner)];
  const gone = officers.find(({ way }) => way.kind === 'gone');
  const notUnique = officers.find(({ way }) => way.kind === 'ambiguous');
  const additional = officers.filter(({ isAdditional, isMain, way }) => {
    return isAdditional && !isMain && way.kind !== 'impossible';
  });
  return {
    partners,
    warnings: toWarnings(officers, input),
    gone: gone === undefined ? null : toGone(gone),
    noAssessor: fallback?.way === 'missing' ? { code: 'NO_ASSESSOR', params: toWho(input.learner) } : null,
    notUnique: notUnique === undefined ? null : toNotUnique(notUnique),
    accepted: {
      defaultAssessor: toDefault(main, fallback),
      additional: additional.map(({ officer }) => officer.code),
      looked: Object.fromEntries(officers.flatMap(toLooked)),
    },
  };
}

/** who is Default Assessor when the Main Officer cannot be; null when it can. */
function toFallback(main: Wayed | null, { settings }: PlanInput): Partner | null {
  if (main !== null && main.way.kind !== 'impossible') return null;
  const vendorId = settings.fallbackAssessorId ?? null;
  const way = vendorId === null ? 'missing' : 'fallback';
  return { code: null, name: null, parts: ['main officer'], way, vendorId };
}

function toPartner({ officer, parts, way, isMain, isReviewer }: Wayed): readonly Partner[] {
  const { code } = officer;
  const name = toFullName(officer);
  switch (way.kind) {
    case 'linked':
    case 'matched':
      return [{ code, name, parts, way: way.kind, vendorId: way.vendorId }];
    case 'create':
      return [{ code, name, parts, way: 'create', vendorId: null }];
    case 'gone':
    case 'ambiguous':
      return [{ code, name, parts, way: 'missing', vendorId: null }];
    case 'impossible': {
      // The first part is the Main Officer's, and the fallback has it.
      const others = isMain ? parts.slice(1) : parts;
      const without = isReviewer ? 'missing' : 'none';
      return others.length === 0 ? [] : [{ code, name, parts: others, way: without, vendorId: null }];
    }
  }
}

function toDefault(main: Wayed | null, fallback: Partner | null): AcceptedPartner {
  if (fallback !== null || main === null) return { code: null, vendorId: fallback?.vendorId ?? null };
  const vendorId = main.way.kind === 'linked' || main.way.kind === 'matched' ? main.way.vendorId : null;
  return { code: main.officer.code, vendorId };
}

function toLooked({ officer, way }: Wayed): readonly [string, string | null][] {
  if (way.kind === 'matched') return [[officer.code, way.vendorId]];
  return way.kind === 'create' || way.kind === 'impossible' ? [[officer.code, null]] : [];
}

function toGone({ officer, way }: Wayed): PlanFault {
  const id = way.kind === 'gone' ? way.id : '';
  return { code: 'LINK_GONE', params: { vendor, kind: 'officer', code: officer.code, id } };
}

function toNotUnique({ officer, way }: Wayed): PlanFault {
  const names = way.kind === 'ambiguous' ? way.names.join(', ') : '';
  return { code: 'MIS_NOT_UNIQUE', params: { vendor, code: officer.code, names } };
}

/** Who is named and does not become an assessor, and reviews without anybody (OF-20, OF-51). */
function toWarnings(officers: readonly Wayed[], input: PlanInput): readonly PlanFault[] {
  const { learner } = input;
  const who = toWho(learner);
  const orphans = findOrphanCodes(input).map((code): PlanFault => {
    return { code: 'NO_OFFICER', params: { ...who, kind: 'officer', code } };
  });
  const lacking = officers.flatMap(({ officer, way }): readonly PlanFault[] => {
    if (way.kind !== 'impossible') return [];
    return [{ code: way.lacks, params: { vendor, name: toFullName(officer), ident: officer.code } }];
  });
  const reviews = findUploads(input)
    .filter((review) => findReviewOfficer(review, learner) === null)
    .map(({ proposedAt }) => proposedAt?.slice(0, 10) ?? '')
    .sort()
    .map((date): PlanFault => ({ code: 'REVIEW_NO_OFFICER', params: { ...who, date } }));
  const blank: PlanFault[] = learner.mainOfficer === null ? [{ code: 'NO_ASSESSOR', params: who }] : [];
  return [...blank, ...orphans, ...lacking, ...reviews];
}

/** The Main Officer first, then by code. A code without an officer record is not among them. */
export function nameOfficers(naming: Naming): readonly NamedOfficer[] {
  const { mainOfficer, officers } = naming.learner;
  const parts = toParts(naming);
  return officers
    .flatMap((officer): NamedOfficer[] => {
      const mine = parts.filter(({ code }) => code === officer.code);
      if (mine.length === 0) return [];
      const has = (kind: PartKind): boolean => mine.some((part) => part.kind === kind);
      return [
        {
          officer,
          parts: [...new Set(mine.map(({ text }) => text))],
          isMain: has('main'),
          isAdditional: has('additional'),
          isReviewer: has('review'),
        },
      ];
    })
    .sort(
      (a, b) =>
        Number(b.officer.code === mainOfficer) - Number(a.officer.code === mainOfficer) ||
        compareText(a.officer.code, b.officer.code),
    );
}

/** Codes named that have no officer record: nothing is created for them (OF-20). */
export function findOrphanCodes(naming: Naming): readonly string[] {
  const known = new Set(naming.learner.officers.map(({ code }) => code));
  const codes = toParts(naming).map(({ code }) => code);
  return [...new Set(codes)].filter((code) => !known.has(code)).sort(compareText);
}

/** Reviews that will be sent (OF-19). */
export function findUploads({ learner, settings, centre }: Naming) {
  if (!settings.uploadReviews) return [];
  const types = toUploadTypes(settings, centre);
  return learner.reviews.filter((review) => isQualifying(review, types));
}

type PartKind = 'main' | 'qualification' | 'additional' | 'review';
type Part = { readonly kind: PartKind; readonly code: string; readonly text: string };

function toParts(naming: Naming): readonly Part[] {
  const { learner, settings } = naming;
  const { mainOfficer, qualifications, relatedOfficers } = learner;
  const parts: Part[] = mainOfficer === null ? [] : [toPart('main', mainOfficer, 'main officer')];
  for (const { officer, reference, seq } of qualifications) {
    if (officer !== null) parts.push(toPart('qualification', officer, `${reference} (${seq})`));
  }
  for (const { relation, code } of relatedOfficers) {
    if (settings.additionalAssessors.includes(relation))
      parts.push(toPart('additional', code, `additional ${relation}`));
  }
  for (const review of findUploads(naming)) {
    const officer = findReviewOfficer(review, learner)?.code ?? review.officer;
    if (officer !== null) parts.push(toPart('review', officer, 'review'));
  }
  return parts.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || compareText(a.text, b.text));
}

const order: readonly PartKind[] = ['main', 'qualification', 'additional', 'review'];

function toPart(kind: PartKind, code: string, text: string): Part {
  return { kind, code, text };
}

/** How an officer of PICS comes to its assessor (OF-20, OF-32). */
export type OfficerWay =
  | { readonly kind: 'linked' | 'matched'; readonly vendorId: string }
  | { readonly kind: 'create' }
  /** The id that PICS or the link table holds is not in the centre: never replaced by a guess (OF-31). */
  | { readonly kind: 'gone'; readonly id: string }
  /** Several assessors have the officer's code as MIS value (OF-36). */
  | { readonly kind: 'ambiguous'; readonly names: readonly string[] }
  /** PICS does not hold what OneFile demands of an assessor. */
  | { readonly kind: 'impossible'; readonly lacks: Lack };

export type Lack = 'NO_NAME' | 'NO_EMAIL';

export type PlanInput = EnrolmentInput & { readonly facts: EnrolmentFacts; readonly nowMs: number };

export function decideOfficerWay(officer: Officer, { links, settings, facts, nowMs }: PlanInput): OfficerWay {
  const { code, externalId } = officer;
  const link = decideOwnerLink({ kind: 'officer', code, externalId }, links, settings, nowMs);
  if (link.kind === 'linked' || link.kind === 'typed') {
    const id = link.kind === 'linked' ? link.vendorId : link.typedId;
    const isGone = facts.missingAssessors.includes(id) || !isId(id);
    return isGone ? { kind: 'gone', id } : { kind: 'linked', vendorId: id };
  }
  const match = findOnly(facts.assessors[code] ?? []);
  if (match.kind !== 'none') return match;
  const lack = findLack(officer, settings);
  return lack === null ? { kind: 'create' } : { kind: 'impossible', lacks: lack };
}

/** what an assessor could not be created without. */
export function findLack(
  { firstName, surname, email }: Officer,
  { officerCreateEmail }: Pick<OneFileSettings, 'officerCreateEmail'>,
): Lack | null {
  if (firstName === null || surname === null) return 'NO_NAME';
  return officerCreateEmail && email === null ? 'NO_EMAIL' : null;
}

/** OF-32: exactly one counts. */
export function findOnly(
  hits: readonly Named[],
):
  | { readonly kind: 'matched'; readonly vendorId: string }
  | { readonly kind: 'ambiguous'; readonly names: readonly string[] }
  | { readonly kind: 'none' } {
  const byId = new Map(hits.map((hit) => [hit.id, hit]));
  const [only] = byId.keys();
  if (only === undefined) return { kind: 'none' };
  if (byId.size === 1) return { kind: 'matched', vendorId: only };
  return { kind: 'ambiguous', names: [...byId.values()].map(({ id, name }) => `${name ?? '?'} (${id})`) };
}

export type View = OneFileLearnerView;

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
  const looked = lookedUpOwner(plan.looked, code);
  const key = { kind: 'officer', code } as const;
  const state = decideState(view, plan, { ...key, externalId, looked });
  const isNobody = state.kind === 'need' && looked === null && findLack(officer, view.settings) !== null;
  return isNobody ? { kind: 'without' } : state;
}

export function decideOrganisationState(view: View, plan: OpenPlan, placement: Placement): OwnerState {
  const { organisation: code, organisationExternalId: externalId } = placement;
  if (code === null) return { kind: 'without' };
  const looked = lookedUpOwner(plan.lookedPlacement, code);
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

function lookedUpOwner(looked: OpenPlan['looked'], code: string): string | null | undefined {
  return Object.hasOwn(looked, code) ? looked[code] : undefined;
}
