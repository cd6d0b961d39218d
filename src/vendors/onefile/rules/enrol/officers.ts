import type { Partner, PlanFault } from '../../../../domain/enrolment.ts';
import type { Officer, Placement } from '../../../../domain/learner.ts';
import type { NewLink } from '../../../../domain/link.ts';
import { type OwnerKey, toOwnerLane } from '../../../../domain/owner.ts';
import type { Hold, NeededOwner } from '../../../../domain/step.ts';
import { compareText, toFullName, toWho } from '../../../common/who.ts';
import { decideOwnerLink } from '../links.ts';
import { findReviewOfficer, isQualifying, toProposedMs, toUploadTypes } from '../review-upload.ts';
import type { OneFileLearnerView, OneFileSettings } from '../settings.ts';
import type { AcceptedPartner, AcceptedPlan, OpenPlan } from './accepted.ts';
import {
  type EnrolmentFacts,
  type EnrolmentInput,
  isId,
  type Named,
  type NamedOfficer,
  type Naming,
  vendor,
} from './facts.ts';

type OfficersPlan = {
  readonly partners: readonly Partner[];
  readonly warnings: readonly PlanFault[];
  readonly gone: PlanFault | null;
  readonly noAssessor: PlanFault | null;
  readonly notUnique: PlanFault | null;
  readonly accepted: Pick<AcceptedPlan, 'defaultAssessor' | 'additional' | 'looked'>;
};

type RoutedOfficer = NamedOfficer & { readonly way: OfficerWay };

/**
 * OF-20, OF-31, OF-32, OF-36: plans the assessors of an enrolment.
 *
 * Every officer that the learner names is listed once with all its parts. `decideOfficerWay` says how each
 * one gets its assessor. The Main Officer becomes the Default Assessor, or the fallback does if the Main
 * Officer cannot. The results are the partners for the preview, the warnings, the faults that refuse
 * the command, and what is stored with the accepted enrolment.
 */
export function planOfficers(input: PlanInput): OfficersPlan {
  const officers = nameOfficers(input).map((one): RoutedOfficer => {
    return { ...one, way: decideOfficerWay(one.officer, input) };
  });
  const main = officers.find(({ isMain }) => isMain) ?? null;
  const fallback = findFallback(main, input);
  const partners = [...(fallback === null ? [] : [fallback]), ...officers.flatMap(findPartners)];
  const gone = officers.find(({ way }) => way.kind === 'gone');
  const notUnique = officers.find(({ way }) => way.kind === 'ambiguous');
  const additional = officers.filter(({ isAdditional, isMain, way }) => {
    return isAdditional && !isMain && way.kind !== 'impossible';
  });
  return {
    partners,
    warnings: findWarnings(officers, input),
    gone: gone === undefined ? null : goneFault(gone),
    noAssessor: fallback?.way === 'missing' ? noAssessorFault(main, input) : null,
    notUnique: notUnique === undefined ? null : notUniqueFault(notUnique),
    accepted: {
      defaultAssessor: defaultPartner(main, fallback),
      additional: additional.map(({ officer }) => officer.code),
      looked: Object.fromEntries(officers.flatMap(lookedEntries)),
    },
  };
}

/** the fallback for the Default Assessor; null when the Main Officer can be it. */
function findFallback(main: RoutedOfficer | null, { settings }: PlanInput): Partner | null {
  if (main !== null && main.way.kind !== 'impossible') return null;
  const vendorId = settings.fallbackAssessorId ?? null;
  const way = vendorId === null ? 'missing' : 'fallback';
  return { code: null, name: null, parts: ['main officer'], way, vendorId };
}

function findPartners({ officer, parts, way, isMain, isReviewer }: RoutedOfficer): readonly Partner[] {
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
      // The first part is that of the Main Officer, which the fallback takes.
      const others = isMain ? parts.slice(1) : parts;
      const without = isReviewer ? 'missing' : 'none';
      return others.length === 0 ? [] : [{ code, name, parts: others, way: without, vendorId: null }];
    }
  }
}

function defaultPartner(main: RoutedOfficer | null, fallback: Partner | null): AcceptedPartner {
  if (fallback !== null || main === null) return { code: null, vendorId: fallback?.vendorId ?? null };
  const vendorId = main.way.kind === 'linked' || main.way.kind === 'matched' ? main.way.vendorId : null;
  return { code: main.officer.code, vendorId };
}

function lookedEntries({ officer, way }: RoutedOfficer): readonly [string, string | null][] {
  if (way.kind === 'matched') return [[officer.code, way.vendorId]];
  return way.kind === 'create' || way.kind === 'impossible' ? [[officer.code, null]] : [];
}

