import { Kafka, logLevel, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { Broker } from '../../src/kafka/broker.ts';
import { createConsume } from '../../src/kafka/consume.ts';
import { createKafkaBroker } from '../../src/kafka/kafka-broker.ts';
import { createQueueWatch, type QueueLag } from '../../src/ops/queue-lag.ts';
import { eventually } from '../support/eventually.ts';
import { describeGroups, type ToolLine } from '../support/stack/kafka-groups.ts';
import { localStackTest, stackTest as test, uniqueName, useStack } from '../support/stack/use-stack.ts';

/*
 * The lag of groups on a real broker, in every state that a broker alone can be brought into, against the truth that the
 * test knows: which records it wrote, when they say they were written, and what the group has committed.
 */

const limits = { slowAfterMs: 60_000, stalledAfterMs: 20_000, leastSpanMs: 2_000 };
const dayMs = 86_400_000;

type Written = { readonly atMs: number; readonly key: string };

let broker: Broker;
let kafka: Kafka;
let committer: Producer;
const compacted = { topic: '', written: [] as Written[] };

beforeAll(async () => {
  const brokers = useStack().kafka;
  broker = createKafkaBroker({ brokers, clientId: 'queue-lag', heartbeatIntervalMs: 500, log: silentLog });
  kafka = new Kafka({ clientId: 'queue-lag-writer', brokers, logLevel: logLevel.NOTHING });
  committer = kafka.producer({ transactionalId: uniqueName('committer'), maxInFlightRequests: 1 });
  await committer.connect();
  // The cleaner takes its time: it has it while the other tests run.
  compacted.topic = await openTopic('compacted', {
    'cleanup.policy': 'compact',
    'min.compaction.lag.ms': '0',
    'segment.ms': '50',
    'min.cleanable.dirty.ratio': '0.01',
  });
  const nowMs = Date.now();
  compacted.written = Array.from({ length: 40 }, (_, n) => ({
    atMs: nowMs - (60 - n) * dayMs,
    key: String(n % 2 === 0 ? 'even' : n),
  }));
  await write(compacted.topic, compacted.written);
});
afterAll(async () => {
  await committer.disconnect();
  await broker.close();
});

async function openTopic(label: string, config: Readonly<Record<string, string>> = {}): Promise<string> {
  const name = uniqueName(label);
  const settings = { 'retention.ms': '-1', ...config };
  await broker.admin.createTopics([{ name, partitions: 1, replicationFactor: 1, config: settings }]);
  return name;
}

/** Writes records one after the other, as if they had been written at these times. */
async function write(topic: string, records: readonly Written[]): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  for (const { atMs, key } of records)
    await producer.send({ topic, messages: [{ key, value: 'x', timestamp: String(atMs) }] });
  await producer.disconnect();
}

async function trim(topic: string, low: number): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(low) }] });
  await admin.disconnect();
}

/**
 * In a transaction, which needs no member of the group: that of the client's admin joins and waits for seconds. The broker
 * ends a transaction some time after it was committed, and begins no other one before.
 */
async function commitFor(group: string, topic: string, offset: number): Promise<void> {
  const topics = [{ topic, partitions: [{ partition: 0, offset: String(offset) }] }];
  await eventually(async () => {
    const transaction = await committer.transaction();
    try {
      await transaction.sendOffsets({ consumerGroupId: group, topics });
      await transaction.commit();
    } catch (error) {
      await transaction.abort();
      throw error;
    }
  }, 10_000);
  await eventually(async () => {
    const [place] = await broker.admin.readCommitted(group, [topic]);
    expect(place?.offset).toBe(BigInt(offset));
  }, 10_000);
}

/** A group of the topic, seen by a watch that knows as much as ops has kept. */
function openGroup(topic: string) {
  const group = uniqueName('group');
  const kept = new Map<string, bigint>();
  const { readCommitted, readBounds, readOffsetsAt, countMembers } = broker.admin;
  const open = () =>
    createQueueWatch(
      {
        ...{ readCommitted, readBounds, readOffsetsAt, countMembers, nowMs: Date.now },
        readFurthest: async () => kept,
        keepFurthest: async (_group, places) => {
          for (const [key, offset] of places) kept.set(key, offset);
        },
      },
      limits,
    );
  const queue = { name: 'q', group, topics: [topic], role: null };
  let watch = open();
  return {
    group,
    commit: (offset: number) => commitFor(group, topic, offset),
    read: () => watch.read(queue),
    restart: () => {
      watch = open();
    },
  };
}

/** At most 1 s or 2 % from the truth, which is taken before and after the look. */
async function expectLag(
  read: () => Promise<QueueLag>,
  truth: { readonly count: number; readonly oldestAtMs: number | null; readonly status: QueueLag['status'] },
): Promise<void> {
  const lag = await read();
  const ageMs = truth.oldestAtMs === null ? 0 : Date.now() - truth.oldestAtMs;
  expect({ count: Number(lag.count), status: lag.status }).toEqual({
    count: truth.count,
    status: truth.status,
  });
  expect(Math.abs(lag.ageMs - ageMs)).toBeLessThanOrEqual(Math.max(1_000, ageMs * 0.02));
}

const steps = (count: number, fromMs: number, everyMs: number): Written[] =>
  Array.from({ length: count }, (_, n) => ({ atMs: fromMs + n * everyMs, key: String(n) }));

