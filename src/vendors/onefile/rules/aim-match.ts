import type { Qualification } from '../../../domain/learner.ts';
import type { Link } from '../../../domain/link.ts';
import { toReferenceKey, toText } from '../../common/values.ts';
import type { AimRecord } from './records.ts';

/*
 * Which learning aim of OneFile belongs to which delivery qualification of PICS (A-35, D-9, D-10).
 *
 * Only records of one normalised reference compete. A stored link keeps its pair as long as the pair makes sense: an
 * open qualification with a live aim, or an ended qualification with a finished aim. A link whose qualification is gone
 * frees its aim. A link that binds an open qualification to a finished aim, or a live aim to an ended qualification,
 * gives way as soon as an open counterpart is there, and not before. What is left over is paired by preference.
 *
 * The match is a pure function of the present records, and both sides of the exchange call it: a look, which then
 * moves the links, and the reconciler, which does not wait for that.
 */

export type AimPair = {
  readonly qualification: Qualification;
  readonly aim: AimRecord;
  /** False when the pair was found by reference and is not stored as a link yet. */
  readonly isLinked: boolean;
  /** Several aims or several qualifications have the reference: all of them must have been seen. */
  readonly isContested: boolean;
  /** Finished aims of the reference that came before. What they hold is theirs and is not sent to this aim. */
  readonly earlier: readonly AimRecord[];
};

/** A qualification whose aim cannot be distinguished from another, with the aims in question. */
type UnclearAims = { readonly qualification: Qualification; readonly aims: readonly AimRecord[] };

export type AimMatch = {
  readonly pairs: readonly AimPair[];
  /** Stored links that contradict the pairs. They are removed before the pairs become links. */
  readonly stale: readonly Link[];
  readonly unclear: readonly UnclearAims[];
};

type AimSides = {
  readonly ident: string;
  readonly qualifications: readonly Qualification[];
  readonly aims: readonly AimRecord[];
  /** Links of the learner; those of other kinds are ignored. */
  readonly links: readonly Link[];
};

/** One reference with what takes part under it. */
type Group = { readonly qualifications: Qualification[]; readonly aims: AimRecord[] };

/** Links whose qualification still exists. `lost`: OneFile does not show the aim, so a person is asked (OF-31). */
type Stored = {
  readonly kept: ReadonlyMap<Qualification, AimRecord>;
  readonly lost: ReadonlySet<Qualification>;
};

/**
 * Pairs aims with delivery qualifications, each of them once.
 *
 * Within a reference, in this order:
 *
 * 1. A stored pair that makes sense stays.
 * 2. Live aims go to open qualifications.
 * 3. A stored pair of which neither side has found a counterpart stays.
 * 4. What is left over is paired: the open qualification first, then the highest sequence; the aim in progress first,
 *    then suspended, achieved, withdrawn, then the newest. An aim that ended before the qualification began is no match.
 *
 * When several aims are left after step 1 and one of them cannot be ranked, steps 2 and 4 are left out: a person is
 * asked (AIM_UNCLEAR).
 */
export function matchAims({ ident, qualifications, aims, links }: AimSides): AimMatch {
  const own = links.filter(({ kind }) => kind === 'qualification');
  const stored = findStored({ ident, qualifications, aims, links: own });
  const pairs: AimPair[] = [];
  const unclear: UnclearAims[] = [];
  for (const group of groupByReference({ ident, qualifications, aims, links: own }, stored)) {
    const matched = matchGroup(group, stored);
    pairs.push(...matched.pairs);
    unclear.push(...matched.unclear);
  }
  return { pairs, stale: findStale({ ident, qualifications, aims, links: own }, pairs, stored), unclear };
}

function findStored({ ident, qualifications, aims, links }: AimSides): Stored {
  const kept = new Map<Qualification, AimRecord>();
  const lost = new Set<Qualification>();
  for (const { picsId, vendorId, how } of links) {
    const qualification = qualifications.find(({ key }) => toQualificationId(ident, key) === picsId);
    if (qualification === undefined) continue;
    const aim = aims.find(({ id }) => id === vendorId);
    if (aim === undefined) lost.add(qualification);
    else if (how !== 'matched' || isFitting(qualification, aim)) kept.set(qualification, aim);
  }
  return { kept, lost };
}

/** A stored pair competes under the reference of its qualification, whatever the aim says. */
function groupByReference(
  { ident, qualifications, aims, links }: AimSides,
  { kept, lost }: Stored,
): readonly Group[] {
  const groups = new Map<string, Group>();
  const groupOf = (key: string): Group => {
    const group = groups.get(key) ?? { qualifications: [], aims: [] };
    groups.set(key, group);
    return group;
  };
  const keyOfPair = new Map<AimRecord, string>();
  const inPics = new Set(qualifications.map(({ key }) => toQualificationId(ident, key)));
  const orphans = links.filter(({ picsId }) => !inPics.has(picsId));
  for (const qualification of qualifications) {
    if (lost.has(qualification)) continue;
    const aim = kept.get(qualification);
    // Without a reference a qualification has no rivals: it keeps its stored aim and gets no other.
    const key = toReferenceKey(qualification.reference) ?? (aim === undefined ? null : ` ${aim.id}`);
    if (key === null) continue;
    groupOf(key).qualifications.push(qualification);
    if (aim !== undefined) keyOfPair.set(aim, key);
  }
  for (const aim of aims) {
    const key = keyOfPair.get(aim) ?? toReferenceKey(aim.reference) ?? findReferenceOf(aim, orphans, ident);
    if (key !== null) groupOf(key).aims.push(aim);
  }
  return [...groups.values()];
}

