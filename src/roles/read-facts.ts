import type { LaneState, Ledger } from '../domain/ledger.ts';
import type { Link } from '../domain/link.ts';
import type { OwnerKind } from '../domain/owner.ts';
import type { ItemFacts, ReconcileItem } from '../domain/rows.ts';
import type { Db } from '../store/database.ts';
import { readLinksByVendorIds } from '../store/links.ts';
import type { SyncSide } from '../vendors/onefile/rules/reconcile.ts';
import type { OneFileSettings } from '../vendors/onefile/rules/settings.ts';

type Parts = {
  readonly db: Db;
  readonly ledger: Pick<Ledger, 'readLane'>;
  readonly centre: string;
  readonly readNormalReviewTypes: () => Promise<readonly string[]>;
  readonly settings: Pick<OneFileSettings, 'learnerDetails' | 'officerDetails' | 'organisationDetails'>;
};

const vendor = 'onefile' as const;
const uploads: ReadonlySet<string> = new Set(['create-visit', 'create-review']);

/**
 * Reads what the sync itself knows about a batch of records, with few statements however many they are.
 *
 * Records of people and organisations matter in pull mode only; else nothing is read for them, here or in PICS.
 */
export function createReadFacts(
  parts: Parts,
): (items: readonly ReconcileItem[]) => Promise<readonly ItemFacts<SyncSide>[]> {
  const { db, ledger, centre, settings } = parts;
  const readLinks = async (
    kind: 'learner' | OwnerKind,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Link>> => {
    if (ids.length === 0) return new Map();
    const links = await readLinksByVendorIds(db, { vendor, centre, kind }, ids);
    return new Map(links.map((link) => [link.vendorId, link]));
  };
  return async (items) => {
    const ids = items.map((item) => toIds(item, settings));
    const [learners, officers, organisations, normalReviewTypes] = await Promise.all([
      readLinks('learner', unique(ids.map(({ learner }) => learner))),
      readLinks('officer', unique(ids.map(({ assessor }) => assessor))),
      readLinks('organisation', unique(ids.map(({ placement }) => placement))),
      parts.readNormalReviewTypes(),
    ]);
    const idents = items.map((item, index) =>
      item.kind === 'link' ? item.link.ident : (learners.get(ids[index]?.learner ?? '')?.picsId ?? null),
    );
    const lanes = await readLanes(unique(idents));
    return items.map((item, index): ItemFacts<SyncSide> => {
      const ident = idents[index] ?? null;
      const { assessor, placement } = ids[index] ?? nobody;
      const officer = officers.get(assessor ?? '');
      const ownerLink = isOf(item, 'assessor') ? officer : organisations.get(placement ?? '');
      const facts = toFacts(ident === null ? undefined : lanes.get(ident), {
        officerOfAssessor: officer?.picsId ?? null,
        normalReviewTypes,
      });
      if (ownerLink === undefined) return { ident, owner: null, facts };
      const owner = { kind: ownerLink.kind as OwnerKind, code: ownerLink.picsId };
      return { ident, owner, facts: { ...facts, links: [ownerLink] } };
    });
  };

  /** Asked for in one turn of the event loop, so they share one statement. */
  async function readLanes(idents: readonly string[]): Promise<ReadonlyMap<string, LaneState>> {
    const read = async (ident: string): Promise<[string, LaneState]> => [
      ident,
      await ledger.readLane({ vendor, centre, ident, officers: [], organisations: [], learnerVendorIds: [] }),
    ];
    return new Map(await Promise.all(idents.map(read)));
  }
}

function toFacts(
  lane: LaneState | undefined,
  rest: Pick<SyncSide, 'officerOfAssessor' | 'normalReviewTypes'>,
): SyncSide {
  return {
    ...rest,
    links: lane?.links ?? [],
    shadows: lane?.shadows ?? [],
    fieldSupport: lane?.fieldSupport ?? {},
    hasOpenUpload: lane?.openIntents.some(({ step }) => uploads.has(step)) ?? false,
  };
}

/** Vendor ids whose links an item needs. */
type Ids = {
  readonly learner: string | null;
  /** The assessor itself, or the one a review names (OF-55). */
  readonly assessor: string | null;
  readonly placement: string | null;
};

const nobody: Ids = { learner: null, assessor: null, placement: null };

function toIds(item: ReconcileItem, settings: Parts['settings']): Ids {
  if (item.kind !== 'observation') return nobody;
  const { entity, vendorId, learnerVendorId, record } = item.observation;
  switch (entity) {
    case 'learner':
      return settings.learnerDetails === 'pull'
        ? { ...nobody, learner: learnerVendorId ?? vendorId }
        : nobody;
    case 'assessor':
      return settings.officerDetails === 'pull' ? { ...nobody, assessor: vendorId } : nobody;
    case 'placement':
      return settings.organisationDetails === 'pull' ? { ...nobody, placement: vendorId } : nobody;
    default: {
      const assessorId = record?.['assessorId'];
      const assessor = typeof assessorId === 'string' ? assessorId : null;
      return { ...nobody, learner: learnerVendorId, assessor };
    }
  }
}

function isOf(item: ReconcileItem, entity: string): boolean {
  return item.kind === 'observation' && item.observation.entity === entity;
}

function unique(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))];
}
