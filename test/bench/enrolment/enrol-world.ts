import type { Json } from '../../../src/domain/json.ts';
import type { RequestRow } from '../../../src/domain/request.ts';
import { runReconciler } from '../../../src/roles/reconciler.ts';
import { createVirtualClock } from '../../memory/clock.ts';
import { control } from '../../memory/door.ts';
import { confirmedFor, createMemoryOneFile, oneFileRoleSettings } from '../../memory/onefile.ts';
import { createMemoryPorts } from '../../memory/ports.ts';
import { isOfCentreReader } from '../../support/onefile-client.ts';
import { type DeathPoint, type Fate, startProcess } from './mortal-process.ts';
import { type Newcomer, standards } from './newcomer.ts';

const records = {
  customers: [{ ID: 11, Name: 'Larkfield Training', token: 'sim-customer-1' }],
  organisations: [{ ID: 301, CustomerID: 11, Name: 'Larkfield North' }],
  classrooms: [{ ID: 2002, OrganisationID: 301, Name: 'Main' }],
  placements: [{ ID: 30_001, OrganisationID: 301, Name: 'Alder Joinery Ltd', MISID: 'ALD001' }],
  standards,
  users: [
    {
      ID: 400_002,
      OrganisationID: 301,
      Role: 5,
      FirstName: 'Ada',
      LastName: 'Brook',
      Email: 'a@x.example.org',
      MISID: 'ABR001',
    },
  ],
};
const ended: readonly string[] = ['done', 'refused', 'failed', 'held', 'skipped'];

/**
 * PICS, OneFile and the whole way between them, with an outbound process that can die and be started again.
 *
 * The roles outbound and reconciler, the simulator in process, databases and topics in memory, on a clock that jumps.
 */
export async function openEnrolWorld() {
  const { clock, virtual } = createVirtualClock();
  const { vendor, simulator } = createMemoryOneFile({ clock, records, switches: { 'rate-limit': 0 } });
  const ports = createMemoryPorts({ clock, vendors: [vendor] });
  const { pics, store, topics, meter } = ports;
  const settings = oneFileRoleSettings({ fallbackClassroomId: '2002' });
  const confirmed = confirmedFor();
  await store.vendors.enable({ vendor: vendor.name, by: 'bench', confirmed, isSyncDue: false });
  const fate: Fate = { death: null, met: { reading: 0, 'step begun': 0, 'step answered': 0 } };
  const stop = new AbortController();
  const reconciler = runReconciler(ports, settings, stop.signal);
  const observed = [...vendor.entities.map((entity) => `${vendor.name}.${entity}`), 'link'];
  let process = startProcess({ ports, settings, fate });

  /** Gives how many creates the dead one had begun and not recorded. */
  function restart(): number {
    const isOpen = ({ state, effect }: { state: string; effect: string }) =>
      state === 'sending' && effect === 'create';
    const unknown = store.ledger.intents.filter(isOpen).length;
    fate.met.reading = 0;
    process = startProcess({ ports, settings, fate });
    return unknown;
  }

  const readCalls = (): readonly string[] =>
    simulator
      .calls()
      .filter((call) => !isOfCentreReader(call))
      .map(({ method, route }) => `${method} ${route}`)
      .filter((call) => !/authentic/i.test(call));

  /** The row of a command when it has ended and all that it caused is in PICS. */
  async function readEnded(id: string): Promise<RequestRow> {
    for (;;) {
      const row = await pics.readRequest(id);
      if (row !== null && ended.includes(row.status) && topics.lagOf('reconciler', observed) === 0)
        return row;
      await clock.sleep(10);
    }
  }

  /** Enrols, in as many processes as it takes. Gives the calls by OneFile's own history, and what was met. */
  async function enrol({ learner, officers, organisation }: Newcomer, death: DeathPoint | null = null) {
    for (const officer of officers) pics.putOfficer(officer);
    pics.putOrganisation(organisation);
    pics.setLearner(learner);
    const [mark, metered] = [readCalls().length, meter.calls.length];
    Object.assign(fate.met, { reading: 0, 'step begun': 0, 'step answered': 0 });
    fate.death = death;
    const { ident } = learner;
    const id = `request ${ident}`;
    pics.insertRequest({ id, kind: 'enrol', vendor: vendor.name, ident });
    const row = readEnded(id);
    for (let unknown = 0; ; ) {
      const answer = await virtual.runUntil(Promise.race([row, process.died, process.failed]));
      if (answer === 'died') {
        unknown = restart();
        continue;
      }
      if (answer.status !== 'done') throw new Error(`not enrolled: ${answer.status} ${answer.message}`);
      fate.death = null;
      const lookUps = meter.calls.slice(metered).filter(({ name }) => name.startsWith('look-up')).length;
      return { calls: readCalls().slice(mark), met: { ...fate.met, 'look-up': lookUps }, unknown };
    }
  }

  return {
    enrol,
    records: (kind: string) =>
      control(simulator, 'GET', `/records/${kind}`) as unknown as readonly Readonly<Record<string, Json>>[],
    [Symbol.asyncDispose]: async () => {
      process.kill();
      stop.abort();
      await virtual.runUntil(reconciler);
    },
  };
}

export type EnrolWorld = Awaited<ReturnType<typeof openEnrolWorld>>;
