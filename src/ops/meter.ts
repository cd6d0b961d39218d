import type { Log } from '../base/log.ts';
import { latencyBuckets, type Metrics } from '../base/metrics.ts';
import type { Meter } from '../domain/ports.ts';

/**
 * Counts and times what the roles do, for Prometheus.
 *
 * A role shows only what it does: a metric without a value stays away from its page. A gauge of one vendor appears with
 * its first value.
 */
export function createMeter(metrics: Metrics, log: Log): Meter {
  const calls = metrics.counter({
    name: 'vendor_calls_total',
    help: 'Steps asked of the vendor, by step and by what came of it.',
    labels: ['vendor', 'step', 'result'],
  });
  const callTimes = metrics.histogram({
    name: 'vendor_call_seconds',
    help: 'How long a step at the vendor took.',
    labels: ['vendor', 'step'],
    buckets: latencyBuckets,
  });
  const deliveries = metrics.histogram({
    name: 'delivery_seconds',
    help: 'From the commit in PICS to the acknowledgement of the vendor.',
    labels: ['vendor'],
    buckets: latencyBuckets,
  });
  const notes = metrics.counter({
    name: 'notes_total',
    help: 'What a look at a learner found without anything following, by code.',
    labels: ['vendor', 'code'],
  });
  const pauses = metrics.gauge({
    name: 'vendor_paused',
    help: '1 while the vendor is not called because it does not answer or refuses everything.',
    labels: ['vendor'],
  });
  const dispositions = metrics.counter({
    name: 'dispositions_total',
    help: 'Changes of PICS by what became of them: sent on, held, or skipped by the named rule.',
    labels: ['vendor', 'disposition'],
  });
  const foreignWrites = metrics.counter({
    name: 'foreign_writes_total',
    help: 'Ids of reviews that another synchronisation wrote: is desktop synchronisation still on? Own writes count where PICS refuses the mark.',
    labels: ['vendor'],
  });
  const restarts = metrics.counter({
    name: 'part_restarts_total',
    help: 'How often a part of a role, such as the exchange or the commands of a vendor, was started again.',
    labels: ['part'],
  });
  const observations = metrics.counter({
    name: 'observations_total',
    help: 'Records of the vendor that differed from what was known, by entity.',
    labels: ['vendor', 'entity'],
  });
  const passCalls = metrics.gauge({
    name: 'full_pass_calls',
    help: 'Calls a full pass is expected to cost at the present size.',
    labels: ['vendor'],
  });
  const passTime = metrics.gauge({
    name: 'full_pass_seconds',
    help: 'How long a full pass is expected to take at the present size and limit.',
    labels: ['vendor'],
  });
  const alarms = metrics.counter({
    name: 'alarms_total',
    help: 'Records that went past without being carried over, by kind and topic. Each opens an alarm, or counts for one that is open.',
    labels: ['kind', 'about', 'code'],
  });
  const outcomes = metrics.counter({
    name: 'applied_total',
    help: 'Records of the vendor topics by what became of them in PICS.',
    labels: ['outcome', 'code'],
  });
  const applyTimes = metrics.histogram({
    name: 'apply_seconds',
    help: 'From an observation at the broker to its commit in PICS.',
    labels: ['outcome'],
    buckets: latencyBuckets,
  });
  let hasSeenForeignWrite = false;
  return {
    called: ({ vendor, name, result, tookMs }) => {
      calls.add({ vendor, step: name, result });
      callTimes.observe({ vendor, step: name }, tookMs / 1000);
    },
    delivered: (vendor, latencyMs) => deliveries.observe({ vendor }, latencyMs / 1000),
    noted: (vendor, code) => notes.add({ vendor, code }),
    working: (vendor) => {
      pauses.set({ vendor }, 0);
      // A counter that appears with its first event would hide it: an increase needs a value before.
      foreignWrites.add({ vendor }, 0);
    },
    paused: (vendor, reason) => {
      pauses.set({ vendor }, reason === null ? 0 : 1);
      if (reason === null) log.info('the vendor answers again: its queue drains', { vendor });
      else log.warn('the vendor is left alone for a while; nothing is lost', { vendor, code: reason });
    },
    disposed: (vendor, disposition) => dispositions.add({ vendor, disposition }),
    foreignWrite: (vendor) => {
      foreignWrites.add({ vendor });
      if (hasSeenForeignWrite) return;
      hasSeenForeignWrite = true;
      log.warn("another synchronisation writes the vendor's ids into PICS", { vendor, code: 'W-2' });
    },
    restarted: (part) => restarts.add({ part }),
    published: (vendor, seen) => {
      for (const { entity } of seen) observations.add({ vendor, entity });
    },
    forecast: (vendor, { calls: count, minutes }) => {
      passCalls.set({ vendor }, count);
      passTime.set({ vendor }, minutes * 60);
    },
    alarmed: ({ kind, about, code }) => alarms.add({ kind, about, code }),
    applied: (settled) => {
      const nowMs = Date.now();
      for (const { outcome, code, record } of settled) {
        outcomes.add({ outcome, code: code ?? '' });
        applyTimes.observe({ outcome }, Math.max(0, nowMs - record.timestampMs) / 1000);
      }
    },
  };
}
