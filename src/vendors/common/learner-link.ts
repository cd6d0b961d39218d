import type { JsonObject } from '../../domain/json.ts';
import { holdsIdsOfVendor, type Learner } from '../../domain/learner.ts';
import type { LaneState } from '../../domain/ledger.ts';
import type { Link } from '../../domain/link.ts';
import type { OwnerKind } from '../../domain/owner.ts';
import type { Claimant } from '../../domain/people.ts';
import type { VendorColumns } from '../../domain/ports.ts';
import type { Hold } from '../../domain/step.ts';
import type { VendorName } from '../../domain/vendor-name.ts';
import type { Demand } from '../../domain/view.ts';
import { findContradictions, type PersonFacts, picsFacts } from './person.ts';

/*
 * Which learner of the vendor a learner of PICS is (OF-24, SA-18), one look at a time. The bulk linking of a full pass
 * obeys the same rules: `linkSeenLearners`.
 *
 * PICS's id column wins over the link table (D-2), but an id in it counts only after these questions, in this order:
 * does another record of PICS show the same id (D-7), is it linked to another record (G-2) that PICS still has (D-9),
 * was it found at the vendor, and can it be the same person (D-13).
 */

/** How a vendor's ids stand in PICS and what they look like: the parameter by which these rules serve each vendor. */
export type VendorIds = VendorColumns & {
  readonly vendor: VendorName;
  /** An id as the vendor writes it; null: the text cannot be one. */
  toId(kind: 'learner' | OwnerKind, text: string): string | null;
  /** What identifies a learner, as the vendor showed it. */
  personOf(record: JsonObject): PersonFacts;
};

/** Key of a record that PICS no longer has, and its links. */
type VacatedLink = { readonly from: string; readonly links: readonly Link[] };

type LearnerLink =
  /** Found at the vendor earlier. This id is used. */
  | { readonly kind: 'linked'; readonly link: Link }
  /** Typed into PICS and not yet found at the vendor (G-2). */
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
  /** A user emptied the column: the link is removed, and nothing is deleted at the vendor (D-2). */
  | { readonly kind: 'cleared'; readonly link: Link }
  | { readonly kind: 'none' };

type LinkedLearner = Pick<
  Learner,
  | 'ident'
  | VendorColumns['learner']
  | 'hasDetails'
  | 'activePortfolio'
  | 'uln'
  | 'niNumber'
  | 'firstName'
  | 'surname'
  | 'birthDate'
>;

type LearnerFacts = {
  readonly ids: VendorIds;
  readonly learner: LinkedLearner;
  readonly lane: Pick<LaneState, 'links' | 'held' | 'shadows'>;
  readonly claims: Claims;
  /** Whether this look has already asked the vendor for the learner. */
  readonly hasAsked: boolean;
  readonly demand: Demand;
  readonly nowMs: number;
};

export const noClaims: Claims = { claimants: [], holder: null };

/** OF-24, SA-18, G-2, D-2: decides which learner of the vendor a PICS learner is. */
export function decideLearnerLink(facts: LearnerFacts): LearnerLink {
  const { ids, learner, lane, claims, hasAsked, demand, nowMs } = facts;
  const link = findLearnerLink(learner, lane.links);
  const shown = learner[ids.learner];
  if (shown === null) {
    if (link === undefined) return { kind: 'none' };
    // D-20: a column of a row that is not there was not emptied.
    const isCleared = learner.hasDetails && isSurelyCopied(link, nowMs);
    return { kind: isCleared ? 'cleared' : 'linked', link };
  }
  if (findUncheckedId(ids, learner, lane.links) === null)
    return link === undefined ? { kind: 'none' } : { kind: 'linked', link };
  const typed = ids.toId('learner', shown);
  if (typed === null) return { kind: 'refused', code: 'ID_NOT_FOUND', params: { id: shown } };
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

/** D-13: what contradicts in the two records, as the vendor last showed its one. */
function findDifferences({ ids, learner, lane }: LearnerFacts, learnerId: string): readonly string[] {
  const shadow = lane.shadows.find(({ entity, vendorId }) => entity === 'learner' && vendorId === learnerId);
  return shadow === undefined ? [] : findContradictions(picsFacts(learner), ids.personOf(shadow.record));
}

/**
 * The id in PICS that would become or replace the learner's link; null = there is none. D-20: where another portfolio is
 * in use, the column may hold a number of another system, so it makes no link.
 */
export function findUncheckedId(
  ids: VendorIds,
  learner: Pick<Learner, 'ident' | VendorColumns['learner'] | 'activePortfolio'>,
  links: readonly Link[],
): string | null {
  if (!holdsIdsOfVendor(ids.learner, learner.activePortfolio)) return null;
  const shown = learner[ids.learner];
  const id = shown === null ? null : (ids.toId('learner', shown) ?? shown);
  return findLearnerLink(learner, links)?.vendorId === id ? null : id;
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

/** Who else stands in the way of an id that is to become a link. */
export type Claims = {
  /** Records of PICS whose column holds the id, this one included (D-7). */
  readonly claimants: readonly Claimant[];
  /** Another record of PICS that is linked to the id; null = none. */
  readonly holder: Holder | null;
};

type Holder = {
  readonly code: string;
  /** D-9: with all links of a record that PICS no longer has; null = PICS has it. */
  readonly vacant: readonly Link[] | null;
};
