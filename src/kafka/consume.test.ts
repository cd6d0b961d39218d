import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { createMemoryBroker } from '../../test/support/memory-broker/memory-broker.ts';
import type { ConsumedRecord } from './broker.ts';
import { type ConsumeOptions, createConsume } from './consume.ts';

const topic = 'changes';
const group = 'flow';

type Job = {
  readonly record: ConsumedRecord;
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
};

async function setup({ partitions = 1 }: { partitions?: number } = {}) {
  const broker = createMemoryBroker({ maxBatchRecords: 7 });
  await broker.admin.createTopics([{ name: topic, partitions, replicationFactor: 1, config: {} }]);
  const producer = broker.createProducer();
  const jobs: Job[] = [];
  const fill = (count: number, partition = 0) =>
    producer.send(
      Array.from({ length: count }, (_, index) => ({
        topic,
        partition,
        key: Buffer.from(`k${index}`),
        value: Buffer.alloc(100),
      })),
    );
  /** Handling ends when the test says so. */
  const handle = (record: ConsumedRecord) =>
    new Promise<void>((resolve, reject) => jobs.push({ record, finish: resolve, fail: reject }));
  const start = (options: Partial<ConsumeOptions> = {}) => {
    const stop = new AbortController();
    const consumer = broker.createConsumer({ group, topics: [topic] });
    const consume = createConsume({ consumer, handle, commitIntervalMs: 1, drainMs: 50, ...options });
    const running = consume.run(stop.signal);
    running.catch(() => {});
    return { ...consume, consumer, running, stop: () => stop.abort() };
  };
  const committed = (partition = 0) => broker.committed(group).get(`${topic}/${partition}`) ?? null;
  const finish = (offset: bigint) => jobs.find(({ record }) => record.offset === offset)?.finish();
  return { broker, jobs, fill, start, committed, finish };
}

test('records start in order without waiting for earlier ones; the commit stops before the first unfinished one', async () => {
  const { jobs, fill, start, committed, finish } = await setup();
  await fill(5);
  const { stop, running } = start();
  await eventually(() => expect(jobs.map(({ record }) => record.offset)).toEqual([0n, 1n, 2n, 3n, 4n]));
  for (const offset of [1n, 2n, 4n]) finish(offset);
  await eventually(() => expect(committed()).toBe(null));
  finish(0n);
  await eventually(() => expect(committed()).toBe(3n));
  finish(3n);
  await eventually(() => expect(committed()).toBe(5n));
  stop();
  await running;
});

test('a record that is handled synchronously needs no promise and counts as finished', async () => {
  const { fill, start, committed } = await setup();
  await fill(50);
  const seen: bigint[] = [];
  const { stop, running } = start({ handle: ({ offset }) => void seen.push(offset) });
  await eventually(() => expect(committed()).toBe(50n));
  expect(seen).toEqual(Array.from({ length: 50 }, (_, offset) => BigInt(offset)));
  stop();
  await running;
});

test('no more records than the bound are in work; the others wait and are not lost', async () => {
  const { jobs, fill, start } = await setup();
  await fill(30);
  const { stop, running, positions } = start({ maxInWork: 4 });
  await eventually(() => expect(jobs).toHaveLength(4));
  await eventually(() => expect(positions()[0]).toMatchObject({ inWorkCount: 4, queuedCount: 26, next: 4n }));
  for (let done = 0; done < 30; done += 1) {
    await eventually(() => expect(jobs.length).toBeGreaterThan(done));
    expect(jobs.length).toBeLessThanOrEqual(done + 4);
    jobs[done]?.finish();
  }
  stop();
  await running;
});

test('bytes are bounded too, and a record larger than the bound still gets through', async () => {
  const { jobs, fill, start, committed } = await setup();
  await fill(4);
  const { stop, running } = start({ maxInWorkBytes: 10 });
  for (let done = 0; done < 4; done += 1) {
    await eventually(() => expect(jobs).toHaveLength(done + 1));
    jobs[done]?.finish();
  }
  await eventually(() => expect(committed()).toBe(4n));
  stop();
  await running;
});

