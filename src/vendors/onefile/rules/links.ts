import type { Learner, Officer } from '../../../domain/learner.ts';
import type { LaneState } from '../../../domain/ledger.ts';
import type { Link, NewLink } from '../../../domain/link.ts';
import { type OwnerKey, toOwnerLane } from '../../../domain/owner.ts';
import type { OwnerMatch, SeenOwners } from '../../../domain/people.ts';
import type { Hold, NextStep } from '../../../domain/step.ts';
import type { Demand } from '../../../domain/view.ts';
import { findContradictions, oneFileFacts, picsFacts, toMisKey } from './person.ts';
import type { Claims, OneFileCentre, OneFileSettings } from './settings.ts';
import { toText } from './values.ts';

/*
 * Who is linked with whom: learners (OF-24), officers and organisations (OF-30 to OF-36), one look at a time. The bulk
 * linking of a full pass obeys the same rules: `linkSeenLearners`, `matchSeenOwners`.
 *
 * PICS's id column wins over the link table (D-2), but an id in it counts only after these questions, in this order:
 * does another record of PICS show the same id (D-7), is it linked to another record (G-2) that PICS still has (D-9),
 * was it found at OneFile, and can it be the same person (D-13).
 */

/** Key of a record that PICS no longer has, and its links. */
type VacatedLink = { readonly from: string; readonly links: readonly Link[] };

type LearnerLink =
  /** Found at OneFile earlier. This id is used. */
  | { readonly kind: 'linked'; readonly link: Link }
  /** Typed into PICS and not yet found at OneFile (G-2). */
  | { readonly kind: 'unchecked'; readonly learnerId: string }
  /** Looked up in this look and found: becomes the link and replaces the old one, if any. */
  | {
      readonly kind: 'found';
      readonly learnerId: string;
      readonly replaces: Link | null;
      /** D-9: the record that had the id and that PICS no longer has. */
      readonly vacated: VacatedLink | null;
    }
  /** It cannot become a link: a person must correct PICS, or confirm. */
  | { readonly kind: 'refused'; readonly code: string; readonly params: Hold['params'] }
  /** A user emptied the column: the link is removed, and nothing is deleted at OneFile (OF-24, D-2). */
  | { readonly kind: 'cleared'; readonly link: Link }
  | { readonly kind: 'none' };

type LinkedLearner = Pick<
  Learner,
  | 'ident'
  | 'oneFileId'
  | 'hasDetails'
  | 'activePortfolio'
  | 'uln'
  | 'niNumber'
  | 'firstName'
  | 'surname'
  | 'birthDate'
>;

type LearnerFacts = {
  readonly learner: LinkedLearner;
  readonly lane: Pick<LaneState, 'links' | 'held' | 'shadows'>;
  readonly claims: Claims;
  /** Whether this look has already asked OneFile for the learner. */
  readonly hasAsked: boolean;
  readonly demand: Demand;
  readonly nowMs: number;
};

export const noClaims: Claims = { claimants: [], holder: null };

/** OF-24, G-2, D-2: decides which OneFile learner a PICS learner is. */
export function decideLearnerLink(facts: LearnerFacts): LearnerLink {
  const { learner, lane, claims, hasAsked, demand, nowMs } = facts;
  const link = findLearnerLink(learner, lane.links);
  const typed = learner.oneFileId;
  if (typed === null) {
    if (link === undefined) return { kind: 'none' };
    // D-20: a column of a row that is not there was not emptied.
    const isCleared = learner.hasDetails && isSurelyCopied(link, nowMs);
    return { kind: isCleared ? 'cleared' : 'linked', link };
  }
  if (findUncheckedId(learner, lane.links) === null)
    return link === undefined ? { kind: 'none' } : { kind: 'linked', link };
  if (!/^\d{1,18}$/.test(typed)) return { kind: 'refused', code: 'ID_NOT_FOUND', params: { id: typed } };
  const { holder } = claims;
  const vacated =
    holder === null || holder.vacant === null ? null : { from: holder.code, links: holder.vacant };
  if (holder !== null && vacated === null) {
    const params = { id: typed, code: holder.code, wantedBy: learner.ident };
    return { kind: 'refused', code: 'ID_IN_USE', params };
  }
  if (claims.claimants.length > 1) return claimedTwice(typed, claims);
  const differs = findDifferences(facts, typed);
  // What was seen before is enough to keep the hold. The daily exchange and a retry look it up again.
  const isHeld = lane.held.some(
    ({ subject, code, params }) =>
      subject === toLearnerSubject(learner.ident) && code === 'ID_OTHER_PERSON' && params['id'] === typed,
  );
  if (!hasAsked && !(isHeld && demand === 'change' && differs.length > 0))
    return { kind: 'unchecked', learnerId: typed };
  if (differs.length > 0) {
    const name = [learner.firstName, learner.surname].filter((part) => part !== null).join(' ');
    const params = { id: typed, name, ident: learner.ident, differs: differs.join(', ') };
    return { kind: 'refused', code: 'ID_OTHER_PERSON', params };
  }
  return { kind: 'found', learnerId: typed, replaces: link ?? null, vacated };
}

