import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { expect } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { Alarm } from '../../src/domain/alarm.ts';
import { createKafkaBroker } from '../../src/kafka/kafka-broker.ts';
import { openTopics } from '../../src/kafka/messaging.ts';
import { type TopicSpec, topicNames, topicTable } from '../../src/kafka/topics.ts';
import { describeTopics } from '../contracts/topics.ts';
import { createMemoryRegistry, encodeRow, toChange } from '../support/captured-rows.ts';
import { toDebeziumSchema } from '../support/debezium-schema.ts';
import { eventually } from '../support/eventually.ts';
import { stackTest, uniqueName, useStack } from '../support/stack/use-stack.ts';

const slowMs = 120_000;

stackTest(
  'a partition whose last offsets hold nothing but a transaction that was given up ends too',
  async () => {
    const { topics, change, giveUp, close } = await openKafkaTopics(1);
    try {
      await change('1');
      await giveUp('2');
      const seen: string[] = [];
      const [reading] = await topics.readChangesThrough(
        { group: 'replay', tables: ['trqual'], start: { kind: 'beginning' } },
        ({ kind }) => void seen.push(kind),
        new AbortController().signal,
      );
      expect(seen).toEqual(['change']);
      expect(reading).toMatchObject({ start: 0n, end: 3n, count: 1 });
    } finally {
      await close();
    }
  },
  slowMs,
);

describeTopics('the topics over Kafka', openKafkaTopics, (title, claim) => stackTest(title, claim, slowMs));

async function openKafkaTopics(partitions: number) {
  const { kafka: brokers } = useStack();
  const prefix = `${uniqueName('topics')}.`;
  const names = topicNames(prefix);
  const topic = names.pics.trqual;
  const broker = createKafkaBroker({
    brokers,
    clientId: 'topics-contract',
    sessionTimeoutMs: 10_000,
    heartbeatIntervalMs: 500,
    log: silentLog,
  });
  const client = new Kafka({ clientId: 'topics-contract-log', brokers, logLevel: logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  const wanted = [topic, names.entities['onefile.review'], names.link, names.requestResult, names.deadLetter];
  const specs = topicTable({ names, partitions, replicationFactor: 1 }).filter(({ name }) =>
    wanted.includes(name),
  );
  await broker.admin.createTopics(specs);
  const { registry } = createMemoryRegistry();
  const schemaId = await registry.registerSchema(topic, toDebeziumSchema());
  const alarms = { codes: [] as string[], isAway: false };
  const topics = await openTopics({
    broker,
    registry,
    names,
    prefix,
    originPrefix: 'picsync',
    toChange,
    clock: { nowMs: Date.now },
    raise: async ({ kind, code }: Alarm) => {
      if (alarms.isAway) throw new Error('there is nowhere to raise it');
      alarms.codes.push(`${kind} ${code}`);
    },
    log: silentLog,
  });
  const producer = broker.createProducer();
  const put = async (ident: string, value: Buffer | null) => {
    await producer.send([{ topic, key: Buffer.from(ident), value }]);
  };

  async function set(settings: Readonly<Record<string, string>>): Promise<void> {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: topic, configEntries }] });
  }

  /**
   * Lets the broker's own cleaner run over the topic. It leaves the file in use alone, so another one is begun by a
   * record of its own, and takes a deletion out when it comes a second time.
   */
  async function compact(): Promise<void> {
    const [{ high = 0n } = {}] = await broker.admin.readBounds(topic);
    await set({
      'cleanup.policy': 'compact',
      'segment.ms': '1',
      'min.compaction.lag.ms': '0',
      'delete.retention.ms': '0',
      'min.cleanable.dirty.ratio': '0.001',
    });
    const everyMs = 5_000;
    for (;;) {
      await put('cleaner', null);
      await sleep(everyMs);
      if (await isCompactBelow(high)) return;
    }
  }

  async function isCompactBelow(high: bigint): Promise<boolean> {
    const idents: unknown[] = [];
    let deletions = 0;
    await topics.readChangesThrough(
      { group: 'compaction', tables: ['trqual'], start: { kind: 'beginning' } },
      (decoded, { offset }) => {
        if (decoded.kind === 'change') idents.push(decoded.change.key?.['ident']);
        else if (offset < high) deletions += 1;
      },
      new AbortController().signal,
    );
    return deletions === 0 && new Set(idents).size === idents.length;
  }

  const again = (specs.find(({ name }) => name === topic) ?? specs[0]) as TopicSpec;
  return {
    topics,
    alarms,
    change: (ident: string) => put(ident, encodeRow(schemaId, ident, null)),
    /** A transaction of another writer, which leaves a record that is not handed on, and a mark. */
    giveUp: async (ident: string) => {
      const other = client.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        transactionalId: uniqueName('tx'),
      });
      await other.connect();
      const transaction = await other.transaction();
      await transaction.send({ topic, messages: [{ key: ident, value: encodeRow(schemaId, ident, null) }] });
      await transaction.abort();
      await other.disconnect();
      // The mark is written a moment after the answer.
      await eventually(async () => expect((await broker.admin.readBounds(topic))[0]?.high).toBe(3n));
    },
    spoil: () => put('0', encodeRow(schemaId, '0', 'bad')),
    log: {
      remove: (ident: string) => put(ident, null),
      trim: async (low: bigint) => {
        await set({ 'cleanup.policy': 'delete' }); // of a compacted topic no beginning can be deleted
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(low) }] });
      },
      compact,
      drop: async () => {
        await broker.admin.deleteTopics([topic]);
        await eventually(async () => {
          if ((await broker.admin.listTopics()).includes(topic)) throw new Error('the topic is still there');
        });
      },
      makeAgain: async () => {
        await broker.admin.createTopics([again]);
      },
      groups: async () => {
        const { groups } = await admin.listGroups();
        return groups.map(({ groupId }) => groupId).filter((name) => name.startsWith(prefix));
      },
    },
    close: async () => {
      await topics.close();
      await producer.close();
      await broker.admin.deleteTopics(
        await broker.admin.listTopics().then((all) => all.filter((name) => name.startsWith(prefix))),
      );
      await broker.close();
      await admin.disconnect();
    },
  };
}
