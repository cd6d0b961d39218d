import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type CallBudgetOptions, createCallBudget } from './budget.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function setup(options: Partial<CallBudgetOptions> = {}) {
  const budget = createCallBudget({
    ...{ redis: null, credential: 'c0ffee', limitPerMinute: 10, now: Date.now },
    ...options,
  });
  const order: string[] = [];
  const take = (priority: 'command' | 'live' | 'poll' | 'replay', name: string, signal?: AbortSignal) =>
    budget.take(priority, signal).then(({ waitedMs }) => {
      order.push(name);
      return waitedMs;
    });
  return { budget, order, take };
}

test('calls are granted at once while the budget lasts, later ones when earlier ones leave the window', async () => {
  const { take, order } = setup();
  const waits = Array.from({ length: 12 }, (_, n) => take('live', `${n}`));
  await vi.advanceTimersByTimeAsync(1);
  expect(order).toHaveLength(10);
  await vi.advanceTimersByTimeAsync(59_990);
  expect(order).toHaveLength(10);
  await vi.advanceTimersByTimeAsync(20);
  expect(await waits[11]).toBeGreaterThanOrEqual(60_000);
});

test('the more urgent call goes first, and within a priority the one that came first', async () => {
  const { take, order } = setup({ limitPerMinute: 1, shares: { command: 0, live: 0, poll: 0, replay: 0 } });
  void take('live', 'first');
  await vi.advanceTimersByTimeAsync(1);
  for (const name of ['replay', 'poll', 'live', 'command'] as const) void take(name, name);
  void take('live', 'live again');
  await vi.advanceTimersByTimeAsync(400_000);
  expect(order).toEqual(['first', 'command', 'live', 'live again', 'poll', 'replay']);
});

test('a command wakes a process that sleeps for its less urgent waiters', async () => {
  const { take, order } = setup({ limitPerMinute: 50 });
  for (let n = 0; n < 60; n += 1) void take('live', 'live');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(order).toHaveLength(48);
  void take('command', 'command');
  await vi.advanceTimersByTimeAsync(1);
  expect(order.at(-1)).toBe('command');
});

test('an aborted caller leaves the queue and takes nothing from the budget', async () => {
  const { budget, take, order } = setup({ limitPerMinute: 1, shares: { command: 0 } });
  void take('live', 'first');
  const stop = new AbortController();
  const given = take('live', 'given up', stop.signal);
  const kept = take('live', 'kept');
  await vi.advanceTimersByTimeAsync(1_000);
  stop.abort(new Error('enough'));
  await expect(given).rejects.toThrow('enough');
  await vi.advanceTimersByTimeAsync(60_000);
  await kept;
  expect(order).toEqual(['first', 'kept']);
  expect(budget.use().waiting).toBe(0);
});

test.each([2 * 3_600_000, -2 * 3_600_000])(
  '4.6: a pause lasts as long as it was given for, although the time of day was set by %i ms before and during it',
  async (stepMs) => {
    const { budget } = setup({ now: undefined as never });
    vi.setSystemTime(Date.now() + stepMs);
    await budget.pauseFor(60_000);
    expect(budget.use().pausedForMs).toBeGreaterThan(59_000);
    expect(budget.use().pausedForMs).toBeLessThanOrEqual(60_000);
    vi.setSystemTime(Date.now() + stepMs);
    expect(budget.use().pausedForMs).toBeGreaterThan(59_000);
    expect(budget.use().pausedForMs).toBeLessThanOrEqual(60_000);
  },
);

test('after a 429 no call is granted before the given time, not even a command', async () => {
  const { budget, take, order } = setup();
  await budget.pauseFor(5_000);
  void take('command', 'command');
  await vi.advanceTimersByTimeAsync(4_990);
  expect(order).toEqual([]);
  expect(budget.use().pausedForMs).toBeGreaterThan(0);
  await vi.advanceTimersByTimeAsync(20);
  expect(order).toEqual(['command']);
});

test('a closed budget rejects all waiting callers', async () => {
  const { budget, take } = setup({ limitPerMinute: 1 });
  const taken = [take('live', 'a'), take('live', 'b')];
  await vi.advanceTimersByTimeAsync(1);
  budget.close();
  await expect(taken[1]).rejects.toThrow('closed');
  await expect(budget.take('live')).rejects.toThrow('closed');
});

test('taking a call from a budget that is never short costs almost nothing', async () => {
  vi.useRealTimers();
  const { budget } = setup({ limitPerMinute: 100_000_000, now: () => performance.now() });
  const startMs = performance.now();
  for (let round = 0; round < 100; round += 1)
    await Promise.all(Array.from({ length: 100 }, () => budget.take('live')));
  expect((performance.now() - startMs) / 10_000).toBeLessThan(0.1);
});
