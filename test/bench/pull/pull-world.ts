import { startSimulator } from '../../../simulators/onefile/simulator.ts';
import { digestOf } from '../../../src/base/digest.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Json } from '../../../src/core/json.ts';
import type { Observation } from '../../../src/core/observation.ts';
import { forecastFullPass } from '../../../src/core/poll-forecast.ts';
import { runFullPass } from '../../../src/inbound/full-pass.ts';
import type { PollEffects } from '../../../src/inbound/poll-effects.ts';
import { createPollMemory, pollEveryTurn } from '../../../src/inbound/recent-turn.ts';
import { createEngine } from '../../../src/outbound/engine.ts';
import { defaultEngineOptions } from '../../../src/outbound/parts.ts';
import { createOneFileClient } from '../../../src/vendors/onefile/client/client.ts';
import type { Session } from '../../../src/vendors/onefile/client/session.ts';
import { oneFile as vendor } from '../../../src/vendors/onefile/onefile.ts';
import { toPassReads } from '../../../src/vendors/onefile/rules/reads.ts';
import { MemoryLedger } from '../../support/memory-ledger.ts';
import { MemoryPics } from '../../support/memory-pics.ts';
import { defaultSettings } from '../../support/onefile-rules.ts';
import { PollWorld } from '../../support/poll-world.ts';
import { BigCentre, type CentreSize } from './big-centre.ts';
import { PacedClock } from './paced-clock.ts';
import { createPullReconciler } from './pull-reconciler.ts';

const scope = { vendor: 'onefile', centre: '301' } as const;
const pageSize = 100;
const reportedSecondMs = 1_000;

