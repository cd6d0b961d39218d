import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { createMemoryBroker } from '../../test/support/memory-broker/memory-broker.ts';
import { type ConsumePartitionsOptions, createConsumePartitions, type PartitionBatch } from './consume.ts';

const topic = 'observations';
const group = 'reconciler';

type Job = {
  readonly batch: PartitionBatch;
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
};

async function setup({ partitions = 1 }: { partitions?: number } = {}) {
  const broker = createMemoryBroker({ maxBatchRecords: 10 });
  await broker.admin.createTopics([{ name: topic, partitions, replicationFactor: 1, config: {} }]);
  const producer = broker.createProducer();
  const jobs: Job[] = [];
  const fill = (count: number, partition = 0) =>
    producer.send(
      Array.from({ length: count }, () => ({ topic, partition, key: Buffer.from('k'), value: null })),
    );
  const start = (options: Partial<ConsumePartitionsOptions> = {}) => {
    const stop = new AbortController();
    const consume = createConsumePartitions({
      consumer: broker.createConsumer({ group, topics: [topic] }),
      startAt: async () => null,
      handleBatch: (batch) =>
        new Promise((resolve, reject) => jobs.push({ batch, finish: resolve, fail: reject })),
      commitIntervalMs: 1,
      drainMs: 50,
      ...options,
    });
    const running = consume.run(stop.signal);
    running.catch(() => {});
    return { running, stop: () => stop.abort() };
  };
  const committed = (partition = 0) => broker.committed(group).get(`${topic}/${partition}`) ?? null;
  return { broker, jobs, fill, start, committed };
}

const offsetsOf = ({ batch }: Job) => batch.records.map(({ offset }) => Number(offset));

test('batches of a partition come one at a time, queued records come in one batch, partitions run in parallel', async () => {
  const { jobs, fill, start, committed } = await setup({ partitions: 2 });
  await fill(3, 0);
  await fill(1, 1);
  const { stop, running } = start({ maxBatchRecords: 4 });
  await eventually(() => expect(jobs).toHaveLength(2));
  await fill(6, 0);
  const [first, other] = jobs.sort((left, right) => left.batch.partition - right.batch.partition);
  expect([offsetsOf(first!), offsetsOf(other!)]).toEqual([[0, 1, 2], [0]]);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(jobs).toHaveLength(2);
  first?.finish();
  await eventually(() => expect(jobs).toHaveLength(3));
  expect(offsetsOf(jobs[2]!)).toEqual([3, 4, 5, 6]);
  await eventually(() => expect(committed()).toBe(3n));
  jobs[2]?.finish();
  await eventually(() => expect(jobs[3] && offsetsOf(jobs[3])).toEqual([7, 8]));
  jobs[3]?.finish();
  other?.finish();
  await eventually(() => expect([committed(0), committed(1)]).toEqual([9n, 1n]));
  stop();
  await running;
});

test('the starting offset that the flow chose is committed, so that the group shows no lag', async () => {
  const { broker, fill, start, committed } = await setup();
  await fill(8);
  await broker.admin.setCommitted(group, [{ topic, partition: 0, offset: 7n }]);
  const { stop, running } = start({ startAt: async () => 8n });
  await eventually(() => expect(committed()).toBe(8n));
  stop();
  await running;
});

test('a partition starts where the flow says, not at the committed offset', async () => {
  const { broker, jobs, fill, start } = await setup();
  await fill(8);
  await broker.admin.setCommitted(group, [{ topic, partition: 0, offset: 7n }]);
  const asked: unknown[] = [];
  const { stop, running } = start({
    startAt: async (partition, generation) => {
      asked.push([partition, generation]);
      return 5n;
    },
  });
  await eventually(() => expect(jobs[0] && offsetsOf(jobs[0])).toEqual([5, 6, 7]));
  expect(asked).toEqual([[{ topic, partition: 0 }, 1]]);
  expect(jobs[0]?.batch.generation).toBe(1);
  jobs[0]?.finish();
  stop();
  await running;
});

