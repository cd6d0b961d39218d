import { createKeyedDigest } from '../../base/digest.ts';
import { latencyBuckets } from '../../base/metrics.ts';
import { sleep } from '../../base/sleep.ts';
import type { Officer } from '../../core/learner.ts';
import { createReconcile } from '../../inbound/reconcile.ts';
import type {
  DecideRow,
  ReconcileEffects,
  ReconcileHold,
  SettledRecord,
} from '../../inbound/reconcile-effects.ts';
import type { TopicPartition } from '../../kafka/broker.ts';
import { createConsumePartitions } from '../../kafka/consume-partitions.ts';
import { claimPlace } from '../../pics/applied.ts';
import { createOrigins } from '../../pics/origin.ts';
import { createWithReconcileTransaction } from '../../pics/reconcile-transaction.ts';
import { recordJournal } from '../../store/journal.ts';
import { markLinksCopied } from '../../store/link.ts';
import { oneFile as vendor } from '../../vendors/onefile/onefile.ts';
import type { SyncSide } from '../../vendors/onefile/rules/reconcile.ts';
import type { OneFileSettings } from '../../vendors/onefile/rules/settings.ts';
import { originsPerVendor } from '../install-options.ts';
import { createDecodeItem } from './decode-item.ts';
import { openMessaging } from './open-messaging.ts';
import { openOneFile } from './open-onefile.ts';
import { createPicsPool, openPics, type Pics } from './open-pics.ts';
import { openStore, type Store } from './open-store.ts';
import { createReadFacts } from './read-facts.ts';
import { recordHold } from './record-hold.ts';
import type { Role, RoleContext } from './role.ts';
import { untilAborted } from './until-aborted.ts';

/** Brings what OneFile showed, links and results of commands into PICS. */
export const runReconciler: Role = async (context, signal) => {
  await using stack = new AsyncDisposableStack();
  const pics = openPics(context, stack);
  const oneFile = await openOneFile(context, stack, pics.readNormalReviewTypes);
  if (oneFile === null) {
    context.log.info('OneFile is not enabled: nothing is applied');
    return untilAborted(signal);
  }
  const messaging = await openMessaging(context, 'reconciler', stack);
  const store = openStore(context, stack);
  const { settings, section } = oneFile;
  const effects = createEffects(context, stack, { pics, store, settings });
  const reconcile = createReconcile({
    ...effects,
    digest: createKeyedDigest(`applied ${section.customerToken?.reveal() ?? ''}`),
  });
  const decode = createDecodeItem(messaging.names, messaging.decoder);
  const epochs = new Map<string, number>();
  const { names } = messaging;
  let held = openHolding(signal);
  const consume = createConsumePartitions({
    consumer: messaging.broker.createConsumer({
      group: messaging.group('reconciler'),
      topics: [...Object.values(names.onefile), names.link, names.requestResult],
    }),
    startAt: async ({ topic, partition }) => {
      const { epoch, nextOffset } = await claimPlace(pics.pool, topic, partition);
      epochs.set(`${topic}/${partition}`, epoch);
      return nextOffset;
    },
    handleBatch: async ({ topic, partition, records }) => {
      const epoch = epochs.get(`${topic}/${partition}`) ?? 0;
      const items = await Promise.all(records.map(decode));
      const { kind } = await reconcile({ topic, partition, epoch, records: items }, held.signal);
      // Not done is not committed: where to go on stands in PICS, and whoever holds the partition next begins there.
      if (kind !== 'done') throw new Error(`a batch was not applied: ${kind}`);
    },
    onRevoked: () => {
      held.abort();
      held = openHolding(signal);
    },
    log: context.log,
  });
  await consume.run(signal);
};

type Holding = { readonly signal: AbortSignal; readonly abort: () => void };

/** Ends with the assignment: a record that waits for something must not keep a rebalance waiting. */
function openHolding(signal: AbortSignal): Holding {
  const end = new AbortController();
  return { signal: AbortSignal.any([signal, end.signal]), abort: () => end.abort() };
}

type Parts = { readonly pics: Pics; readonly store: Store; readonly settings: OneFileSettings };

