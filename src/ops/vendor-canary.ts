import type { Log } from '../base/log.ts';
import { latencyBuckets, type Metrics } from '../base/metrics.ts';
import type { PollPlan, ReadPage } from '../domain/polling.ts';
import type { Clock } from '../domain/ports.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import type { LagRow } from './lag.ts';

/*
 * The canary calls no vendor. Where a site wants to know how long the vendor takes too, one cheap read a minute is timed:
 * a page that polling reads all the time, asked for as a probe, so that nothing is remembered of what it shows. It takes
 * its call from what live work leaves, as polling does between full passes, so a budget that is used up shows as well.
 */

const everyMs = 60_000;
/** Reads that were not made for so long say nothing of now. */
const staleAfterMs = 300_000;
const wantedWithinMs = 5_000;

/** `result`: `page`, or the kind of failure. */
export type VendorRead = {
  readonly vendor: VendorName;
  readonly ageMs: number;
  readonly tookMs: number;
  readonly result: string;
};

type VendorReading = {
  readonly keep: (read: Omit<VendorRead, 'ageMs'>) => Promise<void>;
  readonly metrics: Metrics;
  readonly clock: Pick<Clock, 'steadyMs' | 'sleep'>;
  readonly log: Log;
};

/** Times one read a minute until the signal aborts. */
export async function runVendorCanary(
  vendor: {
    readonly name: VendorName;
    readonly readPage: ReadPage;
    readonly polling: { readonly plans: readonly PollPlan[] };
  },
  { keep, metrics, clock, log }: VendorReading,
  signal: AbortSignal,
): Promise<void> {
  const { name, polling } = vendor;
  const times = metrics.histogram({
    name: 'canary_vendor_seconds',
    help: 'How long one cheap read at the vendor takes, the wait for the right to call included (canary.vendor).',
    labels: ['vendor'],
    buckets: latencyBuckets,
  });
  const reads = metrics.counter({
    name: 'canary_vendor_reads_total',
    help: 'Timed reads at the vendor, by what came of them (canary.vendor).',
    labels: ['vendor', 'result'],
  });
  const ofCentre = polling.plans.filter(({ resource }) => resource.scope === 'centre');
  const plan = ofCentre.find(({ recent }) => recent === 'every-turn') ?? ofCentre[0];
  if (plan === undefined) throw new Error(`${name} has nothing that can be read without a learner`);
  const request = {
    resource: plan.resource,
    cursor: null,
    learnerVendorId: null,
    extent: 'recent',
    cause: 'poll',
    isProbe: true,
  } as const;
  while (!signal.aborted) {
    const askedAtMs = clock.steadyMs();
    const kind = await vendor.readPage(request).then(
      (page) => page.kind,
      (error: unknown) => {
        // Lag must be measured on, whatever the reading of a page meets.
        log.warn('a timed read at the vendor has failed', { vendor: name, error });
        return 'error' as const;
      },
    );
    if (signal.aborted) return;
    const tookMs = clock.steadyMs() - askedAtMs;
    times.observe({ vendor: name }, tookMs / 1_000);
    reads.add({ vendor: name, result: kind });
    await keep({ vendor: name, tookMs, result: kind }).catch((error: unknown) =>
      log.info('a timed read at the vendor could not be kept', { vendor: name, error }),
    );
    await clock.sleep(everyMs, signal);
  }
}

/** The last timed read as a line of the report. `isAtWork`: the vendor is enabled, so that reads are expected. */
export function toVendorCanaryRow(
  { name, title }: { readonly name: VendorName; readonly title: string },
  reads: readonly VendorRead[],
  isAtWork: boolean,
): LagRow {
  const row = { what: `canary: ${title}`, count: null, unit: 'probes', sinceMs: null } as const;
  const read = reads.find(({ vendor }) => vendor === name);
  if (!isAtWork) return { ...row, ageMs: 0, status: 'disabled', advice: '' };
  if (read === undefined) return { ...row, ageMs: 0, status: 'idle', advice: '' };
  const { ageMs, tookMs, result } = read;
  if (ageMs > staleAfterMs) {
    const advice = `No read at ${title} has ended for ${Math.round(ageMs / 60_000)} min: does ops run, and is there room in the call budget?`;
    return { ...row, ageMs, status: 'stalled', advice };
  }
  if (result !== 'page') {
    const advice = `The last read at ${title} failed (${result}). See its status and the log of outbound.`;
    return { ...row, ageMs: tookMs, status: 'stalled', advice };
  }
  if (tookMs <= wantedWithinMs) return { ...row, ageMs: tookMs, status: 'ok', advice: '' };
  const advice = `${title} answers slowly, or the call budget is used up, so that the read had to wait for its turn.`;
  return { ...row, ageMs: tookMs, status: 'slow', advice };
}
