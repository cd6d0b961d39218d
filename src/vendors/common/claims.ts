import type { Link } from '../../domain/link.ts';
import type { OwnerKind } from '../../domain/owner.ts';
import type { Pics, Store } from '../../domain/ports.ts';
import type { Claims, VendorIds } from './learner-link.ts';

type ClaimSources = {
  readonly pics: Pick<Pics, 'readClaimants' | 'readOwners' | 'readPersons'>;
  readonly store: Pick<Store, 'ledger' | 'links'>;
  readonly ids: VendorIds;
  readonly centre: string;
};

/** Reads who else shows or has an id that is to become a link (D-7, D-9). */
export function createReadClaims({
  pics,
  store,
  ids: { vendor, learner: column },
  centre,
}: ClaimSources): (of: ClaimedId) => Promise<Claims> {
  const isInPics = async (kind: ClaimedId['kind'], code: string): Promise<boolean> => {
    const found =
      kind === 'learner' ? await pics.readPersons(column, [code]) : await pics.readOwners(kind, [code]);
    return found.length > 0;
  };
  /** A learner's links of reviews and qualifications go with its own. */
  const linksOf = async (link: Link): Promise<readonly Link[]> => {
    if (link.kind !== 'learner') return [link];
    const key = { vendor, centre, ident: link.picsId, officers: [], organisations: [], learnerVendorIds: [] };
    return (await store.ledger.readLane(key)).links;
  };
  return async ({ kind, code, vendorId }) => {
    const [claimants, links] = await Promise.all([
      // Officers may share an assessor (D-8).
      kind === 'officer' ? [] : pics.readClaimants(kind, column, vendorId),
      store.links.readByVendorIds({ vendor, centre, kind }, [vendorId]),
    ]);
    const [link] = kind === 'officer' ? [] : links.filter(({ picsId }) => picsId !== code);
    if (link === undefined) return { claimants, holder: null };
    const vacant = (await isInPics(kind, link.picsId)) ? null : await linksOf(link);
    return { claimants, holder: { code: link.picsId, vacant } };
  };
}

type ClaimedId = {
  readonly kind: 'learner' | OwnerKind;
  readonly code: string;
  readonly vendorId: string;
};
