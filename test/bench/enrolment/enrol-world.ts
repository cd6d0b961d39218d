import { startSimulator } from '../../../simulators/onefile/simulator.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { OneFileClient } from '../../../src/vendors/onefile/client/client.ts';
import { MemoryLedger } from '../../support/memory-ledger.ts';
import { defaultSettings } from '../../support/onefile-rules.ts';
import { createWorldCommands } from '../../support/onefile-world/world-commands.ts';
import { WorldPics } from '../../support/onefile-world/world-pics.ts';
import { createWorldReconciler } from '../../support/onefile-world/world-reconciler.ts';
import { createControl } from '../control.ts';
import { type DeathPoint, type Fate, type ProcessParts, startProcess } from './mortal-process.ts';
import { type Newcomer, standards } from './newcomer.ts';

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

/**
 * PICS, OneFile and the whole way between them, in one process that can die and be started again.
 *
 * Real command, rules, engine, client and reconciler, the simulator, and databases in memory.
 */
export async function openEnrolWorld() {
  const simulator = await startSimulator({ size: 'empty' });
  const control = createControl(simulator.controlUrl);
  await control('POST', '/records', records as Json);
  await control('PATCH', '/switches', { 'rate-limit': 0 });
  let clockMs = Date.UTC(2026, 0, 15, 9);
  const clock = {
    nowMs: () => clockMs,
    pass: (ms: number): void => {
      clockMs += ms;
    },
  };
  const { nowMs } = clock;
  const living = new Set<number>();
  const pics = new WorldPics([]);
  const ledger = new MemoryLedger({ isWorkerAlive: (worker) => living.has(worker), nowMs });
  const reconciler = createWorldReconciler({ ledger, pics, settings, nowMs });
  const fate: Fate = { death: null, met: { reading: 0, 'step begun': 0, 'step answered': 0, 'look-up': 0 } };
  const parts: Omit<ProcessParts, 'worker'> = {
    ...{ living, fate, baseUrl: simulator.baseUrl, shared: { session: null } },
    ...{ settings, centre, pics, ledger, reconciler, clock },
  };
  let worker = 1;
  let process = startProcess({ ...parts, worker });
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

  /** Gives how many creates the dead one had begun and not recorded. */
  async function startAnew(): Promise<number> {
    const isOpen = ({ state, effect }: { state: string; effect: string }) =>
      state === 'sending' && effect === 'create';
    const unknown = ledger.intents.filter(isOpen).length;
    await process.client.close();
    fate.met.reading = 0;
    worker += 1;
    process = startProcess({ ...parts, worker });
    return unknown;
  }

  const readCalls = async (): Promise<readonly string[]> => {
    const calls = (await control('GET', '/calls')) as unknown as readonly { method: string; route: string }[];
    return calls.map(({ method, route }) => `${method} ${route}`).filter((call) => !/authentic/i.test(call));
  };

  /** Enrols, in as many processes as it takes. Gives the calls by OneFile's own history, and what was met. */
  async function enrol({ learner, officers, organisation }: Newcomer, death: DeathPoint | null = null) {
    for (const officer of officers) pics.putOfficer(officer);
    pics.putOrganisation(organisation);
    pics.learners.set(learner.ident, learner);
    const mark = (await readCalls()).length;
    Object.assign(fate.met, { reading: 0, 'step begun': 0, 'step answered': 0, 'look-up': 0 });
    fate.death = death;
    const request = { ident: learner.ident, id: `request ${learner.ident}` };
    for (let unknown = 0; ; ) {
      const answer = await Promise.race([commands.run('enrol', request), process.died]);
      if (answer === 'died') {
        unknown = await startAnew();
        continue;
      }
      if (answer.status !== 'done') throw new Error(`not enrolled: ${answer.status} ${answer.message}`);
      fate.death = null;
      return { calls: (await readCalls()).slice(mark), met: { ...fate.met }, unknown };
    }
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

export type EnrolWorld = Awaited<ReturnType<typeof openEnrolWorld>>;
