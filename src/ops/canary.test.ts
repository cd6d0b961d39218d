import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { silentLog } from '../base/log.ts';
import { createMetrics } from '../base/metrics.ts';
import type { CanaryState } from '../domain/canary.ts';
import { runCanary, toCanaryRows } from './canary.ts';
import { isHealthy } from './lag.ts';

type Last = NonNullable<CanaryState['last']>;

const hopsMs = { capture: 40, queue: 10, decision: 5, topic: 15, apply: 5 };
const quick: Last = { probe: 7, tookMs: 75, hopsMs, decided: ['onefile'], late: [] };
const calm: CanaryState = { sentAgeMs: 4_000, waitingMs: null, last: quick };
const intervalMs = 30_000;

test.each<[string, Partial<CanaryState>, string, number, number]>([
  ['it was never sent', { sentAgeMs: null, last: null }, 'idle', 0, 0],
  ['it came back', {}, 'ok', 0, 75],
  ['the first one is under way', { waitingMs: 1_200, last: null }, 'ok', 1, 1_200],
  ['one under way is younger than the last one took', { waitingMs: 20 }, 'ok', 1, 75],
  ['one is under way for long', { waitingMs: 5_100 }, 'slow', 1, 5_100],
  ['the last one took long', { last: { ...quick, tookMs: 6_000 } }, 'slow', 0, 6_000],
  ['one does not come back', { waitingMs: 30_000 }, 'stalled', 1, 30_000],
  ['nor does the one after it', { sentAgeMs: 1_000, waitingMs: 61_000 }, 'stalled', 1, 61_000],
  ['no process sends it', { sentAgeMs: 91_000 }, 'no-worker', 0, 75],
])('the canary when %s', (_title, change, status, count, ageMs) => {
  const [way] = toCanaryRows({ ...calm, ...change }, intervalMs);
  expect(way).toMatchObject({ what: 'canary', unit: 'probes', status, count, ageMs });
  expect(isHealthy([way!])).toBe(['idle', 'ok'].includes(status));
  expect(way?.advice === '').toBe(isHealthy([way!]));
});

test('switched off it is said to be, whatever its row says', () => {
  expect(toCanaryRows({ ...calm, waitingMs: 90_000 }, 0)[0]).toMatchObject({ status: 'disabled', ageMs: 0 });
});

test('a canary that is sent once an hour is none that nobody sends', () => {
  expect(toCanaryRows({ ...calm, sentAgeMs: 3_500_000 }, 3_600_000)[0]?.status).toBe('ok');
});

test('of a slow way the part that took longest says what to do', () => {
  const last = { ...quick, tookMs: 6_000, hopsMs: { ...hopsMs, topic: 5_900 } };
  const rows = toCanaryRows({ ...calm, last }, intervalMs).slice(1);
  expect(rows.map(({ what, ageMs, status }) => [what, ageMs, status])).toEqual([
    ['canary: capture', 40, 'ok'],
    ['canary: queue', 10, 'ok'],
    ['canary: decision', 5, 'ok'],
    ['canary: topic', 5_900, 'slow'],
    ['canary: apply', 5, 'ok'],
  ]);
  expect(rows[3]?.advice).toContain('from outbound to the reconciler');
});

test('an engine that does not come to it is named, and without a vendor at work none is expected to', () => {
  const decision = (last: Last) => toCanaryRows({ ...calm, last }, intervalMs)[3];
  expect(decision({ ...quick, decided: [], late: ['onefile'] })).toMatchObject({
    status: 'slow',
    advice: expect.stringContaining('onefile did not come to it within 10 s'),
  });
  expect(decision({ ...quick, decided: [] })).toMatchObject({ status: 'idle' });
});

/** A canary that comes back after `backAfterMs`; null: never. Runs for so many seconds. */
async function run({ backAfterMs, seconds }: { backAfterMs: number | null; seconds: number }) {
  const clock = new VirtualClock();
  const metrics = createMetrics();
  const stop = new AbortController();
  const sentAtMs: number[] = [];
  let isAway = false;
  let row = { probe: 0, sentAtMs: Number.NEGATIVE_INFINITY };
  const isBack = () => backAfterMs !== null && clock.nowMs() - row.sentAtMs >= backAfterMs;
  const running = runCanary(
    {
      send: async ({ leastMs, lostAfterMs }) => {
        if (isAway) throw new Error('PICS is away');
        const [wasLost, age] = [row.probe > 0 && !isBack(), clock.nowMs() - row.sentAtMs];
        if (age < (wasLost ? lostAfterMs : leastMs)) return null;
        row = { probe: row.probe + 1, sentAtMs: clock.nowMs() };
        sentAtMs.push(row.sentAtMs);
        return wasLost ? 'lost' : 'sent';
      },
      read: async () => ({
        ...{ sentAgeMs: 0, waitingMs: null },
        last: row.probe > 0 && isBack() ? { ...quick, probe: row.probe, tookMs: backAfterMs ?? 0 } : null,
      }),
      metrics,
      log: silentLog,
      sleep: clock.sleep,
    },
    intervalMs,
    stop.signal,
  );
  void clock.sleep(seconds * 500).then(() => {
    isAway = true;
  });
  void clock.sleep(seconds * 600).then(() => {
    isAway = false;
  });
  void clock.sleep(seconds * 1_000 - 1).then(() => stop.abort());
  await clock.runUntil(running);
  const text = await metrics.read();
  const value = (name: string) => Number(new RegExp(`^pics_sync_${name} (.*)$`, 'm').exec(text)?.[1] ?? 0);
  return { sentAtMs, value };
}

test('it is sent at the interval, and each one that came back is timed, whole and in parts', async () => {
  const { sentAtMs, value } = await run({ backAfterMs: 75, seconds: 600 });
  // Two turns fell into the minute in which PICS was away.
  expect(sentAtMs).toHaveLength(18);
  expect(value('canaries_total{result="sent"}')).toBe(18);
  expect(value('canaries_total{result="returned"}')).toBe(17);
  expect(value('canaries_total{result="lost"}')).toBe(0);
  expect(value('canary_seconds_count')).toBe(17);
  expect(value('canary_seconds_sum')).toBeCloseTo(17 * 0.075);
  expect(value('canary_hop_seconds_sum{hop="capture"}')).toBeCloseTo(17 * 0.04);
});

test('one that never comes back is waited for a minute, then counts as lost, and another is sent', async () => {
  const { sentAtMs, value } = await run({ backAfterMs: null, seconds: 1_200 });
  expect(value('canaries_total{result="returned"}')).toBe(0);
  expect(value('canaries_total{result="lost"}')).toBe(sentAtMs.length - 1);
  for (const [index, atMs] of sentAtMs.slice(1).entries())
    expect(atMs - (sentAtMs[index] ?? 0)).toBeGreaterThanOrEqual(60_000);
  expect(sentAtMs.length).toBeGreaterThanOrEqual(3);
});