export type PullResult = {
  readonly calls: number;
  readonly writesAtVendor: number;
  readonly rowsWritten: number;
  readonly limited: number;
  readonly minutes: number;
  readonly forecast: { readonly calls: number; readonly minutes: number };
  readonly byRoute: Readonly<Record<string, number>>;
};

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
  let toldMs = 0;
  clock.onMoved = async (atMs) => {
    if (atMs - toldMs < reportedSecondMs) return;
    toldMs = atMs;
    await control('POST', '/clock', { mode: 'frozen', now: new Date(atMs).toISOString() });
  };
  let session: Session | null = null;
  const client = createOneFileClient({
    connection: {
      ...{ baseUrl: simulator.baseUrl, centreId: scope.centre, customerToken: () => 'sim-customer-1' },
      ...{ connectTimeoutMs: 5_000, callTimeoutMs: 60_000, connections: 8, pageSize, names: {} },
      ...{ unknownVisit: 'repeat', readUnitSummaries: false },
    },
    budget: { takeCall: clock.takeCall, pauseUntil: () => {} },
    sessionCache: {
      read: async () => session,
      write: async (fresh) => {
        session = fresh;
      },
      forget: async () => {
        session = null;
      },
    },
    ...{ log: silentLog, now: nowMs, chance: () => 0.5 },
  });
  const pics = new MemoryPics(centre.inPics());
  const ledger = new MemoryLedger({ isWorkerAlive: () => true, nowMs });
  const reconciler = createPullReconciler({ ledger, pics, nowMs, settings: defaultSettings });
  const sleep = async (ms: number): Promise<void> => clock.pass(ms);
  const engine = createEngine(
    {
      vendor: {
        ...{ name: vendor.name, centre: scope.centre, settings: defaultSettings },
        readCentre: async () => ({ assessors: [], normalReviewTypes: ['N'] }),
        ...{ toVendorIds: vendor.rules.toVendorIds, evaluate: vendor.rules.evaluate },
        ...{ evaluateOwner: vendor.rules.evaluateOwner, execute: client.execute, resolve: client.resolve },
      },
      ...{ ledger, worker: 1, digest: digestOf, nowMs, chance: () => 0.5, sleep },
      readLearner: async ({ ident }) => pics.learners.get(ident) ?? null,
      readOwner: async () => null,
      reserveCall: async (priority) => {
        await clock.takeCall(priority);
        return { waitedMs: 0 };
      },
      publishObservations: reconciler.publish,
      publishLinks: reconciler.publishLinks,
      meter: { called: () => {}, delivered: () => {}, noted: () => {}, paused: () => {} },
    },
    defaultEngineOptions,
    new AbortController().signal,
  );
  const world = new PollWorld();
  const effects: PollEffects = {
    ...world.effects,
    plans: vendor.pollResources.map((resource) => ({
      resource,
      recent: resource.name === 'reviews' ? 'every-turn' : 'never',
    })),
    readPage: client.readPage,
    store: {
      ...world.store,
      recordPage: async (page) => {
        for (const one of page.observations) keepShadow(ledger, one);
        return world.store.recordPage(page);
      },
    },
    readClaimed: async () => {
      const linked = new Set(world.learners.map(({ vendorId }) => vendorId));
      return centre.learnerIds
        .filter((id) => !linked.has(id))
        .map((id) => ({ ident: `i${id}`, vendorId: id }));
    },
    afterLearners: async ({ passId }) => {
      const seen = centre.learnerIds.filter((id) => world.seen.get(passId)?.has(id));
      world.link(...seen);
      for (const vendorId of seen) {
        const ident = `i${vendorId}`;
        ledger.linkTable.put({
          ...{ ...scope, kind: 'learner', picsId: ident, ident, vendorId },
          ...{ how: 'typed', copiedAtMs: nowMs() },
        });
      }
    },
    publish: reconciler.publish,
    submitLearner: async ({ ident, vendorId }, isRead) => {
      const reads = isRead ? toPassReads({ ident, learnerId: vendorId }) : [];
      await engine.submit({
        ...{ ident, demand: 'refresh', priority: 'poll', txIds: [], committedAtMs: null, reads },
      });
    },
    readForecast: async (learners) => {
      const count = (entity: string): number | null =>
        [...world.shadows.keys()].filter((key) => key.startsWith(`${entity} `)).length || null;
      const people = [count('learner'), count('assessor')];
      return forecastFullPass(
        {
          learners,
          users: people[0] === null ? null : (people[0] ?? 0) + (people[1] ?? 0),
          ...{ reviews: count('review'), placements: count('placement') },
          ...{ classrooms: count('classroom'), standards: count('standard') },
        },
        { pageSize, callsPerMinute, liveShare: 0.04 },
      );
    },
    ...{ nowMs, sleep },
  };

  /** One full pass, and all that follows from it. */
  async function pull({ withLooks }: { readonly withLooks: boolean }): Promise<PullResult> {
    const before = (await control('GET', '/calls/summary')) as unknown as { calls: number };
    const [beganMs, written] = [nowMs(), pics.written.length];
    const lease = await world.store.acquireLease();
    if (lease === null) throw new Error('the lease is free');
    const { signal } = new AbortController();
    const memory = createPollMemory();
    const interlude = async () => {
      if (withLooks) await pollEveryTurn({ effects, lease, memory, signal });
      return { pageCount: memory.pageCount };
    };
    const { reports } = world;
    reports.length = 0;
    const end = await runFullPass(effects, lease, { scope: 'all', interlude }, signal);
    if (typeof end === 'string') throw new Error(`the pass was ${end}`);
    await reconciler.settle();
    const summary = (await control('GET', `/calls/summary?since=${before.calls}`)) as unknown as Summary;
    const [first] = reports;
    if (first === undefined) throw new Error('a pass tells when it begins');
    const { calls, minutes } = first.forecast;
    return {
      calls: sum(summary.byRoute),
      writesAtVendor: countWrites(summary.byRoute),
      rowsWritten: pics.written.length - written,
      limited: summary.byStatus['429'] ?? 0,
      minutes: (nowMs() - beganMs) / 60_000,
      forecast: { calls, minutes },
      byRoute: summary.byRoute,
    };
  }

  return {
    ...{ pull, clock, ledger, pics, control },
    linkCount: () => ledger.links.length,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await simulator.stop();
    },
  };
}

type Summary = {
  readonly byRoute: Readonly<Record<string, number>>;
  readonly byStatus: Readonly<Record<string, number>>;
};

function keepShadow(ledger: MemoryLedger, { deleted: _deleted, cause: _cause, ...one }: Observation): void {
  const { record } = one;
  if (record !== null) ledger.shadowTable.keep({ ...one, record });
}

function createControl(url: string) {
  return async (method: string, path: string, body?: Json): Promise<Json> => {
    const sent =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${url}${path}`, { method, ...sent });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
    return text === '' ? null : (JSON.parse(text) as Json);
  };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function countWrites(byRoute: Readonly<Record<string, number>>): number {
  const isWrite = (route: string): boolean => !/Search|^GET|Authentication/i.test(route);
  return sum(Object.fromEntries(Object.entries(byRoute).filter(([route]) => isWrite(route))));
}
