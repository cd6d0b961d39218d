import { findContradictions, type PersonFacts, picsFacts, toMisKey } from './person.ts';
import { toText, toUln } from './values.ts';

/** The fields of a PICS learner that its match at a vendor depends on. */
export type PicsPerson = {
  readonly ident: string;
  /** The id as it stands in PICS, checked or not. */
  readonly vendorId: string | null;
  readonly uln: string | null;
  readonly niNumber: string | null;
  readonly firstName: string | null;
  readonly surname: string | null;
  readonly birthDate: string | null;
};

/** A learner of the vendor. */
export type VendorPerson = PersonFacts & { readonly id: string };

/** By what a learner of PICS and one of the vendor may be taken for the same. */
export type MatchReason = 'id' | 'misValue' | 'uln';
type Match = { readonly ident: string; readonly vendorId: string; readonly by: MatchReason };

export type FirstMatch = {
  /** Pairs to link, sorted by ident. */
  readonly matches: readonly Match[];
  /**
   * Same names and birth date on both sides. A person decides; these pairs are never linked automatically.
   */
  readonly proposals: readonly { readonly ident: string; readonly vendorId: string }[];
  /** Learners whose id in PICS is not taken. They are not matched in any other way. */
  readonly doubtful: readonly Doubt[];
  /** Number of learners of the centre without a learner in PICS. */
  readonly unmatchedCount: number;
};

/** Why an id is not taken: the centre has no such learner, two learners show it (D-7), or it is another person (D-13). */
type Doubt = {
  readonly ident: string;
  readonly name: string;
  readonly vendorId: string;
  readonly why: 'ID_NOT_FOUND' | 'ID_CLAIMED_TWICE' | 'ID_IN_USE' | 'ID_OTHER_PERSON';
  /** What contradicts; empty for the other reasons. */
  readonly differs: readonly string[];
};

/** Existing links. Neither of their sides takes part in the match. */
export type KnownLinks = { readonly idents: ReadonlySet<string>; readonly vendorIds: ReadonlySet<string> };

/** How a vendor's learners are matched. */
type Matching = {
  readonly known: KnownLinks;
  /** Beside the id that PICS shows, which always counts. */
  readonly by: readonly Exclude<MatchReason, 'id'>[];
  /** The form in which ids are compared; null where the text cannot be one. */
  readonly toId: (text: string) => string | null;
};

/**
 * pairs the learners of PICS and of a vendor before the initial synchronisation.
 *
 * Up to three passes run in this order. Each takes only learners that are still without a link:
 *
 * 1. by the vendor's id stored in PICS;
 * 2. by MIS value, which is the ident of the PICS learner;
 * 3. by ULN.
 *
 * A value must be unique among all learners of either side. Two records with the same value are not matched
 * by it. Learners that are left over and have the same names and birth date on both sides are only proposed.
 */
export function matchFirst(
  given: readonly PicsPerson[],
  shown: readonly VendorPerson[],
  { known, by, toId }: Matching,
): FirstMatch {
  const pics = given.map((one) => ({ ...one, vendorId: toKnownForm(one.vendorId, toId) }));
  const byId = new Map(shown.map((one) => [one.id, one]));
  const claims = countBy(pics, ({ vendorId }) => vendorId);
  const matches: Match[] = [];
  const takenIdents = new Set(known.idents);
  const takenIds = new Set(known.vendorIds);
  const doubtful: Doubt[] = [];
  const take = (ident: string, vendorId: string, by: MatchReason): void => {
    matches.push({ ident, vendorId, by });
    takenIdents.add(ident);
    takenIds.add(vendorId);
  };
  for (const person of pics) {
    const { ident, vendorId } = person;
    if (vendorId === null || takenIdents.has(ident)) continue;
    const one = byId.get(vendorId);
    const differs = one === undefined ? [] : findContradictions(picsFacts(person), one);
    const name = [person.firstName, person.surname].filter((part) => part !== null).join(' ');
    const doubt = (why: Doubt['why']): void => {
      const isOther = why === 'ID_OTHER_PERSON';
      doubtful.push({ ident, name, vendorId, why, differs: isOther ? differs : [] });
    };
    if (known.vendorIds.has(vendorId)) doubt('ID_IN_USE');
    else if (claims.get(vendorId) !== 1) doubt('ID_CLAIMED_TWICE');
    else if (one === undefined) doubt('ID_NOT_FOUND');
    else if (differs.length > 0) doubt('ID_OTHER_PERSON');
    else take(ident, vendorId, 'id');
  }
  // A learner with an id typed by a user is not matched in any other way, whether the id is right or wrong.
  const free = pics.filter(({ ident, vendorId }) => vendorId === null && !takenIdents.has(ident));
  const freeIdents = new Set(free.map(({ ident }) => ident));
  for (const key of by) {
    for (const [mine, theirs] of findOnly(pics, shown, keysOf[key])) {
      const isFree = freeIdents.has(mine.ident) && !takenIdents.has(mine.ident) && !takenIds.has(theirs.id);
      const isOne = findContradictions(picsFacts(mine), theirs).length === 0; // D-13
      if (isFree && isOne) take(mine.ident, theirs.id, key);
    }
  }
  return {
    matches: matches.sort((a, b) => compare(a.ident, b.ident)),
    proposals: findProposals(
      free.filter(({ ident }) => !takenIdents.has(ident)),
      shown.filter(({ id }) => !takenIds.has(id)),
    ),
    doubtful,
    unmatchedCount: shown.filter(({ id }) => !takenIds.has(id)).length,
  };
}