describe('a group', () => {
  test('that has nothing to read, never or any more, is idle with 0', async () => {
    const topic = await openTopic('idle');
    const { read, commit } = openGroup(topic);
    await expectLag(read, { count: 0, oldestAtMs: null, status: 'idle' });
    await write(topic, steps(3, Date.now() - 3_000, 1_000));
    await commit(3);
    await expectLag(read, { count: 0, oldestAtMs: null, status: 'idle' });
  });

  test('that is behind by seconds, hours or weeks has the age of its oldest record', async () => {
    const topic = await openTopic('behind');
    const startMs = Date.now() - 20 * dayMs;
    const written = [
      ...steps(5, startMs, dayMs),
      ...steps(5, Date.now() - 5 * 3_600_000, 3_600_000 / 2),
      ...steps(5, Date.now() - 6_000, 1_000),
    ];
    await write(topic, written);
    for (const committed of [0, 2, 5, 8, 10, 13]) {
      const { read, commit } = openGroup(topic);
      if (committed > 0) await commit(committed);
      const oldestAtMs = written[committed]?.atMs ?? 0;
      const status = Date.now() - oldestAtMs >= limits.slowAfterMs ? 'slow' : 'ok';
      await expectLag(read, { count: written.length - committed, oldestAtMs, status });
    }
  });

  test('that was moved back says so until it is where it was, also to a process that has seen nothing', async () => {
    const topic = await openTopic('rewound');
    const written = steps(6, Date.now() - 600_000, 60_000);
    await write(topic, written);
    const { read, commit, restart } = openGroup(topic);
    await commit(5);
    await read();
    for (const committed of [1, 3, 4]) {
      await commit(committed);
      restart();
      await expectLag(read, {
        count: 6 - committed,
        oldestAtMs: written[committed]?.atMs ?? 0,
        status: 'rewound',
      });
    }
    await commit(6);
    restart();
    await expectLag(read, { count: 0, oldestAtMs: null, status: 'idle' });
  });

  test('whose records were deleted unread says so, with what is still there', async () => {
    const topic = await openTopic('trimmed');
    const written = steps(8, Date.now() - 800_000, 100_000);
    await write(topic, written);
    const { read, commit } = openGroup(topic);
    await commit(2);
    await trim(topic, 5);
    await expectLag(read, { count: 3, oldestAtMs: written[5]?.atMs ?? 0, status: 'behind-retention' });
    await commit(5);
    await expectLag(read, { count: 3, oldestAtMs: written[5]?.atMs ?? 0, status: 'slow' });
    await commit(6);
    await trim(topic, 8);
    await expectLag(read, { count: 0, oldestAtMs: null, status: 'behind-retention' });
  });

  test('of a compacted topic counts as the broker does, and has the age of the next record that is left', async () => {
    const { topic, written } = compacted;
    // Every odd record has a key of its own; of the even ones the last is left, and what came since.
    await write(topic, [{ atMs: Date.now() - 1_000, key: 'new' }]);
    const all = [...written, { atMs: Date.now(), key: 'new' }];
    await eventually(async () => {
      const [first] = await broker.admin.readOffsetsAt(topic, 0);
      expect(first?.offset).toBe(1n);
    }, 60_000);
    for (const committed of [0, 7, 8, 30, 37]) {
      const { read, commit } = openGroup(topic);
      if (committed > 0) await commit(committed);
      const left = committed % 2 === 0 ? committed + 1 : committed;
      await expectLag(read, {
        count: all.length - committed,
        oldestAtMs: all[left]?.atMs ?? 0,
        status: 'slow',
      });
    }
  });
});

localStackTest("groups have the numbers of Kafka's own tool, with members and without", async () => {
  const topic = await openTopic('tool');
  await write(topic, steps(50, Date.now() - 50_000, 1_000));
  const [level, behind, rewound, trimmed, live] = Array.from({ length: 5 }, () => openGroup(topic));
  if (!level || !behind || !rewound || !trimmed || !live) throw new Error('there are five');
  await trimmed.commit(3);
  await trim(topic, 10);
  await level.commit(50);
  await behind.commit(17);
  await rewound.commit(40);
  await rewound.read();
  await rewound.commit(12);
  // A live member that has done a part and holds the rest in hand.
  await live.commit(10);
  const stop = new AbortController();
  const consumer = broker.createConsumer({ group: live.group, topics: [topic] });
  const running = createConsume({
    consumer,
    handle: ({ offset }) => (offset < 33n ? undefined : new Promise<void>(() => {})),
    commitIntervalMs: 50,
    drainMs: 1,
  }).run(stop.signal);
  await eventually(async () => expect((await live.read()).count).toBe(17n), 20_000);

  const groups = [level, behind, rewound, trimmed, live];
  const lines = await describeGroups(
    useStack().kafka,
    groups.map(({ group }) => group),
  );
  const lagOf = (group: string): bigint | undefined =>
    lines.find((line: ToolLine) => line.group === group)?.lag;
  const counts = await Promise.all(groups.map(async ({ read }) => (await read()).count));
  expect(counts.slice(0, 3).concat(counts.slice(4))).toEqual(
    [level, behind, rewound, live].map(({ group }) => lagOf(group)),
  );
  expect(counts).toEqual([0n, 33n, 38n, 40n, 17n]);
  // The tool also counts what was deleted before it was read: 3 to 10.
  expect(lagOf(trimmed.group)).toBe(47n);
  stop.abort();
  await running.catch(() => {});
});
