import { digestOf } from '../../../src/domain/digest.ts';
import type { LaneKey } from '../../../src/domain/ledger.ts';
import type { Link } from '../../../src/domain/link.ts';
import type { Observation } from '../../../src/domain/observation.ts';
import type { ItemFacts, ReconcileItem } from '../../../src/domain/rows.ts';
import { createReconcile } from '../../../src/reconciling/reconcile.ts';
import { oneFile as vendor } from '../../../src/vendors/onefile/onefile.ts';
import type { SyncSide } from '../../../src/vendors/onefile/rules/reconcile.ts';
import type { OneFileSettings } from '../../../src/vendors/onefile/rules/settings.ts';
import type { MemoryPics } from '../../memory/pics.ts';
import type { MemoryLedger } from '../../support/memory-ledger.ts';

type Parts = {
  readonly ledger: MemoryLedger;
  readonly pics: MemoryPics;
  readonly settings: OneFileSettings;
  readonly nowMs: () => number;
};

/** The topics and the reconciler in one: what is published waits until enough has come together. */
export function createPullReconciler({ ledger, pics, settings, nowMs }: Parts) {
  const key = { vendor: vendor.name, centre: settings.centreId } as const;
  const waiting: ReconcileItem[] = [];
  const place = { topic: 'all', partition: 0, epoch: pics.claim('all', 0).epoch };
  let offset = 0n;
  const find = (kind: Link['kind'], vendorId: unknown): string | null =>
    typeof vendorId === 'string'
      ? (ledger.linkTable.findByVendorId(key, kind, vendorId)?.picsId ?? null)
      : null;

  async function toFacts(item: ReconcileItem): Promise<ItemFacts<SyncSide>> {
    const seen = item.kind === 'observation' ? item.observation : null;
    const of = seen?.learnerVendorId ?? (seen?.entity === 'learner' ? seen.vendorId : null);
    const ident = item.kind === 'link' ? item.link.ident : find('learner', of);
    const lane = ident === null ? null : await ledger.readLane(toQuery({ ...key, ident }));
    return {
      ident,
      facts: {
        links: lane?.links ?? [],
        shadows: lane?.shadows ?? [],
        fieldSupport: lane?.fieldSupport ?? {},
        hasOpenUpload: false,
        officerOfAssessor: find('officer', seen?.record?.['assessorId']),
        normalReviewTypes: ['N'],
      },
    };
  }

  const reconcile = createReconcile<SyncSide>({
    readFacts: (items) => Promise.all(items.map(toFacts)),
    decide: {
      observation: (one, { learner, facts }) => vendor.rules.decideRow(one, learner, facts, settings),
      link: (link, { learner }) => vendor.rules.decideLinkRow(link, learner, null),
    },
    withTransaction: pics.withTransaction,
    recordHolds: async (holds) => {
      if (holds.length > 0) throw new Error(`held: ${holds[0]?.code}`);
    },
    recordLinksCopied: async (links) => ledger.linkTable.markCopied(links, nowMs()),
    onSettled: () => {},
    digest: digestOf,
    nowMs,
    sleep: () => Promise.reject(new Error('a record waits, and nothing will come')),
  });

  async function settle(): Promise<void> {
    const records = waiting.splice(0).map((item) => ({ offset: offset++, timestampMs: nowMs(), item }));
    if (records.length > 0) await reconcile({ ...place, records }, new AbortController().signal);
  }

  return {
    publish: async (all: readonly Observation[]): Promise<void> => {
      waiting.push(...all.map((observation) => ({ kind: 'observation' as const, observation })));
    },
    publishLinks: async (all: readonly Link[]): Promise<void> => {
      waiting.push(...all.map((link) => ({ kind: 'link' as const, link, removed: false })));
    },
    settle,
  };
}

function toQuery(key: LaneKey) {
  return { ...key, officers: [], organisations: [], learnerVendorIds: [] };
}