function createEffects(
  context: RoleContext,
  stack: AsyncDisposableStack,
  { pics, store, settings }: Parts,
): Omit<ReconcileEffects<SyncSide>, 'digest'> {
  const { config, log } = context;
  const centre = settings.centreId;
  const origins = createOrigins({
    vendor: vendor.name,
    count: originsPerVendor,
    prefix: config.pics.replicationOriginPrefix,
    onUnmarked: (reason) =>
      log.warn('own writes go unmarked: they come back and find nothing to do, only later', { code: reason }),
  });
  const applied = createAppliedMeter(context);
  return {
    readFacts: createReadFacts({
      db: store.pool,
      ledger: store.ledger,
      centre,
      readNormalReviewTypes: pics.readNormalReviewTypes,
    }),
    decide: createDecide(settings),
    withTransaction: createWithReconcileTransaction({
      pool: createPicsPool(context, stack, originsPerVendor),
      columns: pics.columns,
      origins,
    }),
    recordHolds: async (holds, place) => {
      for (const hold of holds)
        await recordHold(
          store.ledger,
          { vendor: vendor.name, centre, ident: hold.ident ?? '' },
          hold.item.kind === 'malformed' ? toUnreadHold(hold, place) : hold,
        );
    },
    recordLinksCopied: (links) => markLinksCopied(store.pool, links),
    onSettled: async (settled) => {
      applied(settled);
      const written = settled.filter(({ outcome, ident }) => outcome === 'written' && ident !== null);
      await recordJournal(
        store.pool,
        written.map((one) => toJournal(one)),
      );
    },
    onWaiting: (code, waitedMs) => {
      if (waitedMs > 10_000)
        log.warn('a record waits for an upload to be answered', { code, ageMs: waitedMs });
    },
    nowMs: Date.now,
    sleep,
  };
}

/** Of a record that nobody can read only its place can be told; each is an item of its own. */
function toUnreadHold({ code, offset }: ReconcileHold, { topic, partition }: TopicPartition) {
  const params = { topic, partition: String(partition), offset: String(offset) };
  return { subject: `record:${topic}/${partition}/${offset}`, code, params };
}

function toJournal({ record, ident }: SettledRecord) {
  const { item } = record;
  const about =
    item.kind === 'observation'
      ? {
          subject: `${item.observation.entity}:${item.observation.vendorId}`,
          vendorId: item.observation.vendorId,
        }
      : item.kind === 'link'
        ? { subject: `${item.link.kind}:${item.link.picsId}`, vendorId: item.link.vendorId }
        : { subject: null, vendorId: null };
  return { vendor: vendor.name, ident: ident ?? '', kind: 'applied', code: null, tookMs: null, ...about };
}

function createDecide(settings: OneFileSettings): DecideRow<SyncSide> {
  const toOfficer = (code: string, externalId: string | null): Officer => ({
    code,
    firstName: null,
    surname: null,
    email: null,
    externalId,
  });
  return {
    observation: (observation, { learner, facts }) =>
      vendor.rules.decideRow(observation, learner, facts, settings),
    link: (link, { learner, owner }) =>
      vendor.rules.decideLinkRow(
        link,
        learner,
        owner === null ? null : toOfficer(link.picsId, owner.externalId),
      ),
  };
}

function createAppliedMeter({ metrics }: RoleContext): (settled: readonly SettledRecord[]) => void {
  const outcomes = metrics.counter({
    name: 'applied_total',
    help: 'Records of the vendor topics by what became of them in PICS.',
    labels: ['outcome', 'code'],
  });
  const delay = metrics.histogram({
    name: 'apply_seconds',
    help: 'From an observation at the broker to its commit in PICS.',
    labels: ['outcome'],
    buckets: latencyBuckets,
  });
  return (settled) => {
    const nowMs = Date.now();
    for (const { outcome, code, record } of settled) {
      outcomes.add({ outcome, code: code ?? '' });
      delay.observe({ outcome }, Math.max(0, nowMs - record.timestampMs) / 1000);
    }
  };
}