/** D-13: what contradicts in the two records, as OneFile last showed its one. */
function findDifferences({ learner, lane }: LearnerFacts, learnerId: string): readonly string[] {
  const shadow = lane.shadows.find(({ entity, vendorId }) => entity === 'learner' && vendorId === learnerId);
  return shadow === undefined ? [] : findContradictions(picsFacts(learner), oneFileFacts(shadow.record));
}

/**
 * The id in PICS that would become or replace the learner's link; null = there is none. D-20: where another portfolio is
 * in use, the column may hold a number of another system, so it makes no link.
 */
export function findUncheckedId(
  learner: Pick<Learner, 'ident' | 'oneFileId' | 'activePortfolio'>,
  links: readonly Link[],
): string | null {
  const { oneFileId, activePortfolio } = learner;
  if (activePortfolio !== null && activePortfolio !== 'O') return null;
  return findLearnerLink(learner, links)?.vendorId === oneFileId ? null : oneFileId;
}

function findLearnerLink({ ident }: Pick<Learner, 'ident'>, links: readonly Link[]): Link | undefined {
  return links.find(({ kind, picsId }) => kind === 'learner' && picsId === ident);
}

/** D-7: neither record gets the id until one of them is corrected. */
export function claimedTwice(id: string, { claimants }: Claims) {
  const names = claimants.map(({ code, name }) => (name === null ? code : `${name} (${code})`)).join(', ');
  return { kind: 'refused', code: 'ID_CLAIMED_TWICE', params: { id, names } } as const;
}

/**
 * Whether PICS must show the id by now, so that a blank column means that a user cleared it.
 *
 * PICS is read a moment before the ledger, so an id that was copied in between is not in the read row yet.
 * Hence the wait of 60 seconds. An id typed by a user was in PICS before the link was.
 */
export function isSurelyCopied(link: Link, nowMs: number): boolean {
  return link.copiedAtMs === null ? link.how === 'typed' : nowMs - link.copiedAtMs > 60_000;
}

export function toLearnerSubject(ident: string): string {
  return `learner:${ident}`;
}

type OfficerLink =
  | { readonly kind: 'linked'; readonly assessorId: string }
  /**
   * A step that must come first: store a link that needs no call, or let the officer's own lane find the
   * assessor.
   */
  | { readonly kind: 'step'; readonly step: NextStep }
  /** The officer's lane was asked in this look and has no assessor. `code` says why. */
  | { readonly kind: 'impossible'; readonly code: string; readonly params: Hold['params'] };

type OfficerFacts = {
  readonly officer: Officer;
  readonly links: readonly Link[];
  readonly settings: OneFileSettings;
  readonly centre: OneFileCentre;
  /** Held items of the owners that were asked for in this look, by lane. */
  readonly needed: ReadonlyMap<string, readonly Hold[]>;
  readonly nowMs: number;
};

/**
 * OF-20, OF-32: finds the assessor of an officer that one learner needs.
 *
 * It tries the stored link first, then the cached list of assessors, which costs no call. Everything else is
 * left to the officer's own lane, so that two learners never create the same officer twice (OF-21, G-3).
 * When that lane was already asked in this look, its first held item says why there is no assessor.
 */
