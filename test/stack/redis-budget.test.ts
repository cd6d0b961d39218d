import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { Priority } from '../../src/domain/priority.ts';
import { type CallBudgetOptions, createCallBudget, toLimits } from '../../src/redis/budget.ts';
import { CallWindow, type Counts } from '../../src/redis/call-window.ts';
import { createRedis, withinTime } from '../../src/redis/client.ts';
import { createSharedWindow } from '../../src/redis/shared-window.ts';
import { stackTest, uniqueName, useStack } from '../support/stack/use-stack.ts';
import { openRedisProxy } from './redis-proxy.ts';

const keysOf = (credential: string) =>
  ['calls', 'state', 'waiting'].map((name) => `pics-sync:{${credential}}:${name}`);

function setup(options: Partial<CallBudgetOptions> = {}, url = useStack().redis) {
  const credential = uniqueName('budget');
  const redises: Redis[] = [];
  const fallbacks: (string | null)[] = [];
  const open = (change: Partial<CallBudgetOptions> = {}) => {
    const redis = createRedis({ url });
    redises.push(redis);
    const onFallback = (reason: string | null) => void fallbacks.push(reason);
    const budget = createCallBudget({
      ...{ redis, credential, limitPerMinute: 50, windowMs: 1_500, onFallback, retryMs: 100 },
      ...options,
      ...change,
    });
    return budget;
  };
  const dispose = async () => {
    for (const redis of redises) redis.disconnect();
    const cleaner = createRedis({ url: useStack().redis });
    await withinTime(cleaner, 2_000, (redis) => redis.del(...keysOf(credential)));
    cleaner.disconnect();
  };
  return { credential, open, redises, fallbacks, resources: { [Symbol.asyncDispose]: dispose } };
}

/** Takes without end until the time is over, as many at once as told. */
async function saturate(
  budget: ReturnType<typeof createCallBudget>,
  { priority, atOnce, forMs }: { priority: Priority; atOnce: number; forMs: number },
): Promise<number[]> {
  const stop = AbortSignal.timeout(forMs);
  const times: number[] = [];
  const run = async (): Promise<void> => {
    while (!stop.aborted) {
      const granted = await budget.take(priority, stop).catch(() => null);
      if (granted === null) return;
      times.push(performance.now());
    }
  };
  await Promise.all(Array.from({ length: atOnce }, run));
  return times;
}

