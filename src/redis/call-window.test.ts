import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toLimits } from './budget.ts';
import { CallWindow, type Counts, none, sum } from './call-window.ts';

const counts = (most: number) =>
  fc.tuple(fc.nat(most), fc.nat(most), fc.nat(most), fc.nat(most)) as fc.Arbitrary<Counts>;

test('no window of the given length ever has more calls than the limit, for any sequence of requests', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.array(fc.record({ afterMs: fc.nat(900), wanted: counts(30), others: counts(5) }), { maxLength: 80 }),
      (limitPerMinute, asks) => {
        const window = new CallWindow(toLimits({ limitPerMinute, windowMs: 2_000 }));
        const granted: { atMs: number; count: number }[] = [];
        let nowMs = 1_000_000;
        for (const { afterMs, wanted, others } of asks) {
          nowMs += afterMs;
          const answer = window.grant(nowMs, wanted, others);
          for (const [rank, count] of answer.granted.entries())
            expect(count).toBeLessThanOrEqual(wanted[rank]!);
          granted.push({ atMs: nowMs, count: sum(answer.granted) });
          const recent = granted.filter(({ atMs }) => atMs > nowMs - 2_000);
          expect(recent.reduce((total, { count }) => total + count, 0)).toBeLessThanOrEqual(limitPerMinute);
        }
      },
    ),
  );
});

test('a caller that waits as long as stated and asks again is eventually granted a call', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), counts(400), (limitPerMinute, first) => {
      const window = new CallWindow(toLimits({ limitPerMinute }));
      let nowMs = 1_000_000;
      let left: Counts = first;
      for (let asked = 0; sum(left) > 0; asked += 1) {
        expect(asked).toBeLessThan(4_000);
        const { granted, waitMs } = window.grant(nowMs, left);
        left = left.map((count, rank) => count - (granted[rank] ?? 0)) as unknown as Counts;
        expect(waitMs === 0).toBe(sum(left) === 0);
        nowMs += waitMs;
      }
    }),
  );
});

/** All priorities always want calls. Returns the calls of each priority in each window. */
function saturate(wanted: Counts, windows: number): Counts[] {
  const window = new CallWindow(toLimits({ limitPerMinute: 280 }));
  let nowMs = 1_000_000;
  const startMs = nowMs;
  const totals = Array.from({ length: windows }, () => [0, 0, 0, 0]);
  while (nowMs < startMs + windows * 60_000) {
    const { granted, waitMs } = window.grant(nowMs, wanted);
    const total = totals[Math.floor((nowMs - startMs) / 60_000)]!;
    for (const [rank, count] of granted.entries()) total[rank]! += count;
    nowMs += Math.max(1, waitMs);
  }
  return totals as unknown as Counts[];
}

test('each priority gets its minimum share while all others want more; spare polling has none', () => {
  for (const [command, live, poll, replay] of saturate([500, 500, 500, 500], 6).slice(1)) {
    expect(live).toBeGreaterThanOrEqual(Math.floor(280 * 0.3));
    expect(poll).toBeGreaterThanOrEqual(Math.floor(280 * 0.1));
    expect(replay).toBe(0);
    expect(command).toBeGreaterThanOrEqual(280 - 84 - 28 - 1);
  }
});

test.each<[string, Counts]>([
  ['all', [500, 500, 500, 500]],
  ['live and poll', [0, 500, 500, 0]],
  ['live', [0, 500, 0, 0]],
  ['poll', [0, 0, 500, 0]],
])('saturation by %s uses at least 95 percent of the limit', (_, wanted) => {
  for (const window of saturate(wanted, 4)) expect(sum(window)).toBeGreaterThanOrEqual(280 * 0.95);
});

test('a command is granted a call although live work has used up the window', () => {
  const window = new CallWindow(toLimits({ limitPerMinute: 280 }));
  expect(window.grant(0, [0, 500, 0, 0]).granted).toEqual([0, 269, 0, 0]);
  expect(window.grant(10, [3, 500, 0, 0]).granted).toEqual([3, 0, 0, 0]);
});

test('polling has an even pace, so that live work gets a call soon even in a saturated window', () => {
  const window = new CallWindow(toLimits({ limitPerMinute: 280 }));
  let nowMs = 1_000_000;
  for (const endMs = nowMs + 180_000; nowMs < endMs; ) nowMs += window.grant(nowMs, [0, 0, 50, 0]).waitMs;
  const startMs = nowMs;
  let got = 0;
  while (got < 2) {
    const { granted, waitMs } = window.grant(nowMs, [0, 2 - got, 50, 0]);
    got += granted[1];
    nowMs += waitMs;
  }
  expect(nowMs - startMs).toBeLessThan(1_500);
});

