import type { JsonObject } from '../../domain/json.ts';
import type { Pics, ReviewHolder, Store } from '../../domain/ports.ts';
import type { LearnerRows, ReconcileItem, RowDecision } from '../../domain/rows.ts';
import { createReadRelations, type NamedIds, noIds, type Relations } from '../common/knowledge.ts';
import { decideLinkRow, ignore } from '../common/link-row.ts';
import { toReviewId } from '../common/review-id.ts';
import type { ItemKnowledge, OpenVendor } from '../vendor.ts';
import { toCourseOffers } from './rules/course-match.ts';
import { smartAssessorIds } from './rules/links.ts';
import { decideRow, isTakenOver, type SyncSide } from './rules/reconcile.ts';
import { fromSessionKey } from './rules/records.ts';
import { keepSession } from './rules/session-review.ts';
import type { SmartAssessorSettings } from './rules/settings.ts';

const vendor = 'smartassessor' as const;

type Sources = {
  readonly pics: Pick<Pics, 'readClaimants' | 'readOwners' | 'readReviewHolders'>;
  readonly store: Pick<Store, 'catalogue' | 'ledger' | 'links'>;
  readonly settings: SmartAssessorSettings;
};

/** What is read for a whole batch beside its relations. */
type BatchFacts = Pick<SyncSide, 'offers'> & {
  /** Ids at Smart Assessor of the learners that show a session of the batch, by ident. */
  readonly learnerIds: ReadonlyMap<string, string>;
};

/**
 * Reads what the sync itself knows about a batch of records. For entities that the settings leave alone nothing is read,
 * here or in PICS.
 */
export function createReadKnowledge({ pics, store, settings }: Sources): OpenVendor['readKnowledge'] {
  const { site } = settings;
  const isColumnOurs = settings.externalIdVendor === vendor;
  const readRelations = createReadRelations({
    pics,
    store,
    ids: smartAssessorIds,
    centre: site,
    isColumnOurs,
  });

  async function readOffers(items: readonly ReconcileItem[]): Promise<SyncSide['offers']> {
    const isAsked =
      settings.elementsFrom !== 'off' && items.some((item) => entityOf(item) === 'learner-course');
    return isAsked ? toCourseOffers(await store.catalogue.read({ vendor, centre: site })) : [];
  }

  async function readLearnerIds(holders: readonly ReviewHolder[]): Promise<BatchFacts['learnerIds']> {
    const idents = [...new Set(holders.map(({ ident }) => ident))];
    if (idents.length === 0) return new Map();
    const links = await store.links.readByPicsIds({ vendor, centre: site, kind: 'learner' }, idents);
    return new Map(links.map(({ picsId, vendorId }) => [picsId, vendorId]));
  }

  return async (items, supposed) => {
    const [relations, offers] = await Promise.all([
      readRelations(
        items.map((item) => namedIds(item, settings)),
        supposed,
      ),
      readOffers(items),
    ]);
    const learnerIds = await readLearnerIds(relations.flatMap(({ holders }) => holders));
    return items.map((item, index): ItemKnowledge => {
      const of = relations[index] ?? noRelations;
      const side = sideOf(item, of, { facts: { offers, learnerIds }, site });
      return {
        ident: of.ident,
        owner: of.owner === null ? null : { kind: of.owner.kind, code: of.owner.picsId },
        parts: partsOf(item, settings),
        ...toKept(item, settings),
        decide: (rows) => decide(item, rows, { side, settings }),
      };
    });
  };
}

const noRelations: Relations = { ident: null, lane: null, owner: null, officer: null, holders: [] };

function entityOf(item: ReconcileItem): string | null {
  return item.kind === 'observation' ? item.observation.entity : null;
}

/** Which rows of the learner a record is about. */
function partsOf(item: ReconcileItem, settings: SmartAssessorSettings): readonly LearnerRows[] {
  const entity = entityOf(item) ?? '';
  if (!isTakenOver(entity, settings)) return [];
  if (entity === 'session') return ['reviews'];
  if (entity === 'learner-course') return ['qualifications'];
  if (entity !== 'learner') return [];
  const details: readonly LearnerRows[] = settings.learnerDetails === 'pull' ? ['own', 'details'] : [];
  return settings.riskFromScore ? [...details, 'episode'] : details;
}

function toKept(item: ReconcileItem, settings: SmartAssessorSettings): Pick<ItemKnowledge, 'keep'> {
  if (item.kind !== 'observation' || item.observation.entity !== 'session') return {};
  const { vendorId, record } = item.observation;
  const keep = (shown: JsonObject | null) => keepSession(vendorId, record ?? {}, { shown, settings });
  return { keep };
}

function sideOf(
  item: ReconcileItem,
  { lane, owner, officer, holders }: Relations,
  { facts, site }: { readonly facts: BatchFacts; readonly site: string },
): Omit<SyncSide, 'owner' | 'shown'> {
  const key = item.kind === 'observation' ? item.observation.vendorId : '';
  return {
    links: owner === null ? (lane?.links ?? []) : [owner],
    shadows: lane?.shadows ?? [],
    officer,
    offers: facts.offers,
    isShownElsewhere: holders.some((one) => isOfSession(one, key, { facts, site })),
  };
}

/**
 * D-15: whether a review of another learner of PICS is this session of this learner of Smart Assessor. A session has
 * several learners, so the same id at another learner is not enough. A row that was inserted from a session is known by
 * its own id; any other is taken for it unless its learner is another one at Smart Assessor.
 */
function isOfSession(
  { id, ident }: ReviewHolder,
  key: string,
  { facts, site }: { readonly facts: BatchFacts; readonly site: string },
): boolean {
  if (id === toReviewId({ vendor, centre: site, ident }, key)) return true;
  const isInserted = id[14] === '8';
  const learnerId = facts.learnerIds.get(ident) ?? null;
  return !isInserted && (learnerId === null || learnerId === fromSessionKey(key)?.learnerId);
}

function decide(
  item: ReconcileItem,
  { learner, owner, shown }: Parameters<ItemKnowledge['decide']>[0],
  {
    side,
    settings,
  }: { readonly side: Omit<SyncSide, 'owner' | 'shown'>; readonly settings: SmartAssessorSettings },
): RowDecision {
  switch (item.kind) {
    case 'observation':
      return decideRow(item.observation, learner, { ...side, owner, shown }, settings);
    case 'link': {
      // SA-41: a review has its session's id from the session itself, and keeps it.
      if (item.link.kind === 'review') return ignore('SA-41');
      const isColumnOurs = settings.externalIdVendor === vendor;
      return decideLinkRow(
        item.link,
        { learner, owner },
        { ids: smartAssessorIds, isColumnOurs, isRemoved: item.removed },
      );
    }
    default:
      return ignore(item.kind);
  }
}

function namedIds(item: ReconcileItem, settings: SmartAssessorSettings): NamedIds {
  if (item.kind === 'link') return { ...noIds, ident: item.link.ident };
  if (item.kind !== 'observation') return noIds;
  const { entity, vendorId, learnerVendorId, record } = item.observation;
  if (!isTakenOver(entity, settings)) return noIds;
  if (entity === 'assessor') return { ...noIds, owner: { kind: 'officer', vendorId } };
  if (entity !== 'session') return { ...noIds, learner: learnerVendorId };
  const assessorId = record?.['assessorId'];
  const shownId = fromSessionKey(vendorId)?.sessionId;
  return {
    ...noIds,
    learner: learnerVendorId,
    officer: typeof assessorId === 'string' ? assessorId : null,
    review: shownId === undefined ? null : { vendorId, shownId },
  };
}
