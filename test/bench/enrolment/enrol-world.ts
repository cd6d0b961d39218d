import { startSimulator } from '../../../simulators/onefile/simulator.ts';
import { digestOf } from '../../../src/base/digest.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Json } from '../../../src/core/json.ts';
import { createEngine, type Engine } from '../../../src/outbound/engine.ts';
import { defaultEngineOptions } from '../../../src/outbound/parts.ts';
import { createOneFileClient, type OneFileClient } from '../../../src/vendors/onefile/client/client.ts';
import type { Session } from '../../../src/vendors/onefile/client/session.ts';
import { oneFile as vendor } from '../../../src/vendors/onefile/onefile.ts';
import { MemoryLedger } from '../../support/memory-ledger.ts';
import { defaultSettings } from '../../support/onefile-rules.ts';
import { createWorldCommands } from '../../support/onefile-world/world-commands.ts';
import { WorldPics } from '../../support/onefile-world/world-pics.ts';
import { createWorldReconciler } from '../../support/onefile-world/world-reconciler.ts';
import { type Newcomer, standards } from './newcomer.ts';

/** Where the process dies: before its n-th reading while it plans, or at its n-th step, before or after it is made. */
export type DeathPoint = { readonly at: 'reading' | 'step begun' | 'step answered'; readonly n: number };

const settings = { ...defaultSettings, fallbackClassroomId: '2002' };
const centre = { assessors: null, normalReviewTypes: ['N'] };
const records = {
  customers: [{ ID: 11, Name: 'Larkfield Training', token: 'sim-customer-1' }],
  organisations: [{ ID: 301, CustomerID: 11, Name: 'Larkfield North' }],
  classrooms: [{ ID: 2002, OrganisationID: 301, Name: 'Main' }],
  placements: [{ ID: 30_001, OrganisationID: 301, Name: 'Alder Joinery Ltd', MISID: 'ALD001' }],
  standards,
  users: [
    {
      ...{ ID: 400_002, OrganisationID: 301, Role: 5, FirstName: 'Ada', LastName: 'Brook' },
      ...{ Email: 'a@x.example.org', MISID: 'ABR001' },
    },
  ],
};

type Process = {
  readonly client: OneFileClient;
  readonly engine: Engine;
  readonly died: Promise<'died'>;
};

/**
 * PICS, OneFile and the whole way between them in one process that can die and be started again.
 *
 * Real command, rules, engine, client and reconciler, the simulator, and databases in memory. Who dies does nothing any
 * more, whatever was under way; a call that had been sent is done all the same.
 */
