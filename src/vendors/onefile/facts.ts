import type { LaneState } from '../../domain/ledger.ts';
import type { Pics, Store } from '../../domain/ports.ts';
import type { LearnerRows, ReconcileItem, RowDecision } from '../../domain/rows.ts';
import { createIsCautious } from '../../domain/vendor-state.ts';
import { createReadRelations, type NamedIds, noIds, type Relations } from '../common/knowledge.ts';
import { decideLinkRow } from '../common/link-row.ts';
import type { ItemKnowledge, OpenVendor } from '../vendor.ts';
import { oneFileIds } from './rules/links.ts';
import { decideRow, type SyncSide } from './rules/reconcile.ts';
import type { OneFileSettings } from './rules/settings.ts';

const uploads: ReadonlySet<string> = new Set(['create-visit', 'create-review']);

/** Which rows of the learner a record of each entity is about. */
const rowsOf: Readonly<Record<string, readonly LearnerRows[]>> = {
  learner: ['own', 'details'],
  'learning-aim': ['qualifications'],
  review: ['reviews'],
};

type Sources = {
  readonly pics: Pick<Pics, 'readClaimants' | 'readNormalReviewTypes' | 'readOwners' | 'readReviewHolders'>;
  readonly store: Pick<Store, 'ledger' | 'links' | 'vendors'>;
  readonly settings: OneFileSettings;
};

/**
 * Reads what the sync itself knows about a batch of records. Records of people and organisations matter in pull mode
 * only; else nothing is read for them, here or in PICS.
 */
export function createReadKnowledge({ pics, store, settings }: Sources): OpenVendor['readKnowledge'] {
  const isColumnOurs = settings.externalIdVendor === 'onefile' && settings.matchBy === 'id';
  const centre = settings.centreId;
  const readRelations = createReadRelations({ pics, store, ids: oneFileIds, centre, isColumnOurs });
  const readIsCautious = createIsCautious(() => store.vendors.readState('onefile'));
  return async (items, supposed) => {
    const [relations, normalReviewTypes, isCautious] = await Promise.all([
      readRelations(
        items.map((item) => namedIds(item, settings)),
        supposed,
      ),
      pics.readNormalReviewTypes(),
      readIsCautious(),
    ]);
    return items.map((item, index): ItemKnowledge => {
      const of = relations[index] ?? noRelations;
      const { owner } = of;
      const known = { ...syncSide(of, normalReviewTypes), isCautious };
      return {
        ident: of.ident,
        owner: owner === null ? null : { kind: owner.kind, code: owner.picsId },
        parts: item.kind === 'observation' ? (rowsOf[item.observation.entity] ?? []) : [],
        ...toKept(item),
        decide: (rows) => decide(item, rows, known, settings),
      };
    });
  };
}

const noRelations: Relations = {
  ident: null,
  lane: null,
  owner: null,
  officer: null,
  holders: [],
};

/** D-12: whether OneFile has moved a review shows only beside when it was planned the last time. */
function toKept(item: ReconcileItem): Pick<ItemKnowledge, 'keep'> {
  if (item.kind !== 'observation' || item.observation.entity !== 'review') return {};
  const scheduledForMs = item.observation.record?.['scheduledForMs'];
  return typeof scheduledForMs === 'number' ? { keep: () => ({ scheduledForMs }) } : {};
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
      const isColumnOurs = settings.externalIdVendor === 'onefile';
      return decideLinkRow(
        item.link,
        { learner, owner },
        { ids: oneFileIds, isColumnOurs, isRemoved: item.removed },
      );
    }
    default:
      return { kind: 'ignore', code: item.kind };
  }
}

function syncSide(
  { lane, owner, officer, holders }: Relations,
  normalReviewTypes: readonly string[],
): Omit<SyncSide, 'isCautious'> {
  const intents: LaneState['openIntents'] = lane?.openIntents ?? [];
  return {
    officerOfAssessor: officer,
    normalReviewTypes,
    isShownElsewhere: holders.length > 0,
    links: owner === null ? (lane?.links ?? []) : [owner],
    shadows: lane?.shadows ?? [],
    lastFullSyncAtMs: lane?.lastFullSyncAtMs ?? null,
    openSubjects: intents.map(({ subject }) => subject),
    hasOpenUpload: intents.some(({ step }) => uploads.has(step)),
  };
}

function namedIds(item: ReconcileItem, settings: OneFileSettings): NamedIds {
  if (item.kind === 'link') return { ...noIds, ident: item.link.ident };
  if (item.kind !== 'observation') return noIds;
  const { entity, vendorId, learnerVendorId, record } = item.observation;
  switch (entity) {
    case 'learner':
      return settings.learnerDetails === 'pull' ? { ...noIds, learner: learnerVendorId ?? vendorId } : noIds;
    case 'assessor':
      return settings.officerDetails === 'pull' ? { ...noIds, owner: { kind: 'officer', vendorId } } : noIds;
    case 'placement':
      return settings.organisationDetails === 'pull'
        ? { ...noIds, owner: { kind: 'organisation', vendorId } }
        : noIds;
    default: {
      const isReview = entity === 'review';
      const assessorId = isReview ? record?.['assessorId'] : null;
      const review = isReview ? { vendorId, shownId: vendorId } : null;
      const officer = typeof assessorId === 'string' ? assessorId : null;
      return { ...noIds, learner: learnerVendorId, officer, review };
    }
  }
}