test('a failing batch ends the run with its error, uncommitted', async () => {
  const { jobs, fill, start, committed } = await setup();
  await fill(2);
  const { running } = start();
  await eventually(() => expect(jobs).toHaveLength(1));
  jobs[0]?.fail(new Error('PICS is gone'));
  await expect(running).rejects.toThrow('PICS is gone');
  // The start that the flow chose, and nothing after it.
  expect(committed() ?? 0n).toBe(0n);
});

test('after a rebalance no start is read before the running batch has ended here; its failure is then ignored', async () => {
  const { broker, jobs, fill, start, committed } = await setup();
  await fill(2);
  const asked: number[] = [];
  const { stop, running } = start({
    startAt: async (_, generation) => {
      asked.push(generation);
      return null;
    },
  });
  await eventually(() => expect(jobs).toHaveLength(1));
  broker.faults.rebalance(group);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(asked).toEqual([1]);
  jobs[0]?.fail(new Error('fenced: another owner has begun'));
  await eventually(() => expect(jobs).toHaveLength(2));
  expect(asked).toEqual([1, 2]);
  expect([offsetsOf(jobs[1]!), jobs[1]?.batch.generation]).toEqual([[0, 1], 2]);
  jobs[1]?.finish();
  await eventually(() => expect(committed()).toBe(2n));
  stop();
  await running;
});

test('a stop waits for the running batch, commits it and starts no other', async () => {
  const { jobs, fill, start, committed } = await setup();
  await fill(6);
  const { stop, running } = start({ maxBatchRecords: 2, drainMs: 5_000, commitIntervalMs: 60_000 });
  await eventually(() => expect(jobs).toHaveLength(1));
  stop();
  jobs[0]?.finish();
  await running;
  expect([jobs.length, committed()]).toEqual([1, 2n]);
});

test('a batch that gives up because of the stop is not committed, and the stop succeeds', async () => {
  const { jobs, fill, start, committed } = await setup();
  await fill(2);
  const { stop, running } = start();
  await eventually(() => expect(jobs).toHaveLength(1));
  stop();
  jobs[0]?.fail(new Error('stopped'));
  await running;
  // The start that the flow chose, and nothing after it.
  expect(committed() ?? 0n).toBe(0n);
});

test('with rebalances at any moment, rows and offset of one transaction see each record exactly once', async () => {
  const act = fc.constantFrom('write', 'turn', 'turn', 'rebalance', 'join', 'leave');
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
      const { broker, fill, start } = await setup({ partitions: 2 });
      // The database: rows, next offset and the newest owner, changed together or not at all.
      const applied = new Map<number, { next: bigint; epoch: number; rows: bigint[] }>();
      const rowOf = (partition: number) => {
        const row = applied.get(partition) ?? { next: 0n, epoch: 0, rows: [] };
        applied.set(partition, row);
        return row;
      };
      const options: Partial<ConsumePartitionsOptions> = {
        startAt: async ({ partition }, generation) => {
          await turn();
          const row = rowOf(partition);
          row.epoch = Math.max(row.epoch, generation);
          return row.next;
        },
        handleBatch: async ({ partition, generation, records }) => {
          await turn();
          const row = rowOf(partition);
          if (row.epoch > generation) throw new Error('fenced');
          for (const { offset } of records) row.rows.push(offset);
          row.next = (records.at(-1)?.offset ?? 0n) + 1n;
        },
      };
      const members = [start(options)];
      for (const what of acts) {
        if (what === 'write') await fill(3, members.length % 2);
        else if (what === 'rebalance') broker.faults.rebalance(group);
        else if (what === 'join' && members.length < 3) members.push(start(options));
        else if (what === 'leave' && members.length > 1) members.shift()?.stop();
        else await turn();
      }
      await eventually(async () => {
        for (const { partition, high } of await broker.admin.readBounds(topic)) {
          const all = Array.from({ length: Number(high) }, (_, offset) => BigInt(offset));
          expect(rowOf(partition).rows).toEqual(all);
        }
      });
      for (const { stop } of members) stop();
      await Promise.all(members.map(({ running }) => running));
    }),
    { numRuns: 150 },
  );
}, 60_000);

const turn = () => new Promise((resolve) => setImmediate(resolve));
