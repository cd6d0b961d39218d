import { expect, test } from 'vitest';
import { silentLog } from '../base/log.ts';
import { type ConnectorState, runConnectorWatch } from './connector.ts';

const policy = { everyMs: 5_000, firstDelayMs: 5_000, mostDelayMs: 40_000, healthyMs: 60_000 };

/** Runs for a while on a clock that only `sleep` advances. `stateAt` may throw; then Connect is away. */
async function watch(stateAt: (s: number, restarts: number) => ConnectorState, forS: number) {
  const stop = new AbortController();
  const restartsAtS: number[] = [];
  const states = new Set<ConnectorState>();
  let nowMs = 0;
  await runConnectorWatch(
    {
      readState: async () => stateAt(nowMs / 1_000, restartsAtS.length),
      restartFailed: async () => void restartsAtS.push(nowMs / 1_000),
      onState: (state) => void states.add(state),
      onRestart: () => {},
      log: silentLog,
      sleep: async (delayMs) => {
        nowMs += delayMs;
        if (nowMs > forS * 1_000) stop.abort();
      },
      nowMs: () => nowMs,
    },
    policy,
    stop.signal,
  );
  return { restartsAtS, states };
}

test('a failed task is restarted, with growing delay as long as it fails', async () => {
  const { restartsAtS } = await watch(() => 'FAILED', 150);
  expect(restartsAtS).toEqual([5, 20, 45, 90, 135]);
});

test('a task that runs again is left alone, and after a healthy time the delay is reset', async () => {
  const { restartsAtS } = await watch((s) => (s < 8 || s >= 100 ? 'FAILED' : 'RUNNING'), 106);
  expect(restartsAtS).toEqual([5, 105]);
});

test('a paused connector stays paused', async () => {
  const { restartsAtS } = await watch(() => 'PAUSED', 100);
  expect(restartsAtS).toEqual([]);
});

test('while Kafka Connect is away nothing is restarted and the watch continues', async () => {
  const { restartsAtS, states } = await watch((s) => {
    if (s < 50) throw new Error('away');
    return 'FAILED';
  }, 60);
  expect(states).toContain('AWAY');
  expect(restartsAtS).toEqual([55]);
});
