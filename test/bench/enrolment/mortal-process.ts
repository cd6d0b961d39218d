import { digestOf } from '../../../src/domain/digest.ts';
import type { Ledger } from '../../../src/domain/ledger.ts';
import { type OutboundEffects, defaultEngineOptions } from '../../../src/engine/effects.ts';
import { createEngine, type Engine } from '../../../src/engine/engine.ts';
import type { OneFileClient } from '../../../src/vendors/onefile/client/client.ts';
import { oneFile as vendor } from '../../../src/vendors/onefile/onefile.ts';
import type { OneFileCentre, OneFileSettings } from '../../../src/vendors/onefile/rules/settings.ts';
import type { WorldPics } from '../../support/onefile-world/world-pics.ts';
import type { createWorldReconciler } from '../../support/onefile-world/world-reconciler.ts';
import { createBenchClient, type SharedSession } from '../bench-client.ts';

/** Where the process dies: before its n-th reading while it plans, or at its n-th step, before or after it is made. */
export type DeathPoint = { readonly at: 'reading' | 'step begun' | 'step answered'; readonly n: number };

/** How often processes came by each place, and how often they looked up what a dead one had left. */
export type Met = Record<DeathPoint['at'] | 'look-up', number>;

/** When the present process is to die; null = not at all. Used up by dying. */
export type Fate = { death: DeathPoint | null; readonly met: Met };

export type Process = {
  readonly client: OneFileClient;
  readonly engine: Engine;
  readonly died: Promise<'died'>;
};

export type ProcessParts = {
  readonly worker: number;
  readonly living: Set<number>;
  readonly fate: Fate;
  readonly baseUrl: string;
  readonly shared: SharedSession;
  readonly settings: OneFileSettings;
  readonly centre: OneFileCentre;
  readonly pics: WorldPics;
  readonly ledger: Ledger;
  readonly reconciler: ReturnType<typeof createWorldReconciler>;
  readonly clock: { readonly nowMs: () => number; readonly pass: (ms: number) => void };
};

/** As kill -9: nothing the process still wants to do happens; a call it has sent is done all the same. */
export function startProcess(parts: ProcessParts): Process {
  const { worker, living, fate, baseUrl, shared, clock } = parts;
  living.add(worker);
  let tellDeath: (value: 'died') => void = () => {};
  const died = new Promise<'died'>((resolve) => {
    tellDeath = resolve;
  });
  const meet = async (at: DeathPoint['at']): Promise<void> => {
    if (!living.has(worker)) return never();
    fate.met[at] += 1;
    if (fate.death?.at !== at || fate.death.n !== fate.met[at]) return;
    fate.death = null;
    living.delete(worker);
    tellDeath('died');
    return never();
  };
  const takeCall = (): Promise<void> => meet('reading');
  const client = createBenchClient({ baseUrl, shared, nowMs: clock.nowMs, pageSize: 100, takeCall });
  const effects = createEffects(parts, client, meet);
  const retry = { ...defaultEngineOptions.retry, settleMs: vendor.settleMs };
  const engine = createEngine(effects, { ...defaultEngineOptions, retry }, new AbortController().signal);
  return { client, engine, died };
}

function createEffects(
  { worker, living, fate, settings, centre, pics, ledger, reconciler, clock }: ProcessParts,
  client: OneFileClient,
  meet: (at: DeathPoint['at']) => Promise<void>,
): OutboundEffects<OneFileSettings, OneFileCentre> {
  const live = <A extends unknown[], R>(effect: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      if (!living.has(worker)) return never();
      const result = await effect(...args);
      return living.has(worker) ? result : never();
    };
  };
  const { rules, name } = vendor;
  return {
    vendor: {
      ...{ name, centre: settings.centreId, settings, readCentre: async () => centre },
      toVendorIds: rules.toVendorIds,
      evaluate: rules.evaluate,
      evaluateOwner: rules.evaluateOwner,
      execute: async (call, context) => {
        await meet('step begun');
        const result = await client.execute(call, context);
        await meet('step answered');
        return result;
      },
      resolve: live(client.resolve),
    },
    ledger: {
      readLane: live((query) => ledger.readLane(query)),
      recordIntent: live((intent) => ledger.recordIntent(intent)),
      recordOutcome: live((outcome) => ledger.recordOutcome(outcome)),
    },
    ...{ worker, digest: digestOf, nowMs: clock.nowMs, chance: () => 0.5 },
    readLearner: async ({ ident }) => pics.read(ident),
    readOwner: async ({ key }) => pics.readOwner(key),
    reserveCall: live(async () => ({ waitedMs: 0 })),
    publishObservations: live(reconciler.publishObservations),
    publishLinks: live((links) => reconciler.publishLinks(links)),
    sleep: live(async (ms) => {
      clock.pass(ms);
      await new Promise((resolve) => setImmediate(resolve));
    }),
    meter: {
      called: (call) => {
        if (call.name.startsWith('look-up')) fate.met['look-up'] += 1;
      },
      ...{ delivered: () => {}, noted: () => {}, paused: () => {} },
    },
  };
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}