test('polling between passes leaves room: a command of twenty calls does not wait for a burst to leave the window', () => {
  const window = new CallWindow(toLimits({ limitPerMinute: 280 }));
  let nowMs = 1_000_000;
  // A pass, live changes in bursts, and polling all the time.
  for (const endMs = nowMs + 180_000; nowMs < endMs; ) {
    const live = nowMs % 20_000 < 50 ? 30 : 0;
    nowMs += Math.min(window.grant(nowMs, [0, live, 0, 50]).waitMs || 25, 40);
  }
  const startMs = nowMs;
  let got = 0;
  while (got < 20) {
    const { granted, waitMs } = window.grant(nowMs, [20 - got, 0, 0, 50]);
    got += granted[0];
    nowMs += got < 20 ? waitMs : 0;
  }
  expect(nowMs - startMs).toBeLessThan(100);
});

test.each([0.1, 0.25, 0.5, 0.8, 1])(
  'D-18: polling between passes takes %s of what the others leave, whatever they want',
  (spareShare) => {
    for (const livePerSecond of [0, 1, 3]) {
      const window = new CallWindow(toLimits({ limitPerMinute: 280, spareShare }));
      const [startMs, endMs] = [1_000_000, 1_000_000 + 600_000];
      const spare: number[] = [];
      const used: number[] = [];
      const countIn = (moments: readonly number[], fromMs: number): number =>
        moments.filter((atMs) => atMs >= fromMs && atMs < fromMs + 60_000).length;
      let waiting = 0;
      for (let nowMs = startMs; nowMs < endMs; nowMs += 50) {
        if (nowMs % 1_000 === 0) waiting += livePerSecond;
        const { granted } = window.grant(nowMs, [0, waiting, 0, 90]);
        waiting -= granted[1];
        used.push(...Array.from({ length: granted[1] }, () => nowMs));
        spare.push(...Array.from({ length: granted[3] }, () => nowMs));
      }
      for (let fromMs = startMs + 240_000; fromMs + 60_000 <= endMs; fromMs += 7_000) {
        const most = (280 - countIn(used, fromMs)) * spareShare;
        const count = countIn(spare, fromMs);
        expect(count).toBeLessThanOrEqual(most + 5);
        expect(count).toBeGreaterThanOrEqual(most * 0.9 - 5);
      }
    }
  },
);

test('D-18: a pass is not limited by the share, nor are commands', () => {
  const limits = toLimits({ limitPerMinute: 280, spareShare: 0.1 });
  const window = new CallWindow(limits);
  let [calls, nowMs] = [0, 1_000_000];
  for (const endMs = nowMs + 300_000; nowMs < endMs; ) {
    const { granted, waitMs } = window.grant(nowMs, [0, 0, 50, 0]);
    calls += granted[2];
    nowMs += waitMs;
  }
  expect(calls / 5).toBeGreaterThan(280 * 0.95);
  expect(new CallWindow(limits).grant(0, [500, 0, 0, 0]).granted[0]).toBe(280);
});

test('a pass alone uses all calls except those reserved for commands', () => {
  const window = new CallWindow(toLimits({ limitPerMinute: 280 }));
  const [startMs, endMs] = [1_000_000, 1_000_000 + 600_000];
  let calls = 0;
  for (let nowMs = startMs; nowMs < endMs; ) {
    const { granted, waitMs } = window.grant(nowMs, [0, 0, 50, 0]);
    if (nowMs >= startMs + 60_000) calls += granted[2];
    nowMs += waitMs;
  }
  expect(calls / 9).toBeGreaterThan(280 * 0.95);
});

test('replay stays below its maximum share even when there are no other calls', () => {
  const limits = toLimits({ limitPerMinute: 100, maxShares: { replay: 0.3 } });
  const window = new CallWindow(limits);
  const endMs = 59_000;
  for (let nowMs = 0; nowMs < endMs; ) nowMs += window.grant(nowMs, [0, 0, 0, 90]).waitMs;
  expect(window.used(endMs)[3]).toBe(30);
});

test('a free call is left to a more urgent caller in another process', () => {
  const window = new CallWindow(toLimits({ limitPerMinute: 10 }));
  window.grant(0, [0, 9, 0, 0]);
  window.grant(30_000, [1, 0, 0, 0]);
  expect(window.grant(60_000, none).granted).toEqual(none);
  expect(window.grant(60_000, [0, 20, 0, 0], [4, 0, 0, 0]).granted).toEqual([0, 5, 0, 0]);
});