/** D-14: of a Main Officer who has left the fault says so; else the learner needs one, or a fallback. */
function noAssessorFault(main: RoutedOfficer | null, { learner }: PlanInput): PlanFault {
  const hasLeft = main?.way.kind === 'impossible' && main.way.lacks === 'OFFICER_NOT_LINKED';
  if (!hasLeft) return { code: 'NO_ASSESSOR', params: toWho(learner, 'onefile') };
  const { officer } = main;
  return { code: 'OFFICER_NOT_LINKED', params: { vendor, name: toFullName(officer), officer: officer.code } };
}

function goneFault({ officer, way }: RoutedOfficer): PlanFault {
  const id = way.kind === 'gone' ? way.id : '';
  return { code: 'LINK_GONE', params: { vendor, kind: 'officer', code: officer.code, id } };
}

function notUniqueFault({ officer, way }: RoutedOfficer): PlanFault {
  const names = way.kind === 'ambiguous' ? way.names.join(', ') : '';
  return { code: 'MIS_NOT_UNIQUE', params: { vendor, code: officer.code, names } };
}

/** Warns about officers that do not become assessors and about reviews without an officer (OF-20, OF-51). */
function findWarnings(officers: readonly RoutedOfficer[], input: PlanInput): readonly PlanFault[] {
  const { learner } = input;
  const who = toWho(learner, 'onefile');
  const orphans = findOrphanCodes(input).map((code): PlanFault => {
    return { code: 'NO_OFFICER', params: { ...who, kind: 'officer', code } };
  });
  const lacking = officers.flatMap(({ officer, way }): readonly PlanFault[] => {
    if (way.kind !== 'impossible') return [];
    const params = { vendor, name: toFullName(officer), ident: officer.code, officer: officer.code };
    return [{ code: way.lacks, params }];
  });
  const reviews = findUploads(input)
    .filter((review) => findReviewOfficer(review, learner) === null)
    .map(({ proposedAt }) => proposedAt?.slice(0, 10) ?? '')
    .sort()
    .map((date): PlanFault => ({ code: 'REVIEW_NO_OFFICER', params: { ...who, date } }));
  const blank: PlanFault[] = learner.mainOfficer === null ? [{ code: 'NO_ASSESSOR', params: who }] : [];
  return [...blank, ...orphans, ...lacking, ...reviews];
}

/**
 * The officers of an enrolment: the Main Officer first, the others by code. A code without an officer record
 * is left out.
 */
export function nameOfficers(naming: Naming): readonly NamedOfficer[] {
  const { mainOfficer, officers } = naming.learner;
  const parts = findParts(naming);
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

/** Codes that the learner names but that have no officer record. Nothing is created for them (OF-20). */
function findOrphanCodes(naming: Naming): readonly string[] {
  const known = new Set(naming.learner.officers.map(({ code }) => code));
  const codes = findParts(naming).map(({ code }) => code);
  return [...new Set(codes)].filter((code) => !known.has(code)).sort(compareText);
}

/** Reviews that will be uploaded (OF-19). */
export function findUploads({ learner, settings, centre }: Naming) {
  if (!settings.uploadReviews) return [];
  const types = toUploadTypes(settings, centre);
  return learner.reviews.filter((review) => isQualifying(review, types) && toProposedMs(review) !== null);
}

type PartKind = 'main' | 'qualification' | 'additional' | 'review';
type Part = { readonly kind: PartKind; readonly code: string; readonly text: string };

function findParts(naming: Naming): readonly Part[] {
  const { learner, settings } = naming;
  const { mainOfficer, qualifications, relatedOfficers } = learner;
  const parts: Part[] = mainOfficer === null ? [] : [partOf('main', mainOfficer, 'main officer')];
  for (const { officer, reference, seq } of qualifications) {
    if (officer !== null) parts.push(partOf('qualification', officer, `${reference} (${seq})`));
  }
  for (const { relation, code } of relatedOfficers) {
    if (settings.additionalAssessors.includes(relation))
      parts.push(partOf('additional', code, `additional ${relation}`));
  }
  for (const review of findUploads(naming)) {
    const officer = findReviewOfficer(review, learner)?.code ?? review.officer;
    if (officer !== null) parts.push(partOf('review', officer, 'review'));
  }
  return parts.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || compareText(a.text, b.text));
}

const order: readonly PartKind[] = ['main', 'qualification', 'additional', 'review'];

function partOf(kind: PartKind, code: string, text: string): Part {
  return { kind, code, text };
}

/** How an officer of PICS gets its assessor (OF-20, OF-32). */
type OfficerWay =
  | { readonly kind: 'linked' | 'matched'; readonly vendorId: string }
  | { readonly kind: 'create' }
  /**
   * The centre does not have the id of PICS or of the link table. It is never replaced by a guess (OF-31).
   */
  | { readonly kind: 'gone'; readonly id: string }
  /** Several assessors have the officer's code as MIS value (OF-36). */
  | { readonly kind: 'ambiguous'; readonly names: readonly string[] }
  /** PICS lacks what OneFile demands of an assessor. */
  | { readonly kind: 'impossible'; readonly lacks: Lack };