export function decideOfficerLink(known: OfficerFacts): OfficerLink {
  const { officer, links, settings, centre, needed, nowMs } = known;
  const key = { kind: 'officer', code: officer.code } as const;
  const link = decideOwnerLink({ ...key, externalId: officer.externalId }, links, settings, nowMs);
  if (link.kind === 'linked') return { kind: 'linked', assessorId: link.vendorId };
  const listed =
    link.kind === 'none' || link.kind === 'typed' ? findListed(officer.code, link, centre) : null;
  const hasStored = links.some(({ kind, picsId }) => kind === 'officer' && picsId === officer.code);
  if (listed !== null && !hasStored) {
    return { kind: 'step', step: { kind: 'link', links: [officerLink(officer.code, listed, settings)] } };
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

type ListedAssessor = { readonly id: string; readonly how: NewLink['how'] };

/**
 * Null when several assessors have the MIS value. The lane of the officer then asks OneFile and names them
 * in its held item (OF-36).
 */
function findListed(
  code: string,
  link: { readonly kind: 'none' } | { readonly kind: 'typed'; readonly typedId: string },
  { assessors }: OneFileCentre,
): ListedAssessor | null {
  const hits = (assessors ?? []).filter(({ id, misId }) =>
    link.kind === 'none' ? toMisKey(misId) === toMisKey(code) : id === link.typedId,
  );
  const ids = new Set(hits.map(({ id }) => id));
  const [only] = ids.size === 1 ? ids : [];
  return only === undefined ? null : { id: only, how: link.kind === 'none' ? 'matched' : 'typed' };
}

function officerLink(code: string, { id, how }: ListedAssessor, { centreId }: OneFileSettings): NewLink {
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

type OwnerLink =
  | { readonly kind: 'linked'; readonly vendorId: string }
  /**
   * A user typed an id into PICS that is not the linked one: it counts after it was found at OneFile (G-2).
   */
  | { readonly kind: 'typed'; readonly typedId: string; readonly stored: Link | null }
  /** A user cleared the id: the link is removed. */
  | { readonly kind: 'cleared'; readonly stored: Link }
  | { readonly kind: 'none' };

type OwnerFacts = OwnerKey & {
  /** Content of the external-id column; undefined when this PICS has no such column. */
  readonly externalId: string | null | undefined;
};

type Settings = Pick<OneFileSettings, 'externalIdVendor' | 'matchBy'>;

/**
 * OF-30, OF-32, OF-33, D-2: decides which OneFile record an officer or organisation is, from PICS and the
 * link table.
 *
 * When the external-id column belongs to OneFile, it wins over the link table. With matching by MIS value
 * (OF-35), ids that people typed or looked up are ignored. Records are never matched by name.
 */
export function decideOwnerLink(
  { kind, code, externalId }: OwnerFacts,
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

type SeenOwner = { readonly id: string; readonly misId: string | null };

/**
 * D-6, OF-32: which officers or organisations are which of the records that a full pass has shown. One whose id column
 * names a record is that one; one without an id is the only record that has its code as MIS value.
 *
 * An organisation's record belongs to one organisation (D-7): an id that two of them show, or that another one is
 * linked to, is left to a look. Officers may share an assessor (D-8).
 */
export function matchSeenOwners(
  { kind, owners, links, shown }: SeenOwners,
  settings: Settings & Pick<OneFileSettings, 'centreId'>,
  nowMs: number,
): OwnerMatch {
  const seen = shown.map(
    ({ vendorId, record }): SeenOwner => ({ id: vendorId, misId: toText(record['misId']) }),
  );
  const byId = new Map(seen.map((one) => [one.id, one]));
  const byMisId = Map.groupBy(seen, ({ misId }) => toMisKey(misId));
  const claims = Map.groupBy(owners, ({ externalId }) => externalId);
  const holders = new Map(links.map(({ vendorId, picsId }) => [vendorId, picsId]));
  const found: NewLink[] = [];
  const unclear: string[] = [];
  const isFree = (id: string, code: string): boolean =>
    kind === 'officer' || (holders.get(id) ?? code) === code;
  for (const { code, externalId } of owners) {
    const link = decideOwnerLink({ kind, code, externalId }, links, settings, nowMs);
    const shared = { vendor: 'onefile', centre: settings.centreId, kind, picsId: code, ident: null } as const;
    if (link.kind === 'cleared') unclear.push(code);
    if (link.kind === 'typed') {
      const isOnly = kind === 'officer' || claims.get(link.typedId)?.length === 1;
      if (link.stored !== null || !isOnly || !isFree(link.typedId, code)) unclear.push(code);
      else if (byId.has(link.typedId)) found.push({ ...shared, vendorId: link.typedId, how: 'typed' });
    }
    if (link.kind === 'none') {
      const [only, ...others] = byMisId.get(toMisKey(code)) ?? [];
      const isClaimed = kind === 'organisation' && claims.has(only?.id ?? null);
      if (only === undefined || others.length > 0 || isClaimed || !isFree(only.id, code)) continue;
      found.push({ ...shared, vendorId: only.id, how: 'matched' });
    }
  }
  return { links: found, unclear };
}
