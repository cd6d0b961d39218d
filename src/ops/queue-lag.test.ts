import { expect, test } from 'vitest';
import { createQueueWatch, type Queue } from './queue-lag.ts';

const limits = { slowAfterMs: 60_000, stalledAfterMs: 20_000, leastSpanMs: 2_000 };
const queue: Queue = { name: 'changes', group: 'g', topics: ['t'], role: 'outbound' };

/** One partition, given by the times of its records from offset `low` on, and a group. */
function setup({ committed }: { committed: bigint | null }) {
  const world = { nowMs: 1_000_000_000, low: 0n, times: [] as number[], committed, members: 1 };
  const high = () => world.low + BigInt(world.times.length);
  const watch = createQueueWatch(
    {
      readCommitted: async () =>
        world.committed === null ? [] : [{ topic: 't', partition: 0, offset: world.committed }],
      readBounds: async () => [{ topic: 't', partition: 0, low: world.low, high: high() }],
      readOffsetsAt: async (topic, atMs) => {
        const index = world.times.findIndex((time) => time >= atMs);
        return [{ topic, partition: 0, offset: index < 0 ? high() : world.low + BigInt(index) }];
      },
      countMembers: async () => world.members,
      nowMs: () => world.nowMs,
    },
    limits,
  );
  return { world, read: (change: Partial<Queue> = {}) => watch.read({ ...queue, ...change }) };
}

test('when nothing waits, count and age are zero, never absent', async () => {
  const { read } = setup({ committed: null });
  expect(await read()).toMatchObject({ count: 0n, ageMs: 0, status: 'idle' });
});

test('the oldest record without a disposition gives the age', async () => {
  const { world, read } = setup({ committed: 1n });
  world.times = [world.nowMs - 90_000, world.nowMs - 30_000, world.nowMs - 10];
  const lag = await read();
  expect(lag.count).toBe(2n);
  expect(Math.abs(lag.ageMs - 30_000)).toBeLessThanOrEqual(1_000);
});

test('a group that never committed has all records ahead of it', async () => {
  const { world, read } = setup({ committed: null });
  world.times = [world.nowMs - 5_000, world.nowMs - 4_000];
  expect((await read()).count).toBe(2n);
});

test('a queue that stands still is stalled within thirty seconds, shows since when, and recovers', async () => {
  const { world, read } = setup({ committed: 0n });
  world.times = [world.nowMs];
  const seen: string[] = [];
  for (let s = 0; s <= 30; s += 5) {
    seen.push((await read()).status);
    world.nowMs += 5_000;
  }
  expect(seen.slice(0, 4)).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(seen.slice(4)).toEqual(['stalled', 'stalled', 'stalled']);
  const before = await read();
  expect(world.nowMs - before.sinceMs).toBe(15_000);
  world.committed = 1n;
  expect((await read()).status).toBe('idle');
});

test('records that were deleted before they were read are reported', async () => {
  const { world, read } = setup({ committed: 3n });
  world.low = 10n;
  world.times = [world.nowMs - 1_000];
  expect(await read()).toMatchObject({ status: 'behind-retention', count: 1n });
});

test('a group without members is reported, also when nothing waits, and only a worse status hides it', async () => {
  const { world, read } = setup({ committed: 0n });
  world.members = 0;
  expect(await read()).toMatchObject({ count: 0n, status: 'no-worker', role: 'outbound' });
  world.times = [world.nowMs - 600_000];
  world.nowMs += 60_000;
  expect((await read()).status).toBe('no-worker');
  world.low = 5n;
  expect((await read()).status).toBe('behind-retention');
});

test('a queue that needs no process is not reported for having none', async () => {
  const { world, read } = setup({ committed: null });
  world.members = 0;
  expect((await read({ role: null })).status).toBe('idle');
});
