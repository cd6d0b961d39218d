import { afterEach, describe, expect, test as plainTest } from 'vitest';
import type {
  Assignment,
  Broker,
  ConsumedRecord,
  Consumer,
  ConsumerHandlers,
  ConsumerOptions,
  OutgoingRecord,
  Producer,
  RecordBatch,
  RetentionLoss,
} from '../../src/kafka/broker.ts';
import { eventually } from '../support/eventually.ts';

export type BrokerUnderTest = {
  readonly broker: Broker;
  /** A name that nobody else uses. */
  readonly unique: (what: string) => string;
  /** Makes records below an offset go, as retention does. */
  readonly trim: (topic: string, partition: number, low: bigint) => Promise<void>;
  readonly close: () => Promise<void>;
};

type Member = {
  readonly consumer: Consumer;
  readonly assignments: Assignment[];
  readonly batches: RecordBatch[];
  readonly losses: RetentionLoss[];
  readonly running: Promise<void>;
  revokedCount: number;
};

type ClaimTest = (title: string, claim: () => Promise<void>) => void;

const slowMs = 30_000;

/** What every broker behind the port promises. `test` skips where there is none. */
export function describeBroker(
  name: string,
  open: () => Promise<BrokerUnderTest>,
  test: ClaimTest = plainTest,
): void {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function setup({ partitions = 2 }: { partitions?: number } = {}) {
    const { broker, unique, trim, close } = await open();
    closers.push(close);
    const topic = unique('contract');
    const group = unique('group');
    await broker.admin.createTopics([{ name: topic, partitions, replicationFactor: 1, config: {} }]);
    const producer = broker.createProducer();
    closers.push(() => producer.close());
    const join = (
      options: Partial<ConsumerOptions> = {},
      handlers: Partial<ConsumerHandlers> = {},
    ): Member => {
      const member = startMember(broker, { group, topics: [topic], ...options }, handlers);
      closers.push(() => member.consumer.stop());
      return member;
    };
    const fill = (count: number, partition = 0) => send(producer, topic, { count, partition });
    return { broker, topic, group, producer, join, fill, trim, unique };
  }

  describe(`the port on ${name}`, { timeout: slowMs * 2 }, () => {
    test('records come as they were sent: key, value, headers, time, in order of each partition', async () => {
      const { topic, producer, join } = await setup();
      const before = Date.now();
      const at = await producer.send([
        { topic, key: Buffer.from('a'), value: Buffer.from('1'), headers: { origin: 'Zoë' } },
        { topic, key: Buffer.from('a'), value: null },
        { topic, key: null, value: Buffer.from('3'), partition: 1 },
      ]);
      const member = join();
      const records = await eventually(() => expectCount(member, 3), slowMs);
      const first = records.find(({ value }) => value?.toString() === '1')!;
      expect(first).toMatchObject({ topic, headers: { origin: 'Zoë' } });
      expect(first.key?.toString()).toBe('a');
      expect(first.timestampMs).toBeGreaterThanOrEqual(before - 1_000);
      const tombstone = records.find(({ value }) => value === null)!;
      expect(tombstone.key?.toString()).toBe('a');
      expect([tombstone.partition, tombstone.offset]).toEqual([first.partition, first.offset + 1n]);
      expect(at.slice(0, 2)).toEqual([
        { topic, partition: first.partition, offset: first.offset },
        { topic, partition: first.partition, offset: first.offset + 1n },
      ]);
      expect(at[2]?.partition).toBe(1);
    });

    test('a group goes on where it committed, and begins with the oldest record', async () => {
      const { topic, group, broker, fill, join } = await setup({ partitions: 1 });
      await fill(5);
      const first = join();
      await eventually(() => expectCount(first, 5), slowMs);
      expect(first.assignments[0]?.partitions).toEqual([{ topic, partition: 0, offset: 0n }]);
      const { generation } = first.assignments[0]!;
      const outcome = await first.consumer.commit(generation, [{ topic, partition: 0, offset: 3n }]);
      expect(outcome).toBe('committed');
      await first.consumer.stop();
      await first.running;
      expect(await broker.admin.readCommitted(group, [topic])).toEqual([{ topic, partition: 0, offset: 3n }]);
      const second = join();
      await eventually(() => expect(offsetsOf(second)).toEqual([3n, 4n]), slowMs);
      expect(second.assignments[0]?.partitions[0]?.offset).toBe(3n);
      expect(second.assignments[0]?.generation).toBeGreaterThan(generation);
    });

    test('two members share the partitions in one generation, and one who leaves hands over', async () => {
      const { join } = await setup({ partitions: 4 });
      const [left, right] = [join(), join()];
      await eventually(() => {
        expect([held(left), held(right)].map((partitions) => partitions.length)).toEqual([2, 2]);
        expect(generationOf(left)).toBe(generationOf(right));
      }, slowMs);
      expect([...held(left), ...held(right)].sort()).toEqual([0, 1, 2, 3]);
      const shared = generationOf(left);
      await right.consumer.stop();
      await right.running;
      await eventually(() => expect(held(left)).toHaveLength(4), slowMs);
      expect(generationOf(left)).toBeGreaterThan(shared);
      expect(left.revokedCount).toBeGreaterThan(0);
    });

    test('a group counts its members while they are there, and none when nobody ever came', async () => {
      const { broker, group, join, unique } = await setup({ partitions: 1 });
      expect(await broker.admin.countMembers(unique('nobody'))).toBe(0);
      const [left, right] = [join(), join()];
      const count = () => broker.admin.countMembers(group);
      await eventually(async () => expect(await count()).toBe(2), slowMs);
      await right.consumer.stop();
      await eventually(async () => expect(await count()).toBe(1), slowMs);
      await left.consumer.stop();
      await eventually(async () => expect(await count()).toBe(0), slowMs);
    });

    test('a group is deleted with its offsets when it has no members; one that never was counts as deleted', async () => {
      const { broker, topic, group, fill, join, unique } = await setup({ partitions: 1 });
      expect(await broker.admin.deleteGroup(unique('never'))).toBe('deleted');
      await fill(2);
      const member = join();
      await eventually(() => expectCount(member, 2), slowMs);
      await member.consumer.commit(generationOf(member), [{ topic, partition: 0, offset: 2n }]);
      expect(await broker.admin.deleteGroup(group)).toBe('busy');
      await member.consumer.stop();
      await member.running;
      await eventually(async () => expect(await broker.admin.deleteGroup(group)).toBe('deleted'), slowMs);
      expect(await broker.admin.readCommitted(group, [topic])).toEqual([]);
      const partitions = [{ topic, partition: 0 }];
      expect([await broker.admin.countLeaders(partitions), await broker.admin.countLeaders([])]).toEqual([
        1, 0,
      ]);
    });

    test('that there is nothing more to give is said after the last record, and again after what comes later', async () => {
      const { fill, join } = await setup({ partitions: 2 });
      await fill(3);
      const seenAt: number[] = [];
      const member = join({}, { onDrained: () => seenAt.push(recordsOf(member).length) });
      await eventually(() => expect(seenAt).toContain(3), slowMs);
      await fill(2, 1);
      await eventually(() => expect(seenAt).toContain(5), slowMs);
      expect(seenAt.filter((count) => count !== 3 && count !== 5)).toEqual([]);
    });

    test('a paused partition holds nothing up, and is asked for what it has when it goes on', async () => {
      const { topic, fill, join } = await setup({ partitions: 1 });
      const seenAt: number[] = [];
      const member = join({}, { onDrained: () => seenAt.push(recordsOf(member).length) });
      await eventually(() => expect(seenAt).toContain(0), slowMs);
      member.consumer.pause([{ topic, partition: 0 }]);
      await fill(3);
      member.consumer.resume([{ topic, partition: 0 }]);
      await eventually(() => expect(seenAt.at(-1)).toBe(3), slowMs);
    });

    test('a commit of an earlier generation, or of a partition not held, changes nothing', async () => {
      const { topic, group, broker, fill, join } = await setup({ partitions: 2 });
      await fill(10, 0);
      await fill(10, 1);
      const left = join();
      await eventually(() => expectCount(left, 20), slowMs);
      const alone = generationOf(left);
      const right = join();
      await eventually(() => {
        expect([held(left), held(right)].map((partitions) => partitions.length)).toEqual([1, 1]);
      }, slowMs);
      await eventually(() => expectCount(right, 10), slowMs);
      const lost = held(right)[0]!;
      const at = { topic, partition: lost };
      expect(await right.consumer.commit(generationOf(right), [{ ...at, offset: 9n }])).toBe('committed');
      expect(await left.consumer.commit(alone, [{ ...at, offset: 2n }])).toBe('fenced');
      expect(await left.consumer.commit(generationOf(left), [{ ...at, offset: 2n }])).toBe('fenced');
      expect(await broker.admin.readCommitted(group, [topic])).toEqual([{ ...at, offset: 9n }]);
    });

    test('a paused partition gives nothing, stays held, and goes on without a gap', async () => {
      const { topic, fill, join } = await setup({ partitions: 2 });
      const member = join();
      await eventually(() => expect(held(member)).toHaveLength(2), slowMs);
      member.consumer.pause([{ topic, partition: 0 }]);
      await fill(3, 0);
      await fill(3, 1);
      await eventually(() => expectCount(member, 3), slowMs);
      await fill(1, 1);
      await eventually(() => expectCount(member, 4), slowMs);
      expect(offsetsOf(member, 0)).toEqual([]);
      member.consumer.resume([{ topic, partition: 0 }]);
      await eventually(() => expect(offsetsOf(member, 0)).toEqual([0n, 1n, 2n]), slowMs);
      expect(member.assignments).toHaveLength(1);
    });

    test('a flow may begin elsewhere than the group committed, also later than it', async () => {
      const { topic, group, broker, fill, join } = await setup({ partitions: 2 });
      await fill(10, 0);
      await fill(10, 1);
      await broker.admin.setCommitted(group, [
        { topic, partition: 0, offset: 8n },
        { topic, partition: 1, offset: 2n },
      ]);
      const member = join({}, { startAt: async ({ partition }) => (partition === 0 ? 4n : 7n) });
      await eventually(() => expectCount(member, 9), slowMs);
      expect(offsetsOf(member, 0)).toEqual([4n, 5n, 6n, 7n, 8n, 9n]);
      expect(offsetsOf(member, 1)).toEqual([7n, 8n, 9n]);
    });

    test('a flow that keeps its own place and has none yet begins with the oldest record', async () => {
      const { topic, group, broker, fill, join } = await setup({ partitions: 1 });
      await fill(6, 0);
      await broker.admin.setCommitted(group, [{ topic, partition: 0, offset: 4n }]);
      const member = join({}, { startAt: async () => null });
      await eventually(() => expectCount(member, 6), slowMs);
      expect(offsetsOf(member, 0)).toEqual([0n, 1n, 2n, 3n, 4n, 5n]);
    });

    test('a flow that cannot say where to begin ends the run', async () => {
      const { join } = await setup();
      const startAt = async () => Promise.reject(new Error('the database is gone'));
      await expect(join({}, { startAt }).running).rejects.toThrow('the database is gone');
    });

    test('a rebalance gives again what was not committed, and never less', async () => {
      const { topic, fill, join } = await setup({ partitions: 1 });
      await fill(6);
      const member = join();
      await eventually(() => expectCount(member, 6), slowMs);
      await member.consumer.commit(generationOf(member), [{ topic, partition: 0, offset: 4n }]);
      const other = join();
      await eventually(() => expect(generationOf(member)).toBe(generationOf(other)), slowMs);
      await fill(1);
      await eventually(() => {
        const generation = generationOf(member);
        const again = [...member.batches, ...other.batches].filter(
          (batch) => batch.generation === generation,
        );
        expect(again.flatMap(({ records }) => records.map(({ offset }) => offset))).toEqual([4n, 5n, 6n]);
      }, slowMs);
    });

    test('records that are gone before they were read are shouted about at the start', async () => {
      const { topic, group, broker, fill, join, trim } = await setup({ partitions: 1 });
      await fill(10);
      await broker.admin.setCommitted(group, [{ topic, partition: 0, offset: 2n }]);
      await trim(topic, 0, 6n);
      const member = join();
      await eventually(() => expect(offsetsOf(member)).toEqual([6n, 7n, 8n, 9n]), slowMs);
      expect(member.losses).toEqual([{ group, topic, partition: 0, expected: 2n, continuedAt: 6n }]);
    });

    test('records that go while their partition is paused are shouted about too', async () => {
      const { topic, group, fill, join, trim } = await setup({ partitions: 1 });
      await fill(2);
      const member = join();
      await eventually(() => expectCount(member, 2), slowMs);
      member.consumer.pause([{ topic, partition: 0 }]);
      await fill(8);
      await trim(topic, 0, 6n);
      member.consumer.resume([{ topic, partition: 0 }]);
      await eventually(() => expect(offsetsOf(member)).toEqual([0n, 1n, 6n, 7n, 8n, 9n]), slowMs);
      expect(member.losses).toEqual([{ group, topic, partition: 0, expected: 2n, continuedAt: 6n }]);
    });

    test('an offset beyond the end, as after a topic was made anew, begins with the oldest record', async () => {
      const { topic, group, fill, join } = await setup({ partitions: 1 });
      await fill(3);
      const member = join({}, { startAt: async () => 100n });
      await eventually(() => expectCount(member, 3), slowMs);
      expect(member.losses).toEqual([{ group, topic, partition: 0, expected: 100n, continuedAt: 0n }]);
    });

    test('a topic that does not exist ends the run with a sentence that names it', async () => {
      const { topic, join, unique } = await setup();
      const missing = unique('missing');
      await expect(join({ topics: [topic, missing] }).running).rejects.toThrow(missing);
    });

    test('stopping at once, before the group was joined, leaves nothing behind', async () => {
      const { join } = await setup({ partitions: 2 });
      const hasty = join();
      await hasty.consumer.stop();
      await hasty.running;
      const member = join();
      await eventually(() => expect(held(member)).toHaveLength(2), slowMs);
    });

    test('topics are made once, described, and tell their bounds and offsets by time', async () => {
      const { broker, topic, fill } = await setup({ partitions: 2 });
      const spec = { name: topic, partitions: 5, replicationFactor: 1, config: {} };
      expect(await broker.admin.createTopics([spec])).toEqual([]);
      const [found] = await broker.admin.describeTopics([topic, `${topic}.missing`]);
      expect(found).toMatchObject({ name: topic, partitions: 2, replicationFactor: 1 });
      await fill(3, 1);
      const bounds = await broker.admin.readBounds(topic);
      expect(bounds.sort((left, right) => left.partition - right.partition)).toEqual([
        { topic, partition: 0, low: 0n, high: 0n },
        { topic, partition: 1, low: 0n, high: 3n },
      ]);
      const offsets = await broker.admin.readOffsetsAt(topic, 0);
      expect(offsets.find(({ partition }) => partition === 1)?.offset).toBe(0n);
      const later = await broker.admin.readOffsetsAt(topic, Date.now() + 3_600_000);
      expect(later.find(({ partition }) => partition === 1)?.offset).toBe(3n);
    });
  });
}