test('a partition with a long queue does not delay another one', async () => {
  const { jobs, fill, start } = await setup({ partitions: 2 });
  await fill(100, 0);
  const { stop, running } = start({ maxInWork: 2 });
  await eventually(() => expect(jobs).toHaveLength(2));
  await fill(1, 1);
  for (let done = 0; done < 12; done += 1) {
    await eventually(() => expect(jobs.length).toBeGreaterThan(done));
    jobs[done]?.finish();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(jobs.some(({ record }) => record.partition === 1)).toBe(true);
  stop();
  await running;
});

test('when a handler rejects, the run ends with its error, and the record is not committed', async () => {
  const { jobs, fill, start, committed, finish } = await setup();
  await fill(3);
  const { running } = start();
  await eventually(() => expect(jobs).toHaveLength(3));
  finish(0n);
  finish(2n);
  jobs[1]?.fail(new Error('the ledger is gone'));
  await expect(running).rejects.toThrow('the ledger is gone');
  expect(committed()).toBe(1n);
});

test('when a handler throws synchronously, the run ends in the same way', async () => {
  const { fill, start, committed } = await setup();
  await fill(3);
  const { running } = start({
    handle: ({ offset }) => {
      if (offset === 1n) throw new Error('the ledger is gone');
    },
  });
  await expect(running).rejects.toThrow('the ledger is gone');
  expect(committed()).toBe(1n);
});

test('when the broker fails, the run ends with its error', async () => {
  const { broker, jobs, fill, start } = await setup();
  await fill(1);
  const { running } = start();
  await eventually(() => expect(jobs).toHaveLength(1));
  broker.faults.down();
  await expect(running).rejects.toThrow('does not answer');
});

test('a stop waits for work in progress, commits it, leaves the group and starts nothing more', async () => {
  const { broker, jobs, fill, start, committed } = await setup();
  await fill(5);
  const { stop, running } = start({ maxInWork: 2, drainMs: 5_000, commitIntervalMs: 60_000 });
  await eventually(() => expect(jobs).toHaveLength(2));
  stop();
  jobs[0]?.finish();
  jobs[1]?.finish();
  await running;
  expect(committed()).toBe(2n);
  expect(jobs).toHaveLength(2);
  expect(broker.memberCount(group)).toBe(0);
});

test('work that does not finish in time is left to the next member', async () => {
  const { jobs, fill, start, committed, finish } = await setup();
  await fill(3);
  const { stop, running } = start({ drainMs: 5 });
  await eventually(() => expect(jobs).toHaveLength(3));
  finish(0n);
  stop();
  await running;
  expect(committed()).toBe(1n);
});

test('work of a lost generation continues and is never committed by its old owner', async () => {
  const { broker, jobs, fill, start, committed } = await setup();
  await fill(3);
  const { stop, running } = start();
  await eventually(() => expect(jobs).toHaveLength(3));
  broker.faults.rebalance(group);
  await eventually(() => expect(jobs).toHaveLength(6));
  for (const job of jobs.slice(0, 3)) job.finish();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(committed()).toBe(null);
  for (const job of jobs.slice(3)) job.finish();
  await eventually(() => expect(committed()).toBe(3n));
  stop();
  await running;
});

test('work that finished before a rebalance is committed when the partitions are revoked', async () => {
  const { broker, jobs, fill, start, committed, finish } = await setup();
  await fill(3);
  const { stop, running } = start({ commitIntervalMs: 60_000 });
  await eventually(() => expect(jobs).toHaveLength(3));
  finish(0n);
  finish(1n);
  await Promise.resolve();
  broker.faults.rebalance(group);
  await eventually(() => expect(jobs.slice(3).map(({ record }) => record.offset)).toEqual([2n]));
  expect(committed()).toBe(2n);
  stop();
  await running;
});

test('positions show the oldest record without disposition and its time, in work or queued', async () => {
  const { jobs, fill, start, finish, positions } = await setup().then((parts) => ({
    ...parts,
    ...{ positions: () => current?.positions()[0] },
  }));
  let current: ReturnType<typeof start> | null = null;
  await fill(3);
  current = start();
  await eventually(() => expect(jobs).toHaveLength(3));
  finish(0n);
  await eventually(() => expect(positions()).toMatchObject({ committed: 1n, oldestOffset: 1n, next: 3n }));
  expect(positions()?.oldestTimestampMs).toBe(jobs[1]?.record.timestampMs);
  finish(1n);
  finish(2n);
  await eventually(() =>
    expect(positions()).toMatchObject({ committed: 3n, oldestOffset: null, oldestTimestampMs: null }),
  );
  expect(positions()?.highWatermark).toBe(3n);
  current.stop();
  await current.running;
});

type Step =
  | { readonly kind: 'write'; readonly partition: number; readonly count: number }
  | { readonly kind: 'finish'; readonly which: number }
  | { readonly kind: 'rebalance' | 'join' | 'leave' | 'turn' };

const steps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('write' as const),
        partition: fc.nat(1),
        count: fc.integer({ min: 1, max: 9 }),
      }),
    },
    { weight: 9, arbitrary: fc.record({ kind: fc.constant('finish' as const), which: fc.nat(50) }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('rebalance' as const, 'join' as const, 'leave' as const),
      }),
    },
  ),
  { maxLength: 80 },
);

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('in any order of finishing and with rebalances at any time, nothing unfinished is committed or skipped', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 12 }), async (schedule: readonly Step[], maxInWork) => {
      const { broker, jobs, fill, start } = await setup({ partitions: 2 });
      const members: ReturnType<typeof start>[] = [start({ maxInWork })];
      const done = new Set<string>();
      const highest = new Map<string, bigint>();
      const finish = (job: Job | undefined) => {
        if (job === undefined) return;
        done.add(`${topic}/${job.record.partition}/${job.record.offset}`);
        job.finish();
      };
      const judge = () => {
        for (const [key, offset] of broker.committed(group)) {
          expect(offset, 'never backwards').toBeGreaterThanOrEqual(highest.get(key) ?? 0n);
          highest.set(key, offset);
          for (let at = 0n; at < offset; at += 1n) expect(done, 'never past').toContain(`${key}/${at}`);
        }
      };
      for (const step of schedule) {
        if (step.kind === 'write') await fill(step.count, step.partition);
        else if (step.kind === 'finish') finish(jobs.splice(step.which % (jobs.length || 1), 1)[0]);
        else if (step.kind === 'rebalance') broker.faults.rebalance(group);
        else if (step.kind === 'join' && members.length < 3) members.push(start({ maxInWork }));
        else if (step.kind === 'leave' && members.length > 1) members.shift()?.stop();
        else await turn();
        judge();
      }
      const written = broker.records(topic).map((record) => `${topic}/${record.partition}/${record.offset}`);
      await eventually(async () => {
        while (jobs.length > 0) finish(jobs.pop());
        await turn();
        judge();
        expect([...done].sort()).toEqual(written.sort());
        const ends = (await broker.admin.readBounds(topic)).filter(({ high }) => high > 0n);
        for (const { partition, high } of ends)
          expect(broker.committed(group).get(`${topic}/${partition}`)).toBe(high);
      });
      for (const { stop } of members) stop();
      await Promise.all(members.map(({ running }) => running));
    }),
    { numRuns: 150 },
  );
}, 60_000);
