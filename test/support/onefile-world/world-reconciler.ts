import { digestOf } from '../../../src/domain/digest.ts';
import type { LaneKey } from '../../../src/domain/ledger.ts';
import type { Link } from '../../../src/domain/link.ts';
import type { Observation } from '../../../src/domain/observation.ts';
import type { OwnerKind } from '../../../src/domain/owner.ts';
import type { ItemFacts, ReconcileHold, ReconcileItem } from '../../../src/domain/rows.ts';
import { createReconcile } from '../../../src/reconciling/reconcile.ts';
import type { ReconcileEffects } from '../../../src/reconciling/record.ts';
import { oneFile } from '../../../src/vendors/onefile/onefile.ts';
import type { SyncSide } from '../../../src/vendors/onefile/rules/reconcile.ts';
import type { OneFileSettings } from '../../../src/vendors/onefile/rules/settings.ts';
import type { MemoryLedger } from '../memory-ledger.ts';
import type { WorldPics } from './world-pics.ts';

type Parts = {
  readonly ledger: MemoryLedger;
  readonly pics: WorldPics;
  readonly settings: OneFileSettings;
  readonly nowMs: () => number;
};

const place = { topic: 'all', partition: 0, epoch: 1 };

/** The topics and the reconciler: what was published waits until `drain` brings it into PICS. */
export function createWorldReconciler({ ledger, pics, settings, nowMs }: Parts) {
  const records: ReconcileItem[] = [];
  /** Outcome and code of every record that was settled, in order. */
  const settled: string[] = [];
  const held: ReconcileHold[] = [];
  let done = 0;
  const key = { vendor: 'onefile', centre: settings.centreId } as const;
  const find = (kind: Link['kind'], vendorId: string | null): Link | null =>
    (vendorId === null ? undefined : ledger.linkTable.findByVendorId(key, kind, vendorId)) ?? null;

  async function toFacts(item: ReconcileItem): Promise<ItemFacts<SyncSide>> {
    const { learner, assessor, placement } = toIds(item);
    const ident = item.kind === 'link' ? item.link.ident : (find('learner', learner)?.picsId ?? null);
    const officer = find('officer', assessor);
    const owner =
      item.kind === 'observation' && item.observation.entity === 'assessor'
        ? officer
        : find('organisation', placement);
    const lane = ident === null ? null : await ledger.readLane(toQuery({ ...key, ident }));
    return {
      ident,
      owner: owner === null ? null : { kind: owner.kind as OwnerKind, code: owner.picsId },
      facts: {
        links: owner === null ? (lane?.links ?? []) : [owner],
        shadows: lane?.shadows ?? [],
        fieldSupport: lane?.fieldSupport ?? {},
        hasOpenUpload: lane?.openIntents.some(({ step }) => /^create-(visit|review)$/.test(step)) ?? false,
        officerOfAssessor: officer?.picsId ?? null,
        normalReviewTypes: ['N'],
      },
    };
  }

  const { externalIdVendor } = settings;
  const effects: ReconcileEffects<SyncSide> = {
    readFacts: (items) => Promise.all(items.map(toFacts)),
    decide: {
      observation: (observation, { learner, owner, facts }) =>
        oneFile.rules.decideRow(observation, learner, { ...facts, owner }, settings),
      link: (link, { learner, owner }, isRemoved) =>
        oneFile.rules.decideLinkRow(link, learner, owner, { externalIdVendor, isRemoved }),
    },
    withTransaction: pics.withTransaction,
    recordHolds: async (holds) => void held.push(...holds),
    recordLinksCopied: async (links) => ledger.linkTable.markCopied(links, nowMs()),
    onSettled: (all) =>
      void settled.push(...all.map(({ outcome, code }) => `${outcome} ${code ?? ''}`.trim())),
    digest: digestOf,
    nowMs,
    sleep: async () => {},
  };
  const reconcile = createReconcile(effects);

  return {
    settled,
    held,
    publishObservations: async (all: readonly Observation[]) =>
      void records.push(...all.map((observation) => ({ kind: 'observation' as const, observation }))),
    publishLinks: async (all: readonly Link[], removed = false) =>
      void records.push(...all.map((link) => ({ kind: 'link' as const, link, removed }))),
    /** Applies what is waiting; gives what was written into PICS by it. */
    drain: async (): Promise<readonly string[]> => {
      const before = pics.written.length;
      const waiting = records.slice(done).map((item, n) => ({
        ...{ offset: BigInt(done + n), timestampMs: nowMs(), item },
      }));
      done = records.length;
      await reconcile({ ...place, records: waiting }, AbortSignal.timeout(5_000));
      return pics.written.slice(before).map((action) => JSON.stringify(action));
    },
    /** Everything published so far, whatever has become of it. */
    records: records as readonly ReconcileItem[],
  };
}

/** Vendor ids whose links tell whom an item is about. */
function toIds(item: ReconcileItem) {
  if (item.kind !== 'observation') return { learner: null, assessor: null, placement: null };
  const { entity, vendorId, learnerVendorId, record } = item.observation;
  const named = record?.['assessorId'];
  return {
    learner: learnerVendorId ?? (entity === 'learner' ? vendorId : null),
    assessor: entity === 'assessor' ? vendorId : typeof named === 'string' ? named : null,
    placement: entity === 'placement' ? vendorId : null,
  };
}

function toQuery(key: LaneKey) {
  return { ...key, officers: [], organisations: [], learnerVendorIds: [] };
}