function startMember(broker: Broker, options: ConsumerOptions, handlers: Partial<ConsumerHandlers>): Member {
  const assignments: Assignment[] = [];
  const batches: RecordBatch[] = [];
  const losses: RetentionLoss[] = [];
  const consumer = broker.createConsumer({
    ...options,
    onRetentionLoss: async (loss) => void losses.push(loss),
  });
  const running = consumer.run({
    ...handlers,
    onAssigned: (assignment) => {
      assignments.push(assignment);
    },
    onRevoked: () => {
      member.revokedCount += 1;
    },
    onBatch: (batch) => {
      batches.push(batch);
    },
  });
  running.catch(() => {});
  const member: Member = { consumer, assignments, batches, losses, running, revokedCount: 0 };
  return member;
}

async function send(
  producer: Producer,
  topic: string,
  { count, partition }: { count: number; partition: number },
): Promise<void> {
  const records = Array.from(
    { length: count },
    (_, index): OutgoingRecord => ({
      topic,
      partition,
      key: Buffer.from(`k${index}`),
      value: Buffer.from(`v${index}`),
    }),
  );
  await producer.send(records);
}

function recordsOf({ batches }: Member): ConsumedRecord[] {
  return batches.flatMap(({ records }) => records);
}

function offsetsOf(member: Member, partition = 0): bigint[] {
  return recordsOf(member)
    .filter((record) => record.partition === partition)
    .map(({ offset }) => offset);
}

function expectCount(member: Member, count: number): ConsumedRecord[] {
  const records = recordsOf(member);
  expect(records).toHaveLength(count);
  return records;
}

function held({ assignments }: Member): number[] {
  return (assignments.at(-1)?.partitions ?? []).map(({ partition }) => partition);
}

function generationOf({ assignments }: Member): number {
  return assignments.at(-1)?.generation ?? -1;
}
