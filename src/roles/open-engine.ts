import { latencyBuckets, type Metrics } from '../base/metrics.ts';
import { sleep } from '../base/sleep.ts';
import { digestOf } from '../domain/digest.ts';
import { defaultEngineOptions, type Meter } from '../engine/effects.ts';
import { createEngine, type Engine } from '../engine/engine.ts';
import { oneFile as rulesOfOneFile } from '../vendors/onefile/onefile.ts';
import type { Messaging } from './open-messaging.ts';
import type { OneFile } from './open-onefile.ts';
import type { Pics } from './open-pics.ts';
import type { Store } from './open-store.ts';
import type { RoleContext } from './role.ts';

export type EngineParts = {
  readonly messaging: Messaging;
  readonly store: Store;
  readonly pics: Pics;
  readonly oneFile: OneFile;
  readonly worker: number;
};

/** The delivery engine of one process for OneFile, with everything it reaches out to. */
export function openEngine(context: RoleContext, parts: EngineParts, signal: AbortSignal): Engine {
  const { messaging, store, pics, oneFile, worker } = parts;
  const { client, settings, budget } = oneFile;
  const { rules, name, settleMs } = rulesOfOneFile;
  const options = {
    ...defaultEngineOptions,
    concurrency: context.config.outbound.concurrency,
    retry: { ...defaultEngineOptions.retry, settleMs },
  };
  return createEngine(
    {
      vendor: {
        name,
        centre: settings.centreId,
        settings,
        readCentre: oneFile.readCentre,
        toVendorIds: rules.toVendorIds,
        evaluate: rules.evaluate,
        evaluateOwner: rules.evaluateOwner,
        execute: client.execute,
        resolve: client.resolve,
      },
      ledger: store.ledger,
      worker,
      readLearner: pics.readLearner,
      readOwner: pics.readOwner,
      reserveCall: budget.take,
      publishObservations: messaging.publishObservations,
      publishLinks: messaging.publishLinks,
      digest: digestOf,
      nowMs: Date.now,
      sleep,
      chance: Math.random,
      meter: createMeter(context),
    },
    options,
    signal,
  );
}

function createMeter({ metrics, log }: RoleContext): Meter {
  const calls = createCallMeters(metrics);
  const delivered = metrics.histogram({
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
  const paused = metrics.gauge({
    name: 'vendor_paused',
    help: '1 while the vendor is not called because it does not answer or refuses everything.',
    labels: ['vendor'],
  });
  const vendor = rulesOfOneFile.name;
  paused.set({ vendor }, 0);
  return {
    called: calls,
    delivered: (latencyMs) => delivered.observe({ vendor }, latencyMs / 1000),
    noted: (code) => notes.add({ vendor, code }),
    paused: (reason) => {
      paused.set({ vendor }, reason === null ? 0 : 1);
      if (reason === null) log.info('the vendor answers again: its queue drains', { vendor });
      else log.warn('the vendor is left alone for a while; nothing is lost', { vendor, code: reason });
    },
  };
}

function createCallMeters(metrics: Metrics): Meter['called'] {
  const vendor = rulesOfOneFile.name;
  const calls = metrics.counter({
    name: 'vendor_calls_total',
    help: 'Steps asked of the vendor, by step and by what came of it.',
    labels: ['vendor', 'step', 'result'],
  });
  const times = metrics.histogram({
    name: 'vendor_call_seconds',
    help: 'How long a step at the vendor took.',
    labels: ['vendor', 'step'],
    buckets: latencyBuckets,
  });
  return ({ name, result, tookMs }) => {
    calls.add({ vendor, step: name, result });
    times.observe({ vendor, step: name }, tookMs / 1000);
  };
}
