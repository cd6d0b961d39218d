import { startSimulator } from '../../../simulators/onefile/simulator.ts';
import { digestOf } from '../../../src/domain/digest.ts';
import type { Json } from '../../../src/domain/json.ts';
import { runFullPass } from '../../../src/polling/full-pass.ts';
import type { PollEffects } from '../../../src/polling/page.ts';
import { createPollMemory, pollEveryTurn } from '../../../src/polling/turn.ts';
import { createEngine, type Engine } from '../../../src/engine/engine.ts';
import { defaultEngineOptions } from '../../../src/engine/effects.ts';
import type { OneFileClient } from '../../../src/vendors/onefile/client/client.ts';
import { oneFile as vendor } from '../../../src/vendors/onefile/onefile.ts';
import { MemoryPics } from '../../memory/pics.ts';
import { MemoryLedger } from '../../support/memory-ledger.ts';
import { defaultSettings } from '../../support/onefile-rules.ts';
import { PollWorld } from '../../support/poll-world.ts';
import { createBenchClient } from '../bench-client.ts';
import { type Control, createControl } from '../control.ts';
import { BigCentre, type CentreSize } from './big-centre.ts';
import { PacedClock } from './paced-clock.ts';
import { createPullEffects } from './pull-effects.ts';
import { createPullReconciler } from './pull-reconciler.ts';

export type PullResult = {
  readonly calls: number;
  readonly writesAtVendor: number;
  readonly rowsWritten: number;
  readonly limited: number;
  readonly minutes: number;
  readonly forecast: { readonly calls: number; readonly minutes: number };
  readonly byRoute: Readonly<Record<string, number>>;
};

const pageSize = 100;
/** How far the simulator's clock may be behind. */
const clockStepMs = 1_000;

/**
 * A whole centre, pulled by the real flow, client, rules, engine and reconciler from a simulator in this process.
 *
 * Databases and topics are in memory. Time is simulated: the budget moves it, and the simulator's clock follows.
 */
export async function openPullWorld(size: CentreSize, callsPerMinute: number) {
  const clock = new PacedClock(callsPerMinute);
  const { nowMs } = clock;
  const simulator = await startSimulator({ size: 'empty' });
  const control = createControl(simulator.controlUrl);
  const centre = new BigCentre(size, nowMs());
  for (const portion of centre.portions()) await control('POST', '/records', portion as Json);
  await control('PATCH', '/switches', { 'rate-window': 'sliding', 'rate-limit': 300 });
  clock.onMoved = createClockHand(control);
  const { takeCall } = clock;
  const { baseUrl } = simulator;
  const client = createBenchClient({ baseUrl, nowMs, takeCall, pageSize, shared: { session: null } });
  const pics = new MemoryPics(centre.inPics());
  const ledger = new MemoryLedger({ isWorkerAlive: () => true, nowMs });
  const reconciler = createPullReconciler({ ledger, pics, nowMs, settings: defaultSettings });
  const world = new PollWorld();
  const effects = createPullEffects({
    ...{ world, ledger, learnerIds: centre.learnerIds, readPage: client.readPage, nowMs },
    engine: createPullEngine({ clock, client, ledger, pics, reconciler }),
    publish: reconciler.publish,
    sleep: async (ms) => clock.pass(ms),
    pace: { pageSize, callsPerMinute },
  });

  /** One full pass, and all that follows from it. */
  async function pull({ withLooks }: { readonly withLooks: boolean }): Promise<PullResult> {
    const before = (await control('GET', '/calls/summary')) as unknown as { calls: number };
    const [beganMs, written] = [nowMs(), pics.written.length];
    world.reports.length = 0;
    await pass(effects, withLooks);
    await reconciler.settle();
    const path = `/calls/summary?since=${before.calls}`;
    const summary = (await control('GET', path)) as unknown as Summary;
    const [first] = world.reports;
    if (first === undefined) throw new Error('a pass tells when it begins');
    return {
      ...toCounts(summary),
      rowsWritten: pics.written.length - written,
      minutes: (nowMs() - beganMs) / 60_000,
      forecast: { calls: first.forecast.calls, minutes: first.forecast.minutes },
    };
  }

  return {
    ...{ pull, clock },
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await simulator.stop();
    },
  };
}

/** Moves the simulator's clock along: its own limit of calls and its sessions go by it. */
function createClockHand(control: Control): (nowMs: number) => Promise<void> {
  let toldMs = 0;
  return async (nowMs) => {
    if (nowMs - toldMs < clockStepMs) return;
    toldMs = nowMs;
    await control('POST', '/clock', { mode: 'frozen', now: new Date(nowMs).toISOString() });
  };
}

async function pass(effects: PollEffects, withLooks: boolean): Promise<void> {
  const lease = await effects.store.acquireLease();
  if (lease === null) throw new Error('the lease is free');
  const { signal } = new AbortController();
  const memory = createPollMemory();
  const interlude = async () => {
    if (withLooks) await pollEveryTurn({ effects, lease, memory, signal });
    return { pageCount: memory.pageCount };
  };
  const end = await runFullPass(effects, lease, { scope: 'all', interlude }, signal);
  if (typeof end === 'string') throw new Error(`the pass was ${end}`);
}

type EngineParts = {
  readonly clock: PacedClock;
  readonly client: OneFileClient;
  readonly ledger: MemoryLedger;
  readonly pics: MemoryPics;
  readonly reconciler: ReturnType<typeof createPullReconciler>;
};

function createPullEngine({ clock, client, ledger, pics, reconciler }: EngineParts): Engine {
  const { rules, name } = vendor;
  return createEngine(
    {
      vendor: {
        ...{ name, centre: '301', settings: defaultSettings },
        readCentre: async () => ({ assessors: [], normalReviewTypes: ['N'] }),
        toVendorIds: rules.toVendorIds,
        evaluate: rules.evaluate,
        evaluateOwner: rules.evaluateOwner,
        execute: client.execute,
        resolve: client.resolve,
      },
      ...{ ledger, worker: 1, digest: digestOf, nowMs: clock.nowMs, chance: () => 0.5 },
      readLearner: async ({ ident }) => pics.learners.get(ident) ?? null,
      readOwner: async () => null,
      reserveCall: async (priority) => {
        await clock.takeCall(priority);
        return { waitedMs: 0 };
      },
      publishObservations: reconciler.publish,
      publishLinks: reconciler.publishLinks,
      sleep: async (ms) => clock.pass(ms),
      meter: { called: () => {}, delivered: () => {}, noted: () => {}, paused: () => {} },
    },
    defaultEngineOptions,
    new AbortController().signal,
  );
}

type Summary = {
  readonly calls: number;
  readonly byRoute: Readonly<Record<string, number>>;
  readonly byStatus: Readonly<Record<string, number>>;
};

function toCounts({ calls, byRoute, byStatus }: Summary) {
  const isWrite = (route: string): boolean => !/Search|^GET|Authentication/i.test(route);
  const writes = Object.entries(byRoute).filter(([route]) => isWrite(route));
  const writesAtVendor = writes.reduce((sum, [, count]) => sum + count, 0);
  return { calls, byRoute, writesAtVendor, limited: byStatus['429'] ?? 0 };
}
