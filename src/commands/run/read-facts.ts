import type { LaneState, Ledger } from '../../core/ledger.ts';
import type { ItemFacts, ReconcileItem } from '../../inbound/reconcile-item.ts';
import { readLinksByVendorIds } from '../../store/link.ts';
import type { Db } from '../../store/statement.ts';
import type { SyncSide } from '../../vendors/onefile/rules/reconcile.ts';

type Parts = {
  readonly db: Db;
  readonly ledger: Pick<Ledger, 'readLane'>;
  readonly centre: string;
  readonly readNormalReviewTypes: () => Promise<readonly string[]>;
};

const vendor = 'onefile' as const;
const uploads: ReadonlySet<string> = new Set(['create-visit', 'create-review']);

/** Reads what the sync itself knows about a batch of records, with few statements however many they are. */
export function createReadFacts(
  parts: Parts,
): (items: readonly ReconcileItem[]) => Promise<readonly ItemFacts<SyncSide>[]> {
  const { db, ledger, centre } = parts;
  const readCodes = async (
    kind: 'learner' | 'officer',
    ids: readonly string[],
  ): Promise<Map<string, string>> => {
    if (ids.length === 0) return new Map();
    const links = await readLinksByVendorIds(db, { vendor, centre, kind }, ids);
    return new Map(links.map(({ vendorId, picsId }) => [vendorId, picsId]));
  };
  return async (items) => {
    const [idents, officers, normalReviewTypes] = await Promise.all([
      readCodes('learner', unique(items.map(toLearnerId))),
      readCodes('officer', unique(items.map(toAssessorId))),
      parts.readNormalReviewTypes(),
    ]);
    const identOf = (item: ReconcileItem): string | null => {
      if (item.kind === 'link') return item.link.ident;
      const learnerId = toLearnerId(item);
      return learnerId === null ? null : (idents.get(learnerId) ?? null);
    };
    const lanes = await readLanes(unique(items.map(identOf)));
    return items.map((item) => {
      const ident = identOf(item);
      const assessorId = toAssessorId(item);
      const officerOfAssessor = assessorId === null ? null : (officers.get(assessorId) ?? null);
      return {
        ident,
        facts: toFacts(ident === null ? undefined : lanes.get(ident), {
          officerOfAssessor,
          normalReviewTypes,
        }),
      };
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

function toLearnerId(item: ReconcileItem): string | null {
  if (item.kind !== 'observation') return null;
  const { entity, vendorId, learnerVendorId } = item.observation;
  return learnerVendorId ?? (entity === 'learner' ? vendorId : null);
}

function toAssessorId(item: ReconcileItem): string | null {
  const id = item.kind === 'observation' ? item.observation.record?.['assessorId'] : null;
  return typeof id === 'string' ? id : null;
}

function unique(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))];
}
