import { EventEmitter } from 'node:events';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCallBudget } from './budget.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A Redis that grants one live call to each request, once it is connected. */
function setup({ readyAfterMs, refuses = false }: { readyAfterMs: number; refuses?: boolean }) {
  const events = new EventEmitter();
  const grant = ['born', 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0];
  const redis = Object.assign(events, {
    status: 'wait',
    async connect() {
      redis.status = 'connecting';
      setTimeout(() => {
        redis.status = refuses ? 'reconnecting' : 'ready';
        events.emit(refuses ? 'close' : 'ready');
      }, readyAfterMs);
    },
    evalsha: async () => grant,
  });
  const fallbacks: (string | null)[] = [];
  const budget = createCallBudget({
    ...{ redis: redis as unknown as Redis, credential: 'c0ffee', limitPerMinute: 10, now: Date.now },
    onFallback: (reason) => fallbacks.push(reason),
  });
  return { budget, fallbacks };
}

test('a slow first connection is waited for and does not count as a Redis that is away', async () => {
  const { budget, fallbacks } = setup({ readyAfterMs: 1_500 });
  const granted = budget.take('live');
  await vi.advanceTimersByTimeAsync(1_600);
  expect((await granted).waitedMs).toBeGreaterThanOrEqual(1_500);
  expect(fallbacks).toEqual([]);
  expect(budget.use().isShared).toBe(true);
});

test('a first connection that takes longer than two seconds is not waited for', async () => {
  const { budget, fallbacks } = setup({ readyAfterMs: 60_000 });
  const granted = budget.take('live');
  await vi.advanceTimersByTimeAsync(1_900);
  expect(fallbacks).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  await granted;
  expect(fallbacks).toEqual(['Redis is not connected']);
  const startedAtMs = Date.now();
  await vi.advanceTimersByTimeAsync(1_000);
  const next = budget.take('live');
  await vi.advanceTimersByTimeAsync(300);
  await next;
  expect(Date.now() - startedAtMs).toBe(1_300);
});

test('a Redis that refuses the first connection counts as away at once', async () => {
  const { budget, fallbacks } = setup({ readyAfterMs: 10, refuses: true });
  const granted = budget.take('live');
  await vi.advanceTimersByTimeAsync(20);
  await granted;
  expect(fallbacks).toEqual(['Redis refuses the connection']);
});
