import { createConsumePartitions } from '../kafka/partitions.ts';
import { claimPlace } from '../pics/reconcile.ts';
import { createReconcile } from '../reconciling/reconcile.ts';
import type { ReconcileEffects } from '../reconciling/record.ts';
import { createDecodeItem } from './decode-item.ts';
import type { Messaging } from './open-messaging.ts';
import type { Pics } from './open-pics.ts';
import type { RoleContext } from './role.ts';

type Parts<F> = {
  readonly messaging: Messaging;
  readonly pics: Pics;
  readonly group: string;
  readonly topics: readonly string[];
  readonly effects: ReconcileEffects<F>;
};

/** Reconciles topics from the places that stand in PICS, until the signal aborts. */
export async function consumePlaces<F>(
  { log }: RoleContext,
  { messaging, pics, group, topics, effects }: Parts<F>,
  signal: AbortSignal,
): Promise<void> {
  const reconcile = createReconcile(effects);
  const decode = createDecodeItem(messaging.names, messaging.decoder);
  const epochs = new Map<string, number>();
  let held = openHolding(signal);
  const consume = createConsumePartitions({
    consumer: messaging.broker.createConsumer({ group: messaging.group(group), topics: [...topics] }),
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
    log,
  });
  await consume.run(signal);
}

type Holding = { readonly signal: AbortSignal; readonly abort: () => void };

/** Ends with the assignment: a record that waits for something must not keep a rebalance waiting. */
function openHolding(signal: AbortSignal): Holding {
  const end = new AbortController();
  return { signal: AbortSignal.any([signal, end.signal]), abort: () => end.abort() };
}
