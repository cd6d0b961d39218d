import { afterEach, expect } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { checkTopics, createTopics } from '../../src/kafka/admin.ts';
import type { ConsumedRecord } from '../../src/kafka/broker.ts';
import type { KafkaSettings } from '../../src/kafka/client.ts';
import { createConsume } from '../../src/kafka/consume.ts';
import { createKafkaBroker } from '../../src/kafka/kafka-broker.ts';
import { createPublisher } from '../../src/kafka/producer.ts';
import { topicNames, topicTable } from '../../src/kafka/topics.ts';
import { eventually } from '../support/eventually.ts';
import { stackTest, uniqueName, useStack } from '../support/stack/use-stack.ts';

// What the port's contract does not say: how this client behaves with a real broker.

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function setup({ partitions = 3, config = {}, settings = {} }: Partial<Setup> = {}) {
  const broker = createKafkaBroker({
    brokers: useStack().kafka,
    clientId: 'kafka-client-test',
    sessionTimeoutMs: 6_000,
    heartbeatIntervalMs: 500,
    log: silentLog,
    ...settings,
  });
  closers.push(broker.close);
  const [topic, group] = [uniqueName('client'), uniqueName('group')];
  await broker.admin.createTopics([{ name: topic, partitions, replicationFactor: 1, config }]);
  const publisher = createPublisher({ producer: broker.createProducer() });
  closers.push(publisher.close);
  const publish = (key: string) =>
    publisher.publish({ topic, key: Buffer.from(key), value: Buffer.from(key) });
  return { broker, topic, group, publish };
}
type Setup = {
  partitions: number;
  config: Record<string, string>;
  settings: Partial<KafkaSettings>;
};

const keyOf = ({ key }: ConsumedRecord) => String(key);

for (const codec of ['gzip', 'zstd']) {
  stackTest(`records compressed with ${codec} are read`, { timeout: 30_000 }, async () => {
    const { broker, topic, group, publish } = await setup({ config: { 'compression.type': codec } });
    await publish('a');
    const seen: string[] = [];
    const stop = new AbortController();
    const consumer = broker.createConsumer({ group, topics: [topic] });
    const running = createConsume({ consumer, handle: (record) => void seen.push(keyOf(record)) }).run(
      stop.signal,
    );
    await eventually(() => expect(seen).toEqual(['a']), 20_000);
    stop.abort();
    await running;
  });
}

stackTest('what we compress ourselves is read as well', { timeout: 30_000 }, async () => {
  const { broker, topic, group } = await setup();
  for (const compression of ['gzip', 'zstd'] as const) {
    const producer = broker.createProducer({ compression });
    closers.push(() => producer.close());
    await producer.send([{ topic, key: Buffer.from(compression), value: Buffer.alloc(10_000, compression) }]);
  }
  const seen: string[] = [];
  const stop = new AbortController();
  const consumer = broker.createConsumer({ group, topics: [topic] });
  const running = createConsume({ consumer, handle: (record) => void seen.push(keyOf(record)) }).run(
    stop.signal,
  );
  await eventually(() => expect(seen.sort()).toEqual(['gzip', 'zstd']), 20_000);
  stop.abort();
  await running;
});

stackTest('another compression ends the run with a sentence that names it', { timeout: 30_000 }, async () => {
  const { broker, topic, group, publish } = await setup({ config: { 'compression.type': 'lz4' } });
  await publish('a');
  const consumer = broker.createConsumer({ group, topics: [topic] });
  const running = createConsume({ consumer, handle: () => {} }).run(new AbortController().signal);
  await expect(running).rejects.toThrow('compressed with lz4 cannot be read');
});

stackTest('work longer than the session time-out costs no membership', { timeout: 60_000 }, async () => {
  const { broker, topic, group, publish } = await setup();
  await publish('slow');
  const assignments: number[] = [];
  const stop = new AbortController();
  const inHand: (() => void)[] = [];
  const consumer = broker.createConsumer({ group, topics: [topic] });
  const watched = {
    ...consumer,
    run: (handlers: Parameters<typeof consumer.run>[0]) =>
      consumer.run({
        ...handlers,
        onAssigned: (assignment) => {
          assignments.push(assignment.generation);
          handlers.onAssigned(assignment);
        },
      }),
  };
  const handle = () => new Promise<void>((resolve) => inHand.push(resolve));
  const consume = createConsume({ consumer: watched, handle, maxInWork: 1 });
  const running = consume.run(stop.signal);
  await eventually(() => expect(inHand).toHaveLength(1), 20_000);
  const sinceMs = Date.now();
  for (let index = 0; index < 50; index += 1) await publish(`k${index}`);
  await eventually(() => expect(Date.now() - sinceMs).toBeGreaterThan(9_000), 20_000);
  expect(assignments).toHaveLength(1);
  await eventually(() => {
    for (const finish of inHand.splice(0)) finish();
    expect(consume.positions().every(({ oldestOffset }) => oldestOffset === null)).toBe(true);
  }, 20_000);
  stop.abort();
  await running;
  const committed = await broker.admin.readCommitted(group, [topic]);
  expect(committed.reduce((sum, { offset }) => sum + offset, 0n)).toBe(51n);
});

stackTest(
  'members that join and leave under load lose nothing, and nothing unfinished is ever committed',
  { timeout: 120_000 },
  async () => {
    const { broker, topic, group, publish } = await setup({ partitions: 4 });
    const done = new Set<string>();
    const handle = async ({ partition, offset }: ConsumedRecord) => {
      await new Promise((resolve) => setTimeout(resolve, (Number(offset) * 7) % 40));
      done.add(`${partition}/${offset}`);
    };
    const join = () => {
      const stop = new AbortController();
      const consumer = broker.createConsumer({ group, topics: [topic] });
      const running = createConsume({ consumer, handle, maxInWork: 20, commitIntervalMs: 20 }).run(
        stop.signal,
      );
      return async () => {
        stop.abort();
        await running;
      };
    };
    const judge = async () => {
      for (const { partition, offset } of await broker.admin.readCommitted(group, [topic])) {
        for (let at = 0n; at < offset; at += 1n) expect(done).toContain(`${partition}/${at}`);
      }
    };
    const members = [join()];
    for (let round = 0; round < 8; round += 1) {
      await Promise.all(Array.from({ length: 150 }, (_, index) => publish(`k${round}-${index}`)));
      if (round % 2 === 0) members.push(join());
      else await members.shift()?.();
      await judge();
    }
    await eventually(async () => {
      const bounds = await broker.admin.readBounds(topic);
      const committed = await broker.admin.readCommitted(group, [topic]);
      for (const { partition, high } of bounds) {
        expect(committed.find((at) => at.partition === partition)?.offset).toBe(high);
      }
    }, 60_000);
    await judge();
    expect(done.size).toBe(8 * 150);
    for (const leave of members) await leave();
  },
);

stackTest(
  'the topics of the table are as the table says once they are made',
  { timeout: 60_000 },
  async () => {
    const { broker } = await setup();
    const table = topicTable({
      names: topicNames(`${uniqueName('table')}.`),
      partitions: 2,
      replicationFactor: 1,
    });
    expect(await createTopics(broker.admin, table)).toHaveLength(table.length);
    await eventually(async () => expect(await checkTopics(broker.admin, table)).toEqual([]));
    await broker.admin.deleteTopics(table.map(({ name }) => name));
  },
);
