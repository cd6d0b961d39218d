import { latencyBuckets } from '../base/metrics.ts';
import { sleep } from '../base/sleep.ts';
import { createKeyedDigest } from '../domain/digest.ts';
import type { ReconcileHold, SettledRecord, WithReconcileTransaction } from '../domain/rows.ts';
import type { TopicPartition } from '../kafka/broker.ts';
import type { DecideRow, ReconcileEffects } from '../reconciling/record.ts';
import { recordJournal } from '../store/journal.ts';
import { markLinksCopied } from '../store/links.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import type { SyncSide } from '../vendors/onefile/rules/reconcile.ts';
import type { OneFileSettings } from '../vendors/onefile/rules/settings.ts';
import type { OneFile } from './open-onefile.ts';
import type { Pics } from './open-pics.ts';
import type { Store } from './open-store.ts';
import { createReadFacts } from './read-facts.ts';
import { recordHold } from './record-hold.ts';
import type { RoleContext } from './role.ts';

/** Counts what became of records. */
export type AppliedMeter = (settled: readonly SettledRecord[]) => void;

export type ReconcileParts = {
  readonly pics: Pics;
  readonly store: Store;
  readonly withTransaction: WithReconcileTransaction;
  readonly applied: AppliedMeter;
};

/** What the reconciler does with what OneFile showed. */
export function createOneFileReconciliation(
  { log }: RoleContext,
  { pics, store, withTransaction, applied }: ReconcileParts,
  { settings, section }: OneFile,
): ReconcileEffects<SyncSide> {
  const centre = settings.centreId;
  return {
    readFacts: createReadFacts({
      db: store.pool,
      ledger: store.ledger,
      centre,
      readNormalReviewTypes: pics.readNormalReviewTypes,
      settings,
    }),
    decide: createDecide(settings),
    withTransaction,
    digest: createKeyedDigest(`applied ${section.customerToken?.reveal() ?? ''}`),
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
  const { externalIdVendor } = settings;
  return {
    observation: (observation, { learner, owner, facts }) =>
      vendor.rules.decideRow(observation, learner, { ...facts, owner }, settings),
    link: (link, { learner, owner }, isRemoved) =>
      vendor.rules.decideLinkRow(link, learner, owner, { externalIdVendor, isRemoved }),
  };
}

export function createAppliedMeter({ metrics }: Pick<RoleContext, 'metrics'>): AppliedMeter {
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
