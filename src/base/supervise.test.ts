import { AssertionError } from 'node:assert';
import { expect, test } from 'vitest';
import { createLog } from './log.ts';
import { type Flow, supervise, superviseAll } from './supervise.ts';

/** A clock that only `sleep` advances, and that stops everything after some restarts. */
function setup({ restarts }: { restarts: number }) {
  const stop = new AbortController();
  const delays: number[] = [];
  const lines: string[] = [];
  let clockMs = 0;
  const supervision = {
    signal: stop.signal,
    log: createLog({ write: (line) => void lines.push(line), isPretty: false }),
    policy: { firstMs: 1_000, mostMs: 60_000, healthyMs: 30_000 },
    sleep: async (delayMs: number) => {
      delays.push(delayMs);
      clockMs += delayMs;
      if (delays.length >= restarts) stop.abort();
    },
    nowMs: () => clockMs,
  };
  return {
    supervision,
    delays,
    lines,
    stop,
    pass: (ms: number) => {
      clockMs += ms;
    },
  };
}

test('a flow that throws is restarted with growing delay up to the maximum', async () => {
  const { supervision, delays } = setup({ restarts: 9 });
  const flow: Flow = async () => {
    throw new Error('the broker is gone');
  };
  await supervise('consume', flow, supervision);
  expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test('after a healthy time the delay is reset', async () => {
  const { supervision, delays, pass } = setup({ restarts: 4 });
  let runs = 0;
  await supervise(
    'consume',
    async () => {
      runs += 1;
      if (runs === 3) pass(30_000);
      throw new Error('gone');
    },
    supervision,
  );
  expect(delays).toEqual([1_000, 2_000, 1_000, 2_000]);
});

test('a flow that returns too early is an error and is restarted', async () => {
  const { supervision, delays, lines } = setup({ restarts: 2 });
  await supervise('poll', async () => {}, supervision);
  expect(delays).toHaveLength(2);
  expect(lines[0]).toContain('a flow ended and is started again');
});

test('a broken invariant is thrown on and nothing is restarted', async () => {
  const { supervision, delays } = setup({ restarts: 3 });
  const broken = new AssertionError({ message: 'offset 4 was not in work' });
  await expect(supervise('consume', () => Promise.reject(broken), supervision)).rejects.toBe(broken);
  expect(delays).toEqual([]);
});

test('a flow that ends because of the signal is not restarted', async () => {
  const { supervision, delays, stop } = setup({ restarts: 3 });
  const running = supervise(
    'consume',
    (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    supervision,
  );
  stop.abort();
  await running;
  expect(delays).toEqual([]);
});

test('when one flow cannot be restarted, the others are stopped before its error is thrown on', async () => {
  const { supervision } = setup({ restarts: 3 });
  const ended: string[] = [];
  const other: Flow = (signal) =>
    new Promise((resolve) =>
      signal.addEventListener('abort', () => {
        ended.push('other');
        resolve();
      }),
    );
  const broken = () => Promise.reject(new AssertionError({ message: 'broken' }));
  await expect(superviseAll({ other, broken }, supervision)).rejects.toThrow('broken');
  expect(ended).toEqual(['other']);
});
