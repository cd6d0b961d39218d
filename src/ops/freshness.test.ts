import { expect, test } from 'vitest';
import { MemoryMeter } from '../../test/memory/meter.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { silentLog } from '../base/log.ts';
import type { SettledRecord } from '../domain/rows.ts';
import { createFreshness, type Took, toFreshnessRows } from './freshness.ts';
import { isHealthy } from './lag.ts';

const oneFile = { name: 'onefile', title: 'OneFile' } as const;
const out: Took = { vendor: 'onefile', way: 'out', count: 200, late: 2, mostMs: 90_000 };

test('without a change both directions are idle, with 0', () => {
  expect(toFreshnessRows(oneFile, [{ ...out, vendor: 'smartassessor' }])).toMatchObject([
    { what: 'freshness: PICS to OneFile', count: 0, ageMs: 0, status: 'idle', advice: '' },
    { what: 'freshness: OneFile to PICS', count: 0, ageMs: 0, status: 'idle', advice: '' },
  ]);
});

test('one change in a hundred may be late, and the longest is shown', () => {
  const [row] = toFreshnessRows(oneFile, [out]);
  expect(row).toMatchObject({ count: 200, ageMs: 90_000, status: 'ok' });
  const [, slow] = toFreshnessRows(oneFile, [{ ...out, way: 'in', late: 3 }]);
  expect(slow).toMatchObject({ status: 'slow', advice: expect.stringMatching(/^3 of 200 changes/) });
  expect(isHealthy([slow!])).toBe(false);
});

function settledAt(observedAtMs: number, hasWritten: boolean): SettledRecord {
  const observation = {
    vendor: 'onefile',
    centre: '1',
    entity: 'review',
    vendorId: '7',
    observedAtMs,
  } as const;
  return {
    record: {
      offset: 0n,
      timestampMs: observedAtMs,
      item: {
        kind: 'observation',
        observation: { ...observation, learnerVendorId: null, cause: 'poll', deleted: false, record: null },
      },
    },
    ident: '10001',
    outcome: hasWritten ? 'written' : 'unchanged',
    code: null,
    written: hasWritten ? [{ kind: 'set-risk', ident: '10001', risk: '1' }] : [],
  };
}

test('what took how long is handed on, also what could not be handed on before, and at the end', async () => {
  const clock = new VirtualClock();
  const kept: Took[][] = [];
  let isAway = true;
  const inner = new MemoryMeter();
  const stop = new AbortController();
  const { meter, run } = createFreshness({
    meter: inner,
    lateAfterMs: 60_000,
    add: async (took) => {
      if (isAway) throw new Error('the sync database is away');
      kept.push([...took]);
    },
    nowMs: clock.nowMs,
    sleep: clock.sleep,
    log: silentLog,
  });
  const running = run(stop.signal);
  meter.delivered('onefile', 300);
  meter.delivered('onefile', 70_000);
  await clock.runUntil(clock.sleep(6_000));
  meter.delivered('onefile', 5);
  meter.delivered('smartassessor', 1);
  meter.applied([settledAt(clock.nowMs() - 250, true), settledAt(clock.nowMs() - 9_000, false)]);
  isAway = false;
  await clock.runUntil(clock.sleep(5_000));
  expect(kept).toEqual([
    [
      { vendor: 'onefile', way: 'out', count: 3, late: 1, mostMs: 70_000 },
      { vendor: 'smartassessor', way: 'out', count: 1, late: 0, mostMs: 1 },
      { vendor: 'onefile', way: 'in', count: 1, late: 0, mostMs: 250 },
    ],
  ]);
  meter.delivered('onefile', 8);
  stop.abort();
  await clock.runUntil(running);
  expect(kept[1]).toEqual([{ vendor: 'onefile', way: 'out', count: 1, late: 0, mostMs: 8 }]);
});
