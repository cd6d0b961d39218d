import type { OwnerKind } from '../../domain/owner.ts';
import type { UsedOwner } from '../../domain/people.ts';
import type { Pics, Store } from '../../domain/ports.ts';
import type { VendorIds } from './learner-link.ts';
import type { Unlinked } from './warnings.ts';

type Use = {
  readonly ids: VendorIds;
  readonly centre: string;
  /** An id in PICS could become a link. */
  readonly isColumnOurs: boolean;
  /** Learners that are exchanged; null = those whose records carry an id of the vendor. */
  readonly idents: readonly string[] | null;
};

/** OF-34, W-3: officers and organisations in use, without a link, and without an id in PICS that could become one. */
export async function countUnlinked(
  { pics, store }: { readonly pics: Pics; readonly store: Pick<Store, 'links'> },
  { ids: { vendor, learner }, centre, isColumnOurs, idents }: Use,
): Promise<Unlinked> {
  const of = idents ?? (await pics.readVendorLearners(learner)).map(({ ident }) => ident);
  const used = await pics.readUsedOwners(of);
  const count = async (kind: OwnerKind, owners: readonly UsedOwner[]): Promise<number> => {
    const codes = owners.map(({ code }) => code);
    const links = await store.links.readByPicsIds({ vendor, centre, kind }, codes);
    const linked = new Set(links.map(({ picsId }) => picsId));
    return owners.filter(
      ({ code, externalId }) => !linked.has(code) && !(isColumnOurs && externalId !== null),
    ).length;
  };
  return {
    officers: await count('officer', used.officers),
    organisations: await count('organisation', used.organisations),
  };
}