function mostInAnyWindow(times: readonly number[], windowMs: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  let most = 0;
  for (let from = 0, to = 0; to < sorted.length; to += 1) {
    while (sorted[to]! - sorted[from]! >= windowMs) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

stackTest(
  'three processes that want more than there is share the limit, and use at least 95 % of it',
  { timeout: 30_000 },
  async () => {
    const { open, resources, fallbacks } = setup();
    await using _ = resources;
    const forMs = 6_000;
    const runs = (['live', 'live', 'poll'] as const).map((priority) =>
      saturate(open(), { priority, atOnce: 40, forMs }),
    );
    const times = await Promise.all(runs);
    // Grants are counted by the clock of Redis, arrivals here by another: a little is lost on the way.
    expect(mostInAnyWindow(times.flat(), 1_500 - 60)).toBeLessThanOrEqual(50);
    expect(times.flat().length).toBeGreaterThanOrEqual(4 * 50 * 0.95);
    expect(times[2]?.length).toBeGreaterThanOrEqual(3 * 50 * 0.1);
    expect(fallbacks).toEqual([]);
  },
);

stackTest('a command of one process goes before the live work of another', { timeout: 30_000 }, async () => {
  const { open, resources } = setup({ limitPerMinute: 20, shares: { command: 0 } });
  await using _ = resources;
  const [busy, other] = [open(), open()];
  const stop = new AbortController();
  const work = saturate(busy, { priority: 'live', atOnce: 60, forMs: 5_000 });
  await expect.poll(() => busy.use().used, { timeout: 10_000 }).toBe(20);
  const waits = await Promise.all([1, 2, 3].map(() => other.take('command', stop.signal)));
  // Served with the first calls that become free, although 60 others waited longer.
  for (const { waitedMs } of waits) expect(waitedMs).toBeLessThan(1_900);
  busy.close();
  await work;
});

stackTest('a pause after a 429 holds for every process of the credential', async () => {
  const { open, resources } = setup();
  await using _ = resources;
  const [one, other] = [open(), open()];
  await other.take('live');
  await one.pauseFor(700);
  const { waitedMs } = await other.take('command');
  expect(waitedMs).toBeGreaterThan(600);
  expect(waitedMs).toBeLessThan(3_000);
});

stackTest(
  'without Redis a process keeps to its share, says so once, and shares again when it is back',
  async () => {
    await using proxy = await openRedisProxy();
    const { open, resources, fallbacks } = setup({ processShare: 0.2, windowMs: 60_000 }, proxy.url);
    await using _ = resources;
    proxy.cut();
    const budget = open();
    const granted = Array.from({ length: 14 }, () => budget.take('live'));
    await expect
      .poll(() => budget.use(), { timeout: 10_000 })
      .toMatchObject({ isShared: false, used: 10, waiting: 4 });
    expect(fallbacks).toHaveLength(1);
    expect(fallbacks[0]).not.toBeNull();
    proxy.heal();
    await Promise.all(granted);
    expect(fallbacks).toEqual([fallbacks[0], null]);
    // What was granted without Redis counts there too.
    expect(budget.use()).toMatchObject({ isShared: true, used: 14 });
  },
);

stackTest('a Redis that does not answer is as good as none', async () => {
  await using proxy = await openRedisProxy();
  const { open, resources, fallbacks } = setup({}, proxy.url);
  await using _ = resources;
  const budget = open();
  await budget.take('live');
  proxy.stall();
  const { waitedMs } = await budget.take('live');
  expect(waitedMs).toBeGreaterThan(150);
  expect(waitedMs).toBeLessThan(1_000);
  expect(fallbacks).toEqual([expect.stringContaining('200 ms')]);
});

stackTest('a Redis that was wiped learns again what was granted before', async () => {
  const { open, resources, redises, credential } = setup({ limitPerMinute: 10, windowMs: 60_000 });
  await using _ = resources;
  const [one, other] = [open(), open()];
  await Promise.all(Array.from({ length: 4 }, () => one.take('live')));
  await Promise.all(Array.from({ length: 3 }, () => other.take('live')));
  await redises[0]?.del(...keysOf(credential));
  await one.take('live');
  await other.take('live');
  expect(other.use().used).toBe(9);
});

stackTest(
  'a clock of Redis that is set back by two hours neither blocks the window nor lengthens a pause',
  async () => {
    const { open, resources, redises, credential } = setup({ limitPerMinute: 10, windowMs: 60_000 });
    await using _ = resources;
    const [one, other] = [open(), open()];
    await Promise.all(Array.from({ length: 4 }, () => one.take('live')));
    await Promise.all(Array.from({ length: 3 }, () => other.take('live')));
    await one.pauseFor(900);
    // What the keys hold if the clock was two hours ahead when they were written.
    const [calls, state] = keysOf(credential) as [string, string, string];
    const redis = redises[0]!;
    const aheadMs = 7_200_000;
    for (const member of await redis.zrange(calls, '0', '-1')) {
      const [seq = '', first = '', ...counts] = member.split(':');
      const score = String(Number(await redis.zscore(calls, member)) + aheadMs);
      await redis.zrem(calls, member);
      await redis.zadd(calls, score, [seq, String(Number(first) + aheadMs), ...counts].join(':'));
    }
    for (const field of ['at', 'paused', 'paced']) {
      await redis.hset(state, field, String(Number(await redis.hget(state, field)) + aheadMs));
    }
    const { waitedMs } = await other.take('live');
    expect(waitedMs).toBeGreaterThan(500);
    expect(waitedMs).toBeLessThan(5_000);
    await one.take('live');
    await other.take('live');
    // The calls before were reported again: 4 and 3, and 3 now.
    expect(other.use().used).toBe(10);
  },
);

stackTest('Redis counts as the window in memory does, whatever is asked', { timeout: 60_000 }, async () => {
  const redis = createRedis({ url: useStack().redis });
  const counts = fc.tuple(fc.nat(40), fc.nat(40), fc.nat(40), fc.nat(40)) as fc.Arbitrary<Counts>;
  const windowMs = 3_600_000;
  const asks = fc.array(counts, { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 200 }), asks, async (limitPerMinute, wants) => {
      const limits = toLimits({ limitPerMinute, windowMs, maxShares: { replay: 0.5 } });
      const inMemory = new CallWindow(limits);
      const keyPrefix = uniqueName('pics-sync-test');
      // Hours long: the moments between the two clocks make no difference to what is granted.
      const nowMs = () => 1_000_000;
      const own = new CallWindow(limits);
      const shared = createSharedWindow({ redis, keyPrefix, limits, timeoutMs: 5_000, own, nowMs });
      for (const wanted of wants) {
        const expected = inMemory.grant(1_000_000, wanted);
        const { granted, used, waitMs } = await shared.grant(wanted);
        expect({ granted, used }).toEqual({ granted: expected.granted, used: inMemory.used(1_000_000) });
        expect(Math.abs(waitMs - expected.waitMs)).toBeLessThan(60_000);
      }
      await redis.del(`${keyPrefix}:calls`, `${keyPrefix}:state`, `${keyPrefix}:waiting`);
    }),
    { numRuns: 60 },
  );
  redis.disconnect();
});

stackTest('a budget that is never short costs well under a millisecond a call', async () => {
  const { open, resources } = setup({ limitPerMinute: 1_000_000, windowMs: 60_000 });
  await using _ = resources;
  const budget = open();
  await budget.take('live');
  const startMs = performance.now();
  const chain = async (): Promise<void> => {
    for (let turn = 0; turn < 100; turn += 1) await budget.take('live');
  };
  await Promise.all(Array.from({ length: 64 }, chain));
  expect((performance.now() - startMs) / 6_400).toBeLessThan(0.5);
});