/** An aim that shows no reference has that of the qualification it was linked to and that is gone. */
function findReferenceOf({ id }: AimRecord, orphans: readonly Link[], ident: string): string | null {
  const link = orphans.find(({ vendorId }) => vendorId === id);
  if (link === undefined) return null;
  const key = link.picsId.slice(ident.length + 1);
  return toReferenceKey(key.slice(0, key.lastIndexOf('/')));
}

function matchGroup(
  { qualifications, aims }: Group,
  { kept }: Stored,
): { readonly pairs: readonly AimPair[]; readonly unclear: readonly UnclearAims[] } {
  const freeQualifications = new Set(qualifications.toSorted(byPreferredQualification));
  const freeAims = new Set(aims.toSorted(byPreferredAim));
  const pairs: AimPair[] = [];
  const isContested = qualifications.length > 1 || aims.length > 1;
  const take = (qualification: Qualification, aim: AimRecord): void => {
    freeQualifications.delete(qualification);
    freeAims.delete(aim);
    const isLinked = kept.get(qualification) === aim;
    const earlier = isLive(aim) ? aims.filter((one) => one !== aim && !isLive(one)) : [];
    pairs.push({ qualification, aim, isLinked, isContested, earlier });
  };
  const keep = (isKept: (qualification: Qualification, aim: AimRecord) => boolean): void => {
    for (const qualification of freeQualifications) {
      const aim = kept.get(qualification);
      if (aim !== undefined && freeAims.has(aim) && isKept(qualification, aim)) take(qualification, aim);
    }
  };
  const pair = (of: (qualification: Qualification, aim: AimRecord) => boolean): void => {
    for (const aim of freeAims) {
      const fitting = [...freeQualifications].find((one) => of(one, aim) && isFitting(one, aim));
      if (fitting !== undefined) take(fitting, aim);
    }
  };
  keep((qualification, aim) => isOpen(qualification) === isLive(aim));
  const isUnclear = freeAims.size > 1 && [...freeAims].some((aim) => rankOf(aim) === null);
  if (isUnclear) {
    const unclear = [...freeQualifications].map((qualification) => ({ qualification, aims: [...freeAims] }));
    keep(() => true);
    return { pairs, unclear };
  }
  pair((qualification, aim) => isOpen(qualification) && isLive(aim));
  keep(() => true);
  pair(() => true);
  return { pairs, unclear: [] };
}

/** A link that is lost, or whose two sides are both without another partner, stands. */
function findStale(
  { ident, qualifications, links }: AimSides,
  pairs: readonly AimPair[],
  { kept, lost }: Stored,
): readonly Link[] {
  return links.filter(({ picsId, vendorId }) => {
    const qualification = qualifications.find(({ key }) => toQualificationId(ident, key) === picsId);
    if (qualification !== undefined && lost.has(qualification)) return false;
    const isUnfit = qualification !== undefined && !kept.has(qualification);
    const other = pairs.find((pair) => pair.aim.id === vendorId || pair.qualification === qualification);
    return isUnfit || (other !== undefined && !other.isLinked);
  });
}

/** The PICS id of a qualification in a link: `ident/reference/seq`. */
export function toQualificationId(ident: string, key: string): string {
  return `${ident}/${key}`;
}

function isOpen({ endOn }: Qualification): boolean {
  return toText(endOn) === null;
}

/** In progress or suspended. */
function isLive(aim: AimRecord): boolean {
  return (rankOf(aim) ?? 0) < ranks.achieved;
}

const ranks = { inProgress: 0, suspended: 1, achieved: 2, withdrawn: 3 } as const;
/** What OneFile's numbers mean, in the order of the numbers. */
const statuses = ['inProgress', 'achieved', 'withdrawn', 'suspended'] as const;

/**
 * How far down an aim stands among aims of its reference; null = it does not say. A date of achievement counts where
 * the status is missing, or still says that the aim is in progress.
 */
function rankOf({ status, achievedOn, unreadable }: AimRecord): number | null {
  const name = status === null ? 'inProgress' : statuses[status];
  if (name === undefined || unreadable.includes('achievedOn')) return null;
  return ranks[name === 'inProgress' && achievedOn !== null ? 'achieved' : name];
}

/** D-10: an aim that ended before the qualification began belongs to an earlier one. */
export function isFitting(
  { startOn }: Pick<Qualification, 'startOn'>,
  aim: Pick<AimRecord, 'status' | 'achievedOn' | 'plannedEndOn'>,
): boolean {
  // OneFile does not say when an aim was withdrawn; it was before the planned end.
  const isWithdrawn = aim.status !== null && statuses[aim.status] === 'withdrawn';
  const endedOn = aim.achievedOn ?? (isWithdrawn ? aim.plannedEndOn : null);
  return startOn === null || endedOn === null || endedOn >= startOn;
}

function byPreferredQualification(a: Qualification, b: Qualification): number {
  return Number(isOpen(b)) - Number(isOpen(a)) || b.seq - a.seq;
}

/** Ids grow, so the greatest is the newest. */
function byPreferredAim(a: AimRecord, b: AimRecord): number {
  return (rankOf(a) ?? 0) - (rankOf(b) ?? 0) || Number(b.id) - Number(a.id);
}
