import { expect, test } from 'vitest';
import { createVirtualClock } from '../../test/memory/clock.ts';
import { silentLog } from '../base/log.ts';
import { createMetrics } from '../base/metrics.ts';
import type { PollPlan } from '../domain/polling.ts';
import { runVendorCanary, toVendorCanaryRow, type VendorRead } from './vendor-canary.ts';

const plan = (name: string, recent: PollPlan['recent'], scope: 'centre' | 'learner'): PollPlan => ({
  resource: { name, entity: name, scope },
  recent,
});
const polling = {
  plans: [
    plan('standards', 'never', 'centre'),
    plan('aims', 'every-turn', 'learner'),
    plan('reviews', 'every-turn', 'centre'),
  ],
};

/** A vendor that answers after so long. Runs for some minutes; in the second the sync database is away. */
async function run(tookMs: number, answer: () => Promise<{ readonly kind: string }>) {
  const { clock, virtual } = createVirtualClock();
  const metrics = createMetrics();
  const stop = new AbortController();
  const asked: unknown[] = [];
  const kept: Omit<VendorRead, 'ageMs'>[] = [];
  const startMs = clock.nowMs();
  const running = runVendorCanary(
    {
      name: 'onefile',
      polling,
      readPage: async (request) => {
        asked.push([request.resource.name, request.extent, request.isProbe]);
        await clock.sleep(tookMs);
        return (await answer()) as Awaited<ReturnType<Parameters<typeof runVendorCanary>[0]['readPage']>>;
      },
    },
    {
      keep: async (read) => {
        if (Math.floor((clock.nowMs() - startMs) / 60_000) === 1) throw new Error('away');
        kept.push(read);
      },
      metrics,
      clock,
      log: silentLog,
    },
    stop.signal,
  );
  void clock.sleep(230_000).then(() => stop.abort());
  await virtual.runUntil(running);
  return { asked, kept, text: await metrics.read() };
}

test('one page that polling reads all the time is asked for once a minute, as a probe, and timed', async () => {
  const { asked, kept, text } = await run(150, async () => ({ kind: 'page' }));
  expect(asked).toEqual(Array.from({ length: 4 }, () => ['reviews', 'recent', true]));
  expect(kept).toEqual(Array.from({ length: 3 }, () => ({ vendor: 'onefile', tookMs: 150, result: 'page' })));
  expect(text).toContain('pics_sync_canary_vendor_reads_total{vendor="onefile",result="page"} 4');
  expect(text).toContain('pics_sync_canary_vendor_seconds_count{vendor="onefile"} 4');
});

test('a failure is one of its own kind, and an error of the reading ends nothing', async () => {
  const failed = await run(10, async () => ({ kind: 'unreachable' }));
  expect(failed.kept[0]).toMatchObject({ result: 'unreachable' });
  const thrown = await run(10, () => Promise.reject(new Error('a bug')));
  expect(thrown.kept.map(({ result }) => result)).toEqual(['error', 'error', 'error']);
});

const oneFile = { name: 'onefile', title: 'OneFile' } as const;
const read: VendorRead = { vendor: 'onefile', ageMs: 20_000, tookMs: 180, result: 'page' };

test.each<[string, Partial<VendorRead> | null, boolean, string, number]>([
  ['nothing was read yet', null, true, 'idle', 0],
  ['the vendor is not enabled', {}, false, 'disabled', 0],
  ['it answers', {}, true, 'ok', 180],
  ['it answers slowly', { tookMs: 5_001 }, true, 'slow', 5_001],
  ['it failed', { result: 'unreachable' }, true, 'stalled', 180],
  ['no read ends any more', { ageMs: 300_001 }, true, 'stalled', 300_001],
])('the line of a vendor when %s', (_title, change, isAtWork, status, ageMs) => {
  const reads = change === null ? [{ ...read, vendor: 'smartassessor' as const }] : [{ ...read, ...change }];
  const row = toVendorCanaryRow(oneFile, reads, isAtWork);
  expect(row).toMatchObject({ what: 'canary: OneFile', status, ageMs });
  expect(row.advice === '').toBe(['idle', 'disabled', 'ok'].includes(status));
});
