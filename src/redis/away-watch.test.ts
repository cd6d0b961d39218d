import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createAwayWatch } from './client.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setup() {
  const told: string[] = [];
  const redis = { isThere: false };
  const watch = createAwayWatch({
    answers: async () => redis.isThere,
    onAway: () => told.push('away'),
    onBack: () => told.push('back'),
  });
  return { told, redis, watch };
}

test('a Redis that stays away for five seconds is reported once, and its return once', async () => {
  const { told, watch } = setup();
  watch.fallback('the connection to Redis is close');
  await vi.advanceTimersByTimeAsync(4_900);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(told).toEqual(['away']);
  await vi.advanceTimersByTimeAsync(60_000);
  watch.fallback(null);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual(['away', 'back']);
});

test('short fallbacks of a busy machine are never reported, however often they occur', async () => {
  const { told, watch } = setup();
  for (let round = 0; round < 20; round += 1) {
    watch.fallback('Redis did not answer within 200 ms');
    await vi.advanceTimersByTimeAsync(1_000);
    watch.fallback(null);
    await vi.advanceTimersByTimeAsync(3_000);
  }
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([]);
});

test('a Redis that answers again is not reported although no call ends the fallback, and is reported if it goes away later', async () => {
  const { told, redis, watch } = setup();
  redis.isThere = true;
  watch.fallback('Redis did not answer within 200 ms');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([]);
  redis.isThere = false;
  await vi.advanceTimersByTimeAsync(5_100);
  expect(told).toEqual(['away']);
});

test('a closed watch reports nothing', async () => {
  const { told, watch } = setup();
  watch.fallback('the connection to Redis is close');
  watch.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([]);
});
