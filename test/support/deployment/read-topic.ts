import { randomBytes } from 'node:crypto';
import type { Broker, ConsumedRecord, PartitionBounds } from '../../../src/kafka/broker.ts';

/** Everything a topic holds at this moment, partition by partition. */
export async function readTopic({ kafka }: { kafka: Broker }, topic: string): Promise<ConsumedRecord[]> {
  const wanted = (await kafka.admin.readBounds(topic)).filter(({ low, high }) => high > low);
  if (wanted.length === 0) return [];
  const records: ConsumedRecord[] = [];
  const consumer = kafka.createConsumer({
    group: `watcher-${randomBytes(6).toString('hex')}`,
    topics: [topic],
  });
  const missing = new Map(wanted.map((bounds) => [bounds.partition, bounds]));
  const all = Promise.withResolvers<void>();
  const running = consumer.run({
    onAssigned: () => {},
    onBatch: ({ partition, records: some }) => {
      records.push(...some);
      if (isReached(missing.get(partition), some.at(-1))) missing.delete(partition);
      if (missing.size === 0) all.resolve();
    },
  });
  await Promise.race([all.promise, running]);
  await consumer.stop();
  return records.toSorted((a, b) => a.partition - b.partition || Number(a.offset - b.offset));
}

function isReached(bounds: PartitionBounds | undefined, last: ConsumedRecord | undefined): boolean {
  return bounds !== undefined && last !== undefined && last.offset >= bounds.high - 1n;
}
