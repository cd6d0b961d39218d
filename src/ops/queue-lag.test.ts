import { expect, test } from 'vitest';
import { createQueueWatch, type Queue } from './queue-lag.ts';

const limits = { slowAfterMs: 60_000, stalledAfterMs: 20_000, leastSpanMs: 2_000 };
const queue: Queue = { name: 'changes', group: 'g', topics: ['t'], role: 'outbound' };

/** One partition, given by the times of its records from offset `low` on, and a group. */
function setup({ committed }: { committed: bigint | null }) {
  const world = {
    nowMs: 1_000_000_000,
    low: 0n,
    times: [] as number[],
    committed,
    members: 1,
    /** What the sync database keeps; null: it is away. */
    kept: new Map<string, bigint>() as Map<string, bigint> | null,
  };
  const high = () => world.low + BigInt(world.times.length);
  const open = () =>
    createQueueWatch(
      {
        readFurthest: async () => new Map(keptOf(world)),
        keepFurthest: async (_group, places) => {
          for (const [key, offset] of places) keptOf(world).set(key, offset);
        },
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
  let watch = open();
  return {
    world,
    read: (change: Partial<Queue> = {}) => watch.read({ ...queue, ...change }),
    /** Another process, which has no sample yet. */
    restart: () => {
      watch = open();
    },
  };
}

function keptOf({ kept }: { readonly kept: Map<string, bigint> | null }): Map<string, bigint> {
  if (kept === null) throw new Error('the sync database is away');
  return kept;
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
  expect(world.nowMs - (before.sinceMs ?? 0)).toBe(15_000);
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

test('a group that was moved back is rewound until it is where it was, also for a process that comes later', async () => {
  const { world, read, restart } = setup({ committed: 6n });
  world.times = Array.from({ length: 8 }, (_, n) => world.nowMs - 800_000 + n * 100_000);
  await read();
  world.committed = 2n;
  restart();
  for (let committed = 2n; committed < 6n; committed += 1n) {
    world.committed = committed;
    world.nowMs += 60_000;
    const lag = await read();
    const ageMs = world.nowMs - (world.times[Number(committed)] ?? 0);
    expect(lag).toMatchObject({ status: 'rewound', count: 8n - committed });
    expect(Math.abs(lag.ageMs - ageMs)).toBeLessThanOrEqual(Math.max(1_000, ageMs * 0.02));
  }
  world.committed = 8n;
  world.nowMs += 60_000;
  expect(await read()).toMatchObject({ status: 'idle', count: 0n, ageMs: 0 });
});

test('a topic that was made again is none that was moved back', async () => {
  const { world, read, restart } = setup({ committed: 6n });
  world.times = Array.from({ length: 6 }, () => world.nowMs - 1_000);
  await read();
  [world.times, world.committed] = [[world.nowMs], 0n];
  restart();
  expect((await read()).status).toBe('ok');
  world.committed = 1n;
  expect((await read()).status).toBe('idle');
});

test('while the sync database is away, what this process has seen counts', async () => {
  const { world, read } = setup({ committed: 6n });
  world.kept = null;
  world.times = Array.from({ length: 8 }, () => world.nowMs - 1_000);
  expect((await read()).status).toBe('ok');
  world.committed = 3n;
  expect((await read()).status).toBe('rewound');
});

test('where everything was deleted unread it is said until members have noticed it', async () => {
  const { world, read } = setup({ committed: 3n });
  [world.low, world.members] = [10n, 0];
  expect(await read({ role: null })).toMatchObject({ status: 'behind-retention', count: 0n, ageMs: 0 });
  world.members = 1;
  expect((await read()).status).toBe('idle');
});
