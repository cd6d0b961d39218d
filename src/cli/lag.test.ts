import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import type { LagRow } from '../ops/lag.ts';
import { followLag } from './lag.ts';

const startMs = Date.UTC(2026, 2, 10, 9);

function row(what: string, change: Partial<LagRow> = {}): LagRow {
  const calm = { count: 0, unit: 'records', ageMs: 0, status: 'idle', sinceMs: startMs, advice: '' } as const;
  return { what, ...calm, ...change };
}

const calm = [
  row('capture: last heartbeat', { count: null, ageMs: 1_200, status: 'ok' }),
  row('queue: PICS to OneFile', { count: 2, ageMs: 400, status: 'ok' }),
  row('queue: canary', { count: 1, ageMs: 20, status: 'ok' }),
  row('freshness: PICS to OneFile', { count: 4, ageMs: 310, status: 'ok' }),
  row('canary', { unit: 'probes', ageMs: 75, status: 'ok' }),
];
const stuck = [
  ...calm,
  row('queue: answers', { count: 3, ageMs: 9_000, status: 'stalled', advice: 'Look.' }),
];

/** Follows for so many seconds; from half of the time on something is not well. */
async function follow(seconds: number, look: { isTerminal?: boolean; isJson?: boolean } = {}) {
  const clock = new VirtualClock(startMs);
  const stop = new AbortController();
  const written: string[] = [];
  let looks = 0;
  const following = followLag({
    read: async () => {
      looks += 1;
      return clock.nowMs() - startMs < seconds * 500 ? calm : stuck;
    },
    io: {
      write: (text) => void written.push(text),
      isTerminal: look.isTerminal ?? false,
      signal: stop.signal,
    },
    isJson: look.isJson ?? false,
    everyMs: 5_000,
    sleep: clock.sleep,
    nowMs: clock.nowMs,
  });
  void clock.sleep(seconds * 1_000 - 1).then(() => stop.abort());
  await clock.runUntil(following);
  return { written, looks };
}

test('elsewhere than on a terminal it prints one line a minute, and looks more often', async () => {
  const { written, looks } = await follow(240);
  expect(looks).toBe(48);
  expect(written).toEqual([
    '2026-03-10 09:00:00  capture 1.2 s, queue 3 records 0.4 s, freshness 0.3 s, canary 0.1 s: well\n',
    '2026-03-10 09:01:00  capture 1.2 s, queue 3 records 0.4 s, freshness 0.3 s, canary 0.1 s: well\n',
    '2026-03-10 09:02:00  capture 1.2 s, queue 6 records 9.0 s, freshness 0.3 s, canary 0.1 s: queue: answers is stalled\n',
    '2026-03-10 09:03:00  capture 1.2 s, queue 6 records 9.0 s, freshness 0.3 s, canary 0.1 s: queue: answers is stalled\n',
  ]);
});

test('with --json each line is the whole report, on a terminal too', async () => {
  const { written } = await follow(120, { isJson: true, isTerminal: true });
  const reports = written.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(reports).toEqual([
    { at: '2026-03-10T09:00:00.000Z', isHealthy: true, rows: calm },
    { at: '2026-03-10T09:01:00.000Z', isHealthy: false, rows: stuck },
  ]);
  expect(written.every((line) => line.endsWith('\n') && !line.slice(0, -1).includes('\n'))).toBe(true);
});

test('on a terminal each look takes the place of the one before', async () => {
  const { written } = await follow(20, { isTerminal: true });
  expect(written[0]).toBe('\u001b[2J');
  const looks = written.slice(1);
  expect(looks).toHaveLength(4);
  for (const look of looks) expect(look.startsWith('\u001b[H\u001b[J')).toBe(true);
  expect(looks[3]).toMatch(/queue: answers +3 +9\.0 {2}stalled +15 s {2}Look\./);
  expect(looks[3]).toMatch(/\n2026-03-10 09:00:15, again in 5 s\. Ctrl-C ends\.\n$/);
});
