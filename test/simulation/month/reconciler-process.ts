import type { JsonObject } from '../../../src/domain/json.ts';
import type { LaneState } from '../../../src/domain/ledger.ts';
import type { Link, LinkKind } from '../../../src/domain/link.ts';
import type { OwnerKey } from '../../../src/domain/owner.ts';
import type { ItemFacts, ReconcileItem } from '../../../src/domain/rows.ts';
import { createReconcile } from '../../../src/reconciling/reconcile.ts';
import type { ReconcileEffects } from '../../../src/reconciling/record.ts';
import { recordHold } from '../../../src/roles/record-hold.ts';
import { oneFile as vendor } from '../../../src/vendors/onefile/onefile.ts';
import type { SyncSide } from '../../../src/vendors/onefile/rules/reconcile.ts';
import { Killed } from '../../memory/pics.ts';
import { at } from './onefile-answers.ts';
import { hashOf } from './poll-store.ts';
import type { Process } from './process.ts';
import type { Partition } from './topics.ts';
import type { MonthWorld } from './world.ts';

/** Brings what OneFile showed into PICS: all partitions, each in its order, from where PICS says that it stands. */
export function startReconciler(world: MonthWorld): Process {
  const process = world.newProcess();
  const reconcile = createReconcile(createEffects(world, process));
  for (const partition of world.topics.partitions)
    runPartition(world, process, partition, reconcile).catch((fault: unknown) => {
      if (!(fault instanceof Killed)) world.fail(fault);
    });
  return process;
}

async function runPartition(
  { clock, random, pics }: MonthWorld,
  process: Process,
  to: Partition,
  reconcile: ReturnType<typeof createReconcile<SyncSide>>,
): Promise<void> {
  const { topic, partition } = to;
  const claimed = await pics.store.whenFree(() => pics.store.claim(topic, partition));
  let next = Number(claimed.nextOffset);
  const { signal } = new AbortController();
  for (;;) {
    while (to.records.length <= next)
      await new Promise<void>((resolve) => {
        const others = to.wake;
        to.wake = () => {
          others();
          resolve();
          to.wake = () => {};
        };
      });
    await clock.sleep(random.chance() < 0.7 ? random.below(2_000) : random.below(600_000));
    process.check();
    const records = to.records.slice(next, next + 1 + random.below(200));
    const result = await reconcile({ topic, partition, epoch: claimed.epoch, records }, signal);
    if (result.kind !== 'done') return; // somebody else has the partition by now
    next = Number(result.nextOffset);
  }
}

function createEffects(world: MonthWorld, process: Process): ReconcileEffects<SyncSide> {
  const { ledger, pics, clock, random, settings } = world;
  const { mortal } = process;
  const { decideRow, decideLinkRow } = vendor.rules;
  return {
    readFacts: mortal((items) => readFacts(world, items)),
    decide: {
      observation: (observation, { learner, facts }) =>
        world.rules.decideRow(decideRow(observation, learner, facts, settings), observation),
      link: (link, { learner, owner }, removed) =>
        decideLinkRow(link, learner, owner as never, removed as never),
    },
    withTransaction: mortal((run) =>
      pics.store.withTransaction(async (transaction) => {
        const end = await run(transaction);
        process.check();
        return end;
      }),
    ) as ReconcileEffects<SyncSide>['withTransaction'],
    recordHolds: mortal(async (holds) => {
      for (const { ident, subject, code, params } of holds)
        await recordHold(ledger, { ...at, ident: ident ?? '' }, { subject, code, params });
    }),
    recordLinksCopied: mortal(async (links) => {
      await clock.sleep(random.below(50));
      process.check();
      ledger.linkTable.markCopied(links, clock.nowMs());
    }),
    onSettled: (settled) => {
      for (const { record, outcome, code } of settled)
        world.trace(() => `   applied ${toWords(record.item)}: ${outcome} ${code ?? ''}`);
    },
    digest: (record) => (record === null ? '' : hashOf(record as JsonObject)),
    nowMs: clock.nowMs,
    // Waiting for an upload is looked at less often than in earnest: hours of it are simulated.
    sleep: mortal((ms) => clock.sleep(ms * 20)),
  };
}

type Find = (kind: LinkKind, id: unknown) => Link | undefined;

/** What the sync knows beside PICS: read from the same ledger that the engines write, each lane once. */
async function readFacts(
  { ledger, normalReviewTypes }: MonthWorld,
  items: readonly ReconcileItem[],
): Promise<readonly ItemFacts<SyncSide>[]> {
  const find: Find = (kind, id) =>
    typeof id === 'string' ? ledger.linkTable.findByVendorId(at, kind, id) : undefined;
  const lanes = new Map<string, Promise<LaneState>>();
  const readLane = (ident: string): Promise<LaneState> => {
    const query = { ...at, ident, officers: [], organisations: [], learnerVendorIds: [] };
    const lane = lanes.get(ident) ?? ledger.readLane(query);
    lanes.set(ident, lane);
    return lane;
  };
  return Promise.all(
    items.map(async (item) => {
      const ident = toIdent(item, find);
      const lane = await readLane(ident ?? '');
      const observed = item.kind === 'observation' ? item.observation : null;
      return {
        ident,
        owner: observed === null ? null : toOwner(observed.entity, observed.vendorId, find),
        facts: {
          links: lane.links,
          shadows: lane.shadows,
          fieldSupport: lane.fieldSupport,
          officerOfAssessor: find('officer', observed?.record?.['assessorId'])?.picsId ?? null,
          hasOpenUpload: lane.openIntents.some(
            ({ step }) => step === 'create-visit' || step === 'create-review',
          ),
          normalReviewTypes,
        },
      };
    }),
  );
}

function toIdent(item: ReconcileItem, find: Find): string | null {
  if (item.kind === 'link') return item.link.ident;
  if (item.kind !== 'observation') return null;
  return find('learner', item.observation.learnerVendorId)?.picsId ?? null;
}

function toOwner(entity: string, vendorId: string, find: Find): OwnerKey | null {
  const kind = entity === 'assessor' ? 'officer' : entity === 'placement' ? 'organisation' : null;
  const link = kind === null ? undefined : find(kind, vendorId);
  return kind === null || link === undefined ? null : { kind, code: link.picsId };
}

function toWords(item: ReconcileItem): string {
  if (item.kind === 'observation') {
    const { entity, vendorId, observedAtMs, deleted } = item.observation;
    return `${deleted ? 'deletion of ' : ''}${entity} ${vendorId} read ${new Date(observedAtMs).toISOString()}`;
  }
  return item.kind === 'link'
    ? `link ${item.link.kind} ${item.link.picsId}=${item.link.vendorId}`
    : item.kind;
}
