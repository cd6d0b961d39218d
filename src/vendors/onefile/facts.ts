import type { LaneState } from '../../domain/ledger.ts';
import type { Link } from '../../domain/link.ts';
import type { OwnerKind } from '../../domain/owner.ts';
import type { Pics, Store } from '../../domain/ports.ts';
import type { LearnerRows, ReconcileItem, RowDecision } from '../../domain/rows.ts';
import type { ItemKnowledge } from '../vendor.ts';
import { decideLinkRow, decideRow, type SyncSide } from './rules/reconcile.ts';
import type { OneFileSettings } from './rules/settings.ts';

const vendor = 'onefile' as const;
const column = 'oneFileId' as const;
const nothingElse = { officers: [], organisations: [], learnerVendorIds: [] };
const uploads: ReadonlySet<string> = new Set(['create-visit', 'create-review']);

/** Which rows of the learner a record of each entity is about. */
const rowsOf: Readonly<Record<string, readonly LearnerRows[]>> = {
  learner: ['own', 'details'],
  'learning-aim': ['qualifications'],
  review: ['reviews'],
};

type Sources = {
  readonly pics: Pick<Pics, 'readClaimants' | 'readNormalReviewTypes' | 'readOwners' | 'readReviewHolders'>;
  readonly store: Pick<Store, 'ledger' | 'links'>;
  readonly settings: OneFileSettings;
};

/**
 * Reads what the sync itself knows about a batch of records, with few statements however many they are.
 *
 * It first collects the vendor ids that the records name, then reads their links of each kind in one statement, then
 * the lanes of the learners they lead to. Records of people and organisations matter in pull mode only; else nothing is
 * read for them, here or in PICS.
 */
