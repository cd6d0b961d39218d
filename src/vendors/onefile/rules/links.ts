import type { Learner, Officer } from '../../../domain/learner.ts';
import type { HeldItem, LaneState } from '../../../domain/ledger.ts';
import type { Link, NewLink } from '../../../domain/link.ts';
import { type OwnerKey, toOwnerLane } from '../../../domain/owner.ts';
import type { Hold, NextStep } from '../../../domain/step.ts';
import type { Demand } from '../../../domain/view.ts';
import type { OneFileCentre, OneFileSettings } from './settings.ts';

export type LearnerLink =
  /** Found at OneFile before: work goes on with this id. */
  | { readonly kind: 'linked'; readonly link: Link }
  /** Typed into PICS and not yet found at OneFile (G-2). */
  | { readonly kind: 'unchecked'; readonly learnerId: string }
  /** Asked for just now and found: becomes the link, in the place of the one it replaces. */
  | { readonly kind: 'found'; readonly learnerId: string; readonly replaces: Link | null }
  /** Found at OneFile, but it belongs to another learner of PICS, or this one to another record (G-2). */
  | { readonly kind: 'in-use'; readonly learnerId: string; readonly held: HeldItem }
  /** Not an id of OneFile at all. */
  | { readonly kind: 'impossible'; readonly learnerId: string }
  /** A person emptied the column: the link falls, nothing is deleted at OneFile (OF-24, D-2). */
  | { readonly kind: 'cleared'; readonly link: Link }
  | { readonly kind: 'none' };

type Known = {
  readonly learner: Pick<Learner, 'ident' | 'oneFileId'>;
  readonly lane: Pick<LaneState, 'links' | 'held'>;
  /** Whether this look has asked OneFile for the learner already. */
  readonly hasAsked: boolean;
  readonly demand: Demand;
  readonly nowMs: number;
};

/** OF-24, G-2, D-2: the OneFile learner of this PICS learner. The column in PICS wins over the link table. */
export function decideLearnerLink({ learner, lane, hasAsked, demand, nowMs }: Known): LearnerLink {
  const link = lane.links.find(({ kind, picsId }) => kind === 'learner' && picsId === learner.ident);
  const typed = learner.oneFileId;
  if (typed === null) {
    if (link === undefined) return { kind: 'none' };
    return isSurelyCopied(link, nowMs) ? { kind: 'cleared', link } : { kind: 'linked', link };
  }
  if (link?.vendorId === typed) return { kind: 'linked', link };
  if (!/^\d{1,18}$/.test(typed)) return { kind: 'impossible', learnerId: typed };
  const held = lane.held.find(
    ({ subject, code, params }) =>
      subject === toLearnerSubject(learner.ident) && code === 'ID_IN_USE' && params['id'] === typed,
  );
  // Asking again on every change would cost a call each time; the daily exchange and a retry ask again.
  if (hasAsked) return { kind: 'found', learnerId: typed, replaces: link ?? null };
  if (held !== undefined && demand === 'change') return { kind: 'in-use', learnerId: typed, held };
  return { kind: 'unchecked', learnerId: typed };
}

/**
 * Whether PICS must be showing the id by now.
 *
 * PICS is read a moment before the ledger: an id copied in between is not missing, it was only not there yet. One that
 * a person typed was there before the link was.
 */
export function isSurelyCopied(link: Link, nowMs: number): boolean {
  return link.copiedAtMs === null ? link.how === 'typed' : nowMs - link.copiedAtMs > 60_000;
}

export function toLearnerSubject(ident: string): string {
  return `learner:${ident}`;
}

export type OfficerLink =
  | { readonly kind: 'linked'; readonly assessorId: string }
  /** To be done first: make a link that is known without asking, or have the officer's own lane see to it. */
  | { readonly kind: 'step'; readonly step: NextStep }
  /** Asked for in this look, and there is none: why. */
  | { readonly kind: 'impossible'; readonly code: string; readonly params: Hold['params'] };

type KnownOfficer = {
  readonly officer: Officer;
  readonly links: readonly Link[];
  readonly settings: OneFileSettings;
  readonly centre: OneFileCentre;
  /** Owners that were asked for in this look, by their lane. */
  readonly needed: ReadonlyMap<string, readonly Hold[]>;
  readonly nowMs: number;
};