type Keys = {
  readonly mine: (one: PicsPerson) => string | null;
  readonly theirs: (one: VendorPerson) => string | null;
};

const keysOf: Readonly<Record<Exclude<MatchReason, 'id'>, Keys>> = {
  misValue: { mine: ({ ident }) => toMisKey(ident), theirs: ({ misValue }) => toMisKey(misValue) },
  uln: { mine: ({ uln }) => toUln(uln), theirs: ({ uln }) => toUln(uln) },
};

/** A text that cannot be an id stays as it was typed: no record has it. */
function toKnownForm(typed: string | null, toId: Matching['toId']): string | null {
  const text = toText(typed);
  return text === null ? null : (toId(text) ?? text);
}

/** Pairs with a key that occurs exactly once on each side. */
function findOnly(
  pics: readonly PicsPerson[],
  shown: readonly VendorPerson[],
  keys: Keys,
): (readonly [PicsPerson, VendorPerson])[] {
  const mine = Map.groupBy(pics, keys.mine);
  const theirs = Map.groupBy(shown, keys.theirs);
  return [...mine].flatMap(([key, [one, ...more]]) => {
    const [other, ...others] = theirs.get(key) ?? [];
    const isOnly = key !== null && more.length === 0 && others.length === 0;
    return isOnly && one !== undefined && other !== undefined ? [[one, other] as const] : [];
  });
}

function findProposals(
  pics: readonly PicsPerson[],
  shown: readonly VendorPerson[],
): { ident: string; vendorId: string }[] {
  const theirs = Map.groupBy(shown, ({ firstName, surname, birthDate }) =>
    personKey(firstName, surname, birthDate),
  );
  return pics
    .flatMap(({ ident, firstName, surname, birthDate }) => {
      const key = personKey(firstName, surname, birthDate);
      return key === null ? [] : (theirs.get(key) ?? []).map(({ id }) => ({ ident, vendorId: id }));
    })
    .sort((a, b) => compare(a.ident, b.ident) || compare(a.vendorId, b.vendorId));
}

function personKey(first: string | null, last: string | null, birthDate: string | null): string | null {
  const names = [toText(first), toText(last)];
  if (birthDate === null || names.includes(null)) return null;
  return [...names, birthDate].join('\n').toLowerCase();
}

function countBy<T>(items: readonly T[], toKey: (item: T) => string | null): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const key = toKey(item);
    if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * What the initial synchronisation would do (OF-9), for a person to approve. Contains codes and ids but no
 * names.
 */
type InitialPlanDocument = {
  readonly centre: string;
  readonly linked: number;
  readonly toLink: Readonly<Record<MatchReason, number>>;
  /** Pairs with the same names and birth date. A person decides; none of them is linked automatically. */
  readonly proposed: number;
  /** Ids in PICS that no learner at the vendor has, or that two learners in PICS have. */
  readonly doubtful: number;
  /** Learners of the vendor without a learner in PICS. */
  readonly unmatched: number;
  /** An upper limit: reviews without an officer are held instead. */
  readonly reviewsToSend: number;
  /** D-14: officers who would get an account, with the reviews that need it; those who have left get none. */
  readonly officersToCreate: readonly NewAccount[];
  /** D-14: dormant officers without a link. Their reviews are held. */
  readonly officersNotLinked: readonly NewAccount[];
  /** The first synchronisation creates no organisation: only an enrolment does. */
  readonly organisationsToCreate: readonly NewAccount[];
  readonly calls: number;
  readonly minutes: number;
  readonly proposals: FirstMatch['proposals'];
  readonly doubts: FirstMatch['doubtful'];
};

type NewAccount = { readonly code: string; readonly name: string | null; readonly reviews: number };

type PlanFacts = {
  readonly officersToCreate: readonly NewAccount[];
  readonly officersNotLinked: readonly NewAccount[];
  readonly centre: string;
  readonly linked: number;
  readonly match: FirstMatch;
  readonly reviewsToSend: number;
  readonly forecast: { readonly calls: number; readonly minutes: number };
};

/** Maximum number of proposals and doubts that are listed. The counts cover all of them. */
const mostShown = 500;

export function initialPlanDocument(facts: PlanFacts): InitialPlanDocument {
  const { centre, linked, match, reviewsToSend, forecast } = facts;
  const countBy = (reason: MatchReason): number => match.matches.filter(({ by }) => by === reason).length;
  return {
    centre,
    linked,
    reviewsToSend,
    officersToCreate: facts.officersToCreate,
    officersNotLinked: facts.officersNotLinked,
    organisationsToCreate: [],
    toLink: { id: countBy('id'), misValue: countBy('misValue'), uln: countBy('uln') },
    proposed: match.proposals.length,
    doubtful: match.doubtful.length,
    unmatched: match.unmatchedCount,
    calls: forecast.calls,
    minutes: forecast.minutes,
    proposals: match.proposals.slice(0, mostShown),
    doubts: match.doubtful.slice(0, mostShown),
  };
}

/**
 * The part that is approved: which learners are linked to each other. The counts change with every day's
 * work.
 */
export function planContent({ centre, match }: Pick<PlanFacts, 'centre' | 'match'>) {
  return { centre, links: match.matches };
}