export function createReadKnowledge({
  pics,
  store,
  settings,
}: Sources): (items: readonly ReconcileItem[]) => Promise<readonly ItemKnowledge[]> {
  const centre = settings.centreId;

  async function readLinks(
    kind: 'learner' | OwnerKind,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Link>> {
    if (ids.length === 0) return new Map();
    const links = await store.links.readByVendorIds({ vendor, centre, kind }, ids);
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
   * D-6: officers by the id that PICS shows, where none is linked to the assessor yet. That OneFile names the assessor
   * in a review proves the id; the next full pass makes the link.
   */
  async function findShownOfficers(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const isColumnOurs = settings.externalIdVendor === vendor && settings.matchBy === 'id';
    const codes = new Map<string, string>();
    for (const id of isColumnOurs ? ids : []) {
      const officer = await chooseLive(await pics.readClaimants('officer', column, id), ({ code }) => code);
      if (officer !== undefined) codes.set(id, officer.code);
    }
    return codes;
  }

  /** Asked for in one turn of the event loop, so they share one statement. */
  async function readLanes(idents: readonly string[]): Promise<ReadonlyMap<string, LaneState>> {
    const read = async (ident: string): Promise<[string, LaneState]> => [
      ident,
      await store.ledger.readLane({ vendor, centre, ident, ...nothingElse }),
    ];
    return new Map(await Promise.all(idents.map(read)));
  }

  return async (items) => {
    const ids = items.map((item) => namedIds(item, settings));
    const [learners, officers, organisations, normalReviewTypes] = await Promise.all([
      readLinks('learner', unique(ids.map(({ learner }) => learner))),
      readLinks('officer', unique(ids.map(({ assessor }) => assessor))),
      readLinks('organisation', unique(ids.map(({ placement }) => placement))),
      pics.readNormalReviewTypes(),
    ]);
    const idents = items.map((item, index) =>
      item.kind === 'link' ? item.link.ident : (learners.get(ids[index]?.learner ?? '')?.picsId ?? null),
    );
    const lanes = await readLanes(unique(idents));
    const named = unique(items.map((item, n) => (isOf(item, 'review') ? (ids[n]?.assessor ?? null) : null)));
    // Reviews that no link explains may be new, or stand in PICS at another learner (D-15).
    const unlinked = unique(items.map((item, n) => findUnlinkedReview(item, lanes.get(idents[n] ?? ''))));
    const holders = unlinked.length === 0 ? [] : await pics.readReviewHolders(column, unlinked);
    const shownOfficers = await findShownOfficers(named.filter((id) => !officers.has(id)));
    return items.map((item, index): ItemKnowledge => {
      const ident = idents[index] ?? null;
      const { assessor, placement } = ids[index] ?? noIds;
      const officer = officers.get(assessor ?? '');
      const ownerLink = isOf(item, 'assessor') ? officer : organisations.get(placement ?? '');
      const ofLane = syncSide(ident === null ? undefined : lanes.get(ident), {
        officerOfAssessor: officer?.picsId ?? shownOfficers.get(assessor ?? '') ?? null,
        normalReviewTypes,
        isShownElsewhere: holders.some((one) => one.vendorId === reviewIdOf(item) && one.ident !== ident),
      });
      const known: SyncSide = ownerLink === undefined ? ofLane : { ...ofLane, links: [ownerLink] };
      return {
        ident,
        owner: ownerLink === undefined ? null : { kind: ownerLink.kind as OwnerKind, code: ownerLink.picsId },
        parts: item.kind === 'observation' ? (rowsOf[item.observation.entity] ?? []) : [],
        ...toKept(item),
        decide: (rows) => decide(item, rows, known, settings),
      };
    });
  };
}

/** D-12: whether OneFile has moved a review shows only beside when it was planned the last time. */
function toKept(item: ReconcileItem): Pick<ItemKnowledge, 'keep'> {
  if (!isOf(item, 'review') || item.kind !== 'observation') return {};
  const scheduledForMs = item.observation.record?.['scheduledForMs'];
  return typeof scheduledForMs === 'number' ? { keep: { scheduledForMs } } : {};
}

function decide(
  item: ReconcileItem,
  { learner, owner, shown }: Parameters<ItemKnowledge['decide']>[0],
  known: SyncSide,
  settings: OneFileSettings,
): RowDecision {
  switch (item.kind) {
    case 'observation':
      return decideRow(item.observation, learner, { ...known, owner, shown }, settings);
    case 'link': {
      const { externalIdVendor } = settings;
      return decideLinkRow(item.link, learner, owner, { externalIdVendor, isRemoved: item.removed });
    }
    default:
      return { kind: 'ignore', code: item.kind };
  }
}

function syncSide(
  lane: LaneState | undefined,
  rest: Pick<SyncSide, 'officerOfAssessor' | 'normalReviewTypes' | 'isShownElsewhere'>,
): SyncSide {
  return {
    ...rest,
    links: lane?.links ?? [],
    shadows: lane?.shadows ?? [],
    lastFullSyncAtMs: lane?.lastFullSyncAtMs ?? null,
    openSubjects: lane?.openIntents.map(({ subject }) => subject) ?? [],
    hasOpenUpload: lane?.openIntents.some(({ step }) => uploads.has(step)) ?? false,
  };
}

/** Vendor ids whose links an item needs. */
type NamedIds = {
  readonly learner: string | null;
  /** The assessor itself, or the one a review names (OF-55). */
  readonly assessor: string | null;
  readonly placement: string | null;
};

const noIds: NamedIds = { learner: null, assessor: null, placement: null };

function namedIds(item: ReconcileItem, settings: OneFileSettings): NamedIds {
  if (item.kind !== 'observation') return noIds;
  const { entity, vendorId, learnerVendorId, record } = item.observation;
  switch (entity) {
    case 'learner':
      return settings.learnerDetails === 'pull' ? { ...noIds, learner: learnerVendorId ?? vendorId } : noIds;
    case 'assessor':
      return settings.officerDetails === 'pull' ? { ...noIds, assessor: vendorId } : noIds;
    case 'placement':
      return settings.organisationDetails === 'pull' ? { ...noIds, placement: vendorId } : noIds;
    default: {
      const assessorId = record?.['assessorId'];
      const assessor = typeof assessorId === 'string' ? assessorId : null;
      return { ...noIds, learner: learnerVendorId, assessor };
    }
  }
}

function reviewIdOf(item: ReconcileItem): string | null {
  return item.kind === 'observation' && item.observation.entity === 'review'
    ? item.observation.vendorId
    : null;
}

/** The id of a review of a linked learner that has no link itself. */
function findUnlinkedReview(item: ReconcileItem, lane: LaneState | undefined): string | null {
  const id = reviewIdOf(item);
  if (id === null || lane === undefined) return null;
  return lane.links.some(({ kind, vendorId }) => kind === 'review' && vendorId === id) ? null : id;
}

function isOf(item: ReconcileItem, entity: string): boolean {
  return item.kind === 'observation' && item.observation.entity === entity;
}

function unique(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))];
}