export async function openEnrolWorld() {
  const simulator = await startSimulator({ size: 'empty' });
  const control = async (method: string, path: string, body?: Json): Promise<Json> => {
    const init =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${simulator.controlUrl}${path}`, { method, ...init });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Json;
  };
  await control('POST', '/records', records as Json);
  await control('PATCH', '/switches', { 'rate-limit': 0 });
  let clockMs = Date.UTC(2026, 0, 15, 9);
  const nowMs = (): number => clockMs;
  const living = new Set<number>();
  const pics = new WorldPics([]);
  const ledger = new MemoryLedger({ isWorkerAlive: (worker) => living.has(worker), nowMs });
  const reconciler = createWorldReconciler({ ledger, pics, settings, nowMs });
  const shared: { session: Session | null } = { session: null };
  const count = { reading: 0, 'step begun': 0, 'step answered': 0, 'look-up': 0 };
  let death: DeathPoint | null = null;
  let started = 0;

  function start(): Process {
    started += 1;
    const worker = started;
    living.add(worker);
    let tellDeath: (value: 'died') => void = () => {};
    const died = new Promise<'died'>((resolve) => {
      tellDeath = resolve;
    });
    const isAlive = (): boolean => living.has(worker);
    const meet = async (at: DeathPoint['at']): Promise<void> => {
      if (!isAlive()) return never();
      count[at] += 1;
      if (death?.at !== at || death.n !== count[at]) return;
      death = null;
      living.delete(worker);
      tellDeath('died');
      return never();
    };
    const live = <A extends unknown[], R>(effect: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        if (!isAlive()) return never();
        const result = await effect(...args);
        return isAlive() ? result : never();
      };
    };
    const client = createOneFileClient({
      connection: {
        ...{ baseUrl: simulator.baseUrl, centreId: '301', customerToken: () => 'sim-customer-1' },
        ...{ connectTimeoutMs: 5_000, callTimeoutMs: 30_000, connections: 4, pageSize: 100, names: {} },
        ...{ unknownVisit: 'repeat', readUnitSummaries: false },
      },
      budget: { takeCall: () => meet('reading'), pauseUntil: () => {} },
      sessionCache: {
        read: async () => shared.session,
        write: async (session) => {
          shared.session = session;
        },
        forget: async () => {},
      },
      ...{ log: silentLog, now: nowMs, chance: () => 0 },
    });
    const engine = createEngine(
      {
        vendor: {
          ...{ name: vendor.name, centre: '301', settings, readCentre: async () => centre },
          ...{ toVendorIds: vendor.rules.toVendorIds, evaluate: vendor.rules.evaluate },
          evaluateOwner: vendor.rules.evaluateOwner,
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
        ...{ worker, digest: digestOf, nowMs, chance: () => 0.5 },
        readLearner: async ({ ident }) => pics.read(ident),
        readOwner: async ({ key }) => pics.readOwner(key),
        reserveCall: live(async () => ({ waitedMs: 0 })),
        publishObservations: live(reconciler.publishObservations),
        publishLinks: live((links) => reconciler.publishLinks(links)),
        sleep: live(async (ms) => {
          clockMs += ms;
          await new Promise((resolve) => setImmediate(resolve));
        }),
        meter: {
          called: ({ name }) => {
            if (name.startsWith('look-up')) count['look-up'] += 1;
          },
          ...{ delivered: () => {}, noted: () => {}, paused: () => {} },
        },
      },
      { ...defaultEngineOptions, retry: { ...defaultEngineOptions.retry, settleMs: vendor.settleMs } },
      new AbortController().signal,
    );
    return { client, engine, died };
  }

  let process = start();
  const client = {
    execute: (...args) => process.client.execute(...args),
    readEnrolmentFacts: (...args) => process.client.readEnrolmentFacts(...args),
    refreshCatalogue: (...args) => process.client.refreshCatalogue(...args),
    searchOwners: (...args) => process.client.searchOwners(...args),
  } satisfies Partial<OneFileClient>;
  const commands = createWorldCommands({
    ...{ pics, ledger, reconciler, settings, centre, nowMs, client: client as unknown as OneFileClient },
    submit: (work) => process.engine.submit(work),
    signal: new AbortController().signal,
  });

  const readCalls = async (): Promise<readonly Called[]> => {
    const calls = (await control('GET', '/calls')) as unknown as readonly Called[];
    return calls.filter(({ route }) => !/authentication/i.test(route ?? ''));
  };

  /**
   * Enrols, in as many processes as it takes. Gives the calls by OneFile's own history, what the last process met, and
   * how many creates nobody knew the outcome of when the one before died.
   */
  async function enrol({ learner, officers, organisation }: Newcomer, dies: DeathPoint | null = null) {
    for (const officer of officers) pics.putOfficer(officer);
    pics.putOrganisation(organisation);
    pics.learners.set(learner.ident, learner);
    const mark = (await readCalls()).length;
    Object.assign(count, { reading: 0, 'step begun': 0, 'step answered': 0, 'look-up': 0 });
    death = dies;
    const id = `request ${learner.ident}`;
    let unknown = 0;
    for (;;) {
      const answering = commands.run('enrol', { ident: learner.ident, id });
      const answer = await Promise.race([answering, process.died]);
      if (answer !== 'died') {
        if (answer.status !== 'done') throw new Error(`not enrolled: ${answer.status} ${answer.message}`);
        break;
      }
      unknown = ledger.intents.filter(
        ({ state, effect }) => state === 'sending' && effect === 'create',
      ).length;
      await process.client.close();
      count.reading = 0;
      process = start();
    }
    death = null;
    const calls = (await readCalls()).slice(mark).map(({ method, route }) => `${method} ${route}`);
    return { calls, met: { ...count }, unknown };
  }

  return {
    enrol,
    records: async (kind: string) =>
      (await control('GET', `/records/${kind}`)) as unknown as readonly Readonly<Record<string, Json>>[],
    [Symbol.asyncDispose]: async () => {
      await process.client.close();
      await simulator.stop();
    },
  };
}

type Called = { readonly method: string; readonly route: string | null };

export type EnrolWorld = Awaited<ReturnType<typeof openEnrolWorld>>;

function never<T>(): Promise<T> {
  return new Promise(() => {});
}
