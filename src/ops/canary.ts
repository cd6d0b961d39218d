import type { Log } from '../base/log.ts';
import { latencyBuckets, type Metrics } from '../base/metrics.ts';
import type { Sleep } from '../base/sleep.ts';
import { type CanaryHop, type CanaryState, canaryHops } from '../domain/canary.ts';
import { type LagRow, toStartAdvice } from './lag.ts';

/*
 * Ops sends the canary on its way at an interval and reads from its row how long the way was. The row says it for every
 * process that asks, so `lag` needs no ops process to ask.
 */

/** A service objective: the canary is back within this time. */
const wantedWithinMs = 5_000;
/** From then on it counts as stuck. */
const stalledAfterMs = 30_000;
/** Then another one is sent: what carried it may be gone, or could not be read. */
const lostAfterMs = 60_000;

/** The canary's row, and what its sending is told to. */
type CanarySender = {
  readonly send: (schedule: {
    readonly leastMs: number;
    readonly lostAfterMs: number;
  }) => Promise<'sent' | 'lost' | null>;
  readonly read: () => Promise<CanaryState>;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly sleep: Sleep;
};

/**
 * Sends a probe at each interval until the signal aborts, and counts and times those that came back.
 *
 * While PICS is away nothing is sent, and the next turn tries again. The first probe that is seen may have been counted
 * before this process began: it only says where counting begins.
 */
export async function runCanary(
  { send, read, metrics, log, sleep }: CanarySender,
  intervalMs: number,
  signal: AbortSignal,
): Promise<void> {
  const meter = createCanaryMeter(metrics);
  let seen: number | null = null;
  let isAway = false;
  while (!signal.aborted) {
    try {
      const { last } = await read();
      const probe = last?.probe ?? 0;
      if (last !== null && seen !== null && probe !== seen) meter.returned(last);
      seen = probe;
      const sent = await send({ leastMs: intervalMs / 2, lostAfterMs });
      if (sent === 'lost') meter.lost();
      if (sent !== null) meter.sent();
      isAway = false;
    } catch (error) {
      if (!isAway) log.warn('the canary cannot be sent; it is tried again', { error });
      isAway = true;
    }
    await sleep(intervalMs, signal);
  }
}

function createCanaryMeter(metrics: Metrics) {
  const canaries = metrics.counter({
    name: 'canaries_total',
    help: 'Probes that were sent through the whole way, that came back, and that did not come back within a minute.',
    labels: ['result'],
  });
  const ways = metrics.histogram({
    name: 'canary_seconds',
    help: 'How long the canary takes from its commit in PICS until it is back in its row.',
    labels: [],
    buckets: latencyBuckets,
  });
  const hops = metrics.histogram({
    name: 'canary_hop_seconds',
    help: 'How long the canary takes for each part of its way: capture, queue, decision, topic, apply.',
    labels: ['hop'],
    buckets: latencyBuckets,
  });
  for (const result of ['sent', 'returned', 'lost']) canaries.add({ result }, 0);
  return {
    sent: () => canaries.add({ result: 'sent' }),
    lost: () => canaries.add({ result: 'lost' }),
    returned: ({ tookMs, hopsMs, decided }: NonNullable<CanaryState['last']>) => {
      canaries.add({ result: 'returned' });
      ways.observe({}, tookMs / 1_000);
      for (const hop of canaryHops)
        if (hop !== 'decision' || decided.length > 0) hops.observe({ hop }, hopsMs[hop] / 1_000);
    },
  };
}

const hopAdvice: Readonly<Record<CanaryHop, string>> = {
  capture: 'It takes long from PICS into Kafka: see the lines of the capture, and the load of Kafka Connect.',
  queue:
    'It takes long from Kafka to outbound: is the process overloaded, or were its partitions just moved?',
  decision: 'The engines come to it late: all their places are taken, or PICS is slow to read.',
  topic:
    'It takes long from outbound to the reconciler: is one of them overloaded, or were partitions just moved?',
  apply: 'It takes long to write into PICS: is the database overloaded, or is the row locked?',
};

/**
 * The canary as lines of the report: the whole way, then each part of the last one that came back.
 *
 * The whole way has the age of the one under way, or how long the last one took where that is more.
 */
export function toCanaryRows(state: CanaryState, intervalMs: number): LagRow[] {
  return [toWayRow(state, intervalMs), ...toHopRows(state)];
}

function toWayRow({ sentAgeMs, waitingMs, last }: CanaryState, intervalMs: number): LagRow {
  const row = { what: 'canary', unit: 'probes', sinceMs: null } as const;
  if (intervalMs === 0) return { ...row, count: 0, ageMs: 0, status: 'disabled', advice: '' };
  const count = waitingMs === null ? 0 : 1;
  const ageMs = Math.max(waitingMs ?? 0, last?.tookMs ?? 0);
  if (sentAgeMs === null) return { ...row, count, ageMs: 0, status: 'idle', advice: '' };
  if (sentAgeMs > Math.max(intervalMs, lostAfterMs) + stalledAfterMs)
    return { ...row, count, ageMs, status: 'no-worker', advice: toStartAdvice('ops') };
  if (waitingMs !== null && waitingMs >= stalledAfterMs) {
    const advice =
      'A change of PICS would not come through at present either. The first line of capture or queue that is not well shows where: the canary passes them in this order.';
    return { ...row, count, ageMs, status: 'stalled', advice };
  }
  if (ageMs <= wantedWithinMs) return { ...row, count, ageMs, status: 'ok', advice: '' };
  const advice = 'It should be back within 5 s. The lines below say which part takes long.';
  return { ...row, count, ageMs, status: 'slow', advice };
}

function toHopRows({ last }: CanaryState): LagRow[] {
  if (last === null) return [];
  const { tookMs, hopsMs, decided, late } = last;
  const longest = canaryHops.reduce((most, hop) => (hopsMs[hop] > hopsMs[most] ? hop : most));
  return canaryHops.map((hop): LagRow => {
    const row = {
      what: `canary: ${hop}`,
      count: null,
      unit: 'probes',
      ageMs: hopsMs[hop],
      sinceMs: null,
    } as const;
    if (hop === 'decision' && late.length > 0) {
      const advice = `The engine of ${late.join(' and ')} did not come to it within 10 s: all its places wait, mostly for a vendor that is away.`;
      return { ...row, status: 'slow', advice };
    }
    if (hop === 'decision' && decided.length === 0) {
      return { ...row, status: 'idle', advice: 'No vendor is at work, so no engine looks at it.' };
    }
    const isCause = tookMs > wantedWithinMs && hop === longest;
    return { ...row, status: isCause ? 'slow' : 'ok', advice: isCause ? hopAdvice[hop] : '' };
  });
}