type Lack = 'NO_NAME' | 'NO_EMAIL' | 'OFFICER_NOT_LINKED';

export type PlanInput = EnrolmentInput & { readonly facts: EnrolmentFacts; readonly nowMs: number };

/**
 * Decides how an officer gets its assessor: by the id in PICS or in the link table if the centre has it,
 * else by a MIS value that only one assessor has, else by a create if PICS has all that OneFile demands.
 */
function decideOfficerWay(officer: Officer, { links, settings, facts, nowMs }: PlanInput): OfficerWay {
  const { code, externalId } = officer;
  const link = decideOwnerLink({ kind: 'officer', code, externalId }, links, settings, nowMs);
  if (link.kind === 'linked' || link.kind === 'typed') {
    const id = link.kind === 'linked' ? link.vendorId : link.typedId;
    const isGone = facts.missingAssessors.includes(id) || !isId(id);
    return isGone ? { kind: 'gone', id } : { kind: 'linked', vendorId: id };
  }
  const match = findOnly(facts.assessors[code] ?? []);
  if (match.kind !== 'none') return match;
  // D-14: a person who has left gets no account.
  const lack = officer.isDormant ? 'OFFICER_NOT_LINKED' : findLack(officer, settings);
  return lack === null ? { kind: 'create' } : { kind: 'impossible', lacks: lack };
}

/**
 * the first missing value without which an assessor cannot be created; null when nothing is missing.
 */
function findLack(
  { firstName, surname, email }: Officer,
  { officerCreateEmail }: Pick<OneFileSettings, 'officerCreateEmail'>,
): Lack | null {
  if (firstName === null || surname === null) return 'NO_NAME';
  return officerCreateEmail && email === null ? 'NO_EMAIL' : null;
}

/** OF-32: only a single hit counts as a match. */
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

/** The state at OneFile of an officer or organisation of an open enrolment. */
export type OwnerState =
  | { readonly kind: 'linked'; readonly vendorId: string }
  /** Found when the plan was made, so only the link must be stored. */
  | { readonly kind: 'link'; readonly link: NewLink }
  /** Its own lane must find or create it first (G-3). */
  | { readonly kind: 'need'; readonly owner: NeededOwner }
  /** Its lane was asked in this look and has no record at OneFile. `code` says why. */
  | { readonly kind: 'impossible'; readonly code: string; readonly params: Hold['params'] }
  /** Not found at OneFile, and PICS lacks what a create demands: the enrolment goes on without it. */
  | { readonly kind: 'without' };

/**
 * Decides the state of an officer.
 *
 * The stored link comes first. Then the result of the plan's search is used, while the plan is fresh: a
 * found assessor is linked without a call. Otherwise the officer's lane is asked, and gets the key of a search that
 * found none, so that it is not repeated. When the lane has been asked in this look, there is no assessor,
 * and its first held item says why.
 */
export function decideOfficerState(view: View, plan: OpenPlan, officer: Officer): OwnerState {
  const { code, externalId } = officer;
  const looked = findLooked(plan.looked, code);
  const key = { kind: 'officer', code } as const;
  const state = decideState(view, plan, { ...key, externalId, looked });
  const isUnobtainable =
    state.kind === 'need' && looked === null && findLack(officer, view.settings) !== null;
  return isUnobtainable ? { kind: 'without' } : state;
}

/** The same for the organisation of a placement. */
export function decideOrganisationState(view: View, plan: OpenPlan, placement: Placement): OwnerState {
  const { organisation: code, organisationExternalId: externalId } = placement;
  if (code === null) return { kind: 'without' };
  const looked = findLooked(plan.lookedPlacement, code);
  return decideState(view, plan, { kind: 'organisation', code, externalId, looked });
}

/** `looked`: the id found when the plan was made; null = none found, undefined = not searched for. */
type KnownOwner = OwnerKey & {
  readonly externalId: string | null;
  readonly looked: string | null | undefined;
};

function decideState({ lane, settings, needed, nowMs }: View, plan: OpenPlan, known: KnownOwner): OwnerState {
  const { kind, code, looked } = known;
  const link = decideOwnerLink(known, lane.links, settings, nowMs);
  if (link.kind === 'linked') return link;
  const hasStored = lane.links.some((one) => one.kind === kind && one.picsId === code);
  // The search of the plan does not apply to an id that a user typed since.
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

function findLooked(looked: OpenPlan['looked'], code: string): string | null | undefined {
  return Object.hasOwn(looked, code) ? looked[code] : undefined;
}
