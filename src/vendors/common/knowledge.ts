import type { LaneState, SupposedLane } from '../../domain/ledger.ts';
import type { Link } from '../../domain/link.ts';
import type { OwnerKind } from '../../domain/owner.ts';
import type { Pics, ReviewHolder, Store } from '../../domain/ports.ts';
import type { VendorIds } from './learner-link.ts';

/** Vendor ids that a record of the reconciler's topics names, as far as its decision needs their links. */
export type NamedIds = {
  /** The learner of PICS where the record itself names it: that of a link. */
  readonly ident: string | null;
  readonly learner: string | null;
  /** The officer or organisation that the record is about. */
  readonly owner: { readonly kind: OwnerKind; readonly vendorId: string } | null;
  /** Who held the review. */
  readonly officer: string | null;
  /** The review that the record is: by the id of its link, and by the id that PICS shows. */
  readonly review: { readonly vendorId: string; readonly shownId: string } | null;
};

export const noIds: NamedIds = { ident: null, learner: null, owner: null, officer: null, review: null };

/** What the sync knows of the records that these ids name. */
export type Relations = {
  /** The learner of PICS. */
  readonly ident: string | null;
  /** Links, shadows and open calls of that learner. */
  readonly lane: LaneState | null;
  /** The link of the officer or organisation that the record is about; its kind is the owner's. */
  readonly owner: (Link & { readonly kind: OwnerKind }) | null;
  /** Code of the officer who held the review; null = no officer is linked to the named one. */
  readonly officer: string | null;
  /** D-15: reviews of other learners that show the review's id, where no link explains it. */
  readonly holders: readonly ReviewHolder[];
};

type Sources = {
  readonly pics: Pick<Pics, 'readClaimants' | 'readOwners' | 'readReviewHolders'>;
  readonly store: Pick<Store, 'ledger' | 'links'>;
  readonly ids: VendorIds;
  readonly centre: string;
  /** Whether PICS's one id column of officers shows ids that count for the vendor (D-2, D-6). */
  readonly isColumnOurs: boolean;
};

const nothingElse = { officers: [], organisations: [], learnerVendorIds: [] };

/**
 * Reads what the sync itself knows about a batch of records, with few statements however many they are.
 *
 * The ids of the whole batch are collected first. Their links of each kind are read in one statement, then the lanes of
 * the learners to which they lead. Only a review that no link explains is looked for at other learners.
 */
export function createReadRelations({
  pics,
  store,
  ids: { vendor, learner: column, review: reviewColumn },
  centre,
  isColumnOurs,
}: Sources): (named: readonly NamedIds[], supposed?: SupposedLane) => Promise<readonly Relations[]> {
  async function readLinks(
    kind: 'learner' | OwnerKind,
    ids: readonly string[],
    supposed?: SupposedLane,
  ): Promise<ReadonlyMap<string, Link>> {
    if (ids.length === 0) return new Map();
    const known = await store.links.readByVendorIds({ vendor, centre, kind }, ids);
    const more =
      supposed?.lane.links.filter((link) => link.kind === kind && ids.includes(link.vendorId)) ?? [];
    const links = [...known, ...more];
    return kind === 'officer' ? chooseOfficers(links) : new Map(links.map((link) => [link.vendorId, link]));
  }

  /** D-8: of several officers with one assessor the live one, else the first. */
  async function chooseLive<T>(of: readonly T[], toCode: (one: T) => string): Promise<T | undefined> {
    if (of.length < 2) return of[0];
    const known = await pics.readOwners('officer', of.map(toCode));
    const live = new Set(known.filter(({ isDormant }) => !isDormant).map(({ code }) => code));
    return of.find((one) => live.has(toCode(one))) ?? of[0];
  }

  /** Those that were linked first come first. */
  async function chooseOfficers(links: readonly Link[]): Promise<ReadonlyMap<string, Link>> {
    const chosen = new Map<string, Link>();
    for (const [id, some] of Map.groupBy(links, ({ vendorId }) => vendorId)) {
      const link = await chooseLive(some, ({ picsId }) => picsId);
      if (link !== undefined) chosen.set(id, link);
    }
    return chosen;
  }

  /**
   * D-6: officers by the id that PICS shows, where none is linked to the assessor yet. That the vendor names the
   * assessor in a review proves the id; the next full pass makes the link.
   */
  async function findShownOfficers(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const codes = new Map<string, string>();
    for (const id of isColumnOurs ? ids : []) {
      const officer = await chooseLive(await pics.readClaimants('officer', column, id), ({ code }) => code);
      if (officer !== undefined) codes.set(id, officer.code);
    }
    return codes;
  }

  /** Asked for in one turn of the event loop, so they share one statement. */
  async function readLanes(
    idents: readonly string[],
    supposed?: SupposedLane,
  ): Promise<ReadonlyMap<string, LaneState>> {
    const read = async (ident: string): Promise<[string, LaneState]> => [
      ident,
      supposed?.ident === ident
        ? supposed.lane
        : await store.ledger.readLane({ vendor, centre, ident, ...nothingElse }),
    ];
    return new Map(await Promise.all(idents.map(read)));
  }

  return async (named, supposed) => {
    const ownersOf = (kind: OwnerKind) =>
      named.map(({ owner }) => (owner?.kind === kind ? owner.vendorId : null));
    const namedOfficers = named.map(({ officer }) => officer);
    const [learners, officers, organisations] = await Promise.all([
      readLinks('learner', unique(named.map(({ learner }) => learner)), supposed),
      readLinks('officer', unique([...ownersOf('officer'), ...namedOfficers]), supposed),
      readLinks('organisation', unique(ownersOf('organisation')), supposed),
    ]);
    const idents = named.map(({ ident, learner }) => ident ?? learners.get(learner ?? '')?.picsId ?? null);
    const lanes = await readLanes(unique(idents), supposed);
    // Reviews that no link explains may be new, or stand in PICS at another learner.
    const unlinked = unique(
      named.map(({ review }, n) => findUnlinkedReview(review, lanes.get(idents[n] ?? ''))),
    );
    const holders = unlinked.length === 0 ? [] : await pics.readReviewHolders(reviewColumn, unlinked);
    const shown = await findShownOfficers(unique(namedOfficers).filter((id) => !officers.has(id)));
    return named.map(({ owner, officer, review }, n): Relations => {
      const ident = idents[n] ?? null;
      const links = owner?.kind === 'officer' ? officers : organisations;
      const link = owner === null ? undefined : links.get(owner.vendorId);
      return {
        ident,
        lane: (ident === null ? undefined : lanes.get(ident)) ?? null,
        owner: owner === null || link === undefined ? null : { ...link, kind: owner.kind },
        officer: officers.get(officer ?? '')?.picsId ?? shown.get(officer ?? '') ?? null,
        holders: holders.filter((one) => one.vendorId === review?.shownId && one.ident !== ident),
      };
    });
  };
}

/** The id by which PICS would show a review of a linked learner that has no link itself. */
function findUnlinkedReview(review: NamedIds['review'], lane: LaneState | undefined): string | null {
  if (review === null || lane === undefined) return null;
  const isLinked = lane.links.some(({ kind, vendorId }) => kind === 'review' && vendorId === review.vendorId);
  return isLinked ? null : review.shownId;
}

function unique(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))];
}
