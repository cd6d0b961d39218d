import { expect, test } from 'vitest';
import { createMemoryBroker } from '../../test/support/memory-broker/memory-broker.ts';
import { silentLog } from '../base/log.ts';
import { readThrough } from './read-through.ts';

const topic = 'pics.pics.trqual';
const group = 'pics-sync.onefile.replay';

async function setup() {
  const broker = createMemoryBroker({ maxBatchRecords: 1 });
  await broker.admin.createTopics([{ name: topic, partitions: 2, replicationFactor: 1, config: {} }]);
  const producer = broker.createProducer();
  for (const partition of [0, 1]) {
    const record = { topic, partition, key: Buffer.from('1'), value: Buffer.from('a') };
    await producer.send([record, record]);
  }
  const join = () => {
    const consumer = broker.createConsumer({ group, topics: [topic] });
    const assigned = Promise.withResolvers<void>();
    const running = consumer.run({ onAssigned: () => assigned.resolve(), onBatch: () => {} });
    return { consumer, running, assigned: assigned.promise };
  };
  let handled = 0;
  let onRead = async (): Promise<void> => {};
  const read = (signal = new AbortController().signal) =>
    readThrough(
      {
        broker,
        group,
        topics: [{ name: 'trqual', topic }],
        start: { kind: 'beginning' },
        read: async (_, records) => {
          handled += records.length;
          await onRead();
          return 0;
        },
        log: silentLog,
        busyForMs: 30,
        lookEveryMs: 5,
        drainMs: 10,
      },
      signal,
    );
  return {
    broker,
    join,
    read,
    handled: () => handled,
    onRead: (run: () => Promise<void>) => {
      onRead = run;
    },
  };
}

test('a group that another process reads in is waited for, and then refused with a sentence', async () => {
  const { join, read, handled } = await setup();
  const { consumer, running } = join();
  await expect(read()).rejects.toThrow(`The consumer group ${group} has other members`);
  expect(handled()).toBe(0);
  await consumer.stop();
  await running;
});

test('what a killed process has left of the group is deleted, its offsets too', async () => {
  const { broker, read, handled } = await setup();
  await broker.admin.setCommitted(group, [
    { topic, partition: 0, offset: 1n },
    { topic, partition: 1, offset: 1n },
  ]);
  await read();
  expect(handled()).toBe(4);
  expect(broker.groupNames).not.toContain(group);
});

test('a process that joins in the middle and keeps partitions ends the reading with a sentence', async () => {
  const { join, read, onRead } = await setup();
  let other: ReturnType<typeof join> | null = null;
  onRead(async () => {
    other ??= join();
    await other.assigned;
  });
  await expect(read()).rejects.toThrow(`The consumer group ${group} has other members`);
  await (other as ReturnType<typeof join> | null)?.consumer.stop();
});

test('brokers that are away for a moment end the reading with their own error, not with a sentence on topics', async () => {
  const { broker, read, onRead } = await setup();
  onRead(async () => broker.faults.down());
  await expect(read()).rejects.toThrow('the broker does not answer');
});