/**
 * OF-20, OF-32: the assessor of an officer, as one learner needs it.
 *
 * What the cached list of assessors tells costs nothing; everything else is the officer's lane's business, so that two
 * learners never create one officer twice (OF-21, G-3).
 */
export function decideOfficerLink(known: KnownOfficer): OfficerLink {
  const { officer, links, settings, centre, needed, nowMs } = known;
  const key = { kind: 'officer', code: officer.code } as const;
  const link = decideOwnerLink({ ...key, externalId: officer.externalId }, links, settings, nowMs);
  if (link.kind === 'linked') return { kind: 'linked', assessorId: link.vendorId };
  const listed =
    link.kind === 'none' || link.kind === 'typed' ? findListed(officer.code, link, centre) : null;
  const hasStored = links.some(({ kind, picsId }) => kind === 'officer' && picsId === officer.code);
  if (listed !== null && !hasStored) {
    return { kind: 'step', step: { kind: 'link', links: [toOfficerLink(officer.code, listed, settings)] } };
  }
  const holds = needed.get(toOwnerLane(key));
  if (holds === undefined) return { kind: 'step', step: { kind: 'need', owners: [{ ...key, reads: [] }] } };
  const [first] = holds;
  return {
    kind: 'impossible',
    code: first?.code ?? 'NO_ASSESSOR',
    params: { ...first?.params, officer: officer.code },
  };
}

type Listed = { readonly id: string; readonly how: NewLink['how'] };

/** Several with one MIS value are nobody: which names they have is told when OneFile is asked (OF-36). */
function findListed(
  code: string,
  link: { readonly kind: 'none' } | { readonly kind: 'typed'; readonly typedId: string },
  { assessors }: OneFileCentre,
): Listed | null {
  const hits = (assessors ?? []).filter(({ id, misId }) =>
    link.kind === 'none' ? misId === code : id === link.typedId,
  );
  const ids = new Set(hits.map(({ id }) => id));
  const [only] = ids.size === 1 ? ids : [];
  return only === undefined ? null : { id: only, how: link.kind === 'none' ? 'matched' : 'typed' };
}

function toOfficerLink(code: string, { id, how }: Listed, { centreId }: OneFileSettings): NewLink {
  return {
    vendor: 'onefile',
    centre: centreId,
    kind: 'officer',
    picsId: code,
    vendorId: id,
    ident: null,
    how,
  };
}

export type OwnerLink =
  | { readonly kind: 'linked'; readonly vendorId: string }
  /** A person put an id into PICS that is not the linked one: it counts after it was found at OneFile (G-2). */
  | { readonly kind: 'typed'; readonly typedId: string; readonly stored: Link | null }
  /** A person took the id away: the link falls. */
  | { readonly kind: 'cleared'; readonly stored: Link }
  | { readonly kind: 'none' };

type KnownOwner = OwnerKey & {
  /** What the external-id column holds; undefined when this PICS has no such column. */
  readonly externalId: string | null | undefined;
};

type Settings = Pick<OneFileSettings, 'externalIdVendor' | 'matchBy'>;

/**
 * OF-30, OF-32, OF-33, D-2: the OneFile record of an officer or organisation, as far as PICS and the link table tell.
 *
 * The column in PICS wins over the link table when it is OneFile's. With matching by MIS value (OF-35) ids that people
 * typed or looked up count for nothing. Never by name.
 */
export function decideOwnerLink(
  { kind, code, externalId }: KnownOwner,
  links: readonly Link[],
  settings: Settings,
  nowMs: number,
): OwnerLink {
  const found = links.find((link) => link.kind === kind && link.picsId === code) ?? null;
  const usesIds = settings.matchBy === 'id';
  const isOfPerson = found !== null && (found.how === 'typed' || found.how === 'looked-up');
  const stored = !usesIds && isOfPerson ? null : found;
  const isColumnOurs = usesIds && settings.externalIdVendor === 'onefile' && externalId !== undefined;
  if (!isColumnOurs)
    return stored === null ? { kind: 'none' } : { kind: 'linked', vendorId: stored.vendorId };
  if (externalId === null) {
    if (stored === null) return { kind: 'none' };
    return isSurelyCopied(stored, nowMs)
      ? { kind: 'cleared', stored }
      : { kind: 'linked', vendorId: stored.vendorId };
  }
  if (externalId === stored?.vendorId) return { kind: 'linked', vendorId: externalId };
  return { kind: 'typed', typedId: externalId, stored };
}
