import { startSimulator } from '../../simulators/onefile/simulator.ts';
import { createLog } from '../../src/base/log.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Priority } from '../../src/domain/priority.ts';
import type { Call } from '../../src/domain/step.ts';
import type { Session } from '../../src/vendors/onefile/client/api.ts';
import { createOneFileClient } from '../../src/vendors/onefile/client/client.ts';
import type { Connection } from '../../src/vendors/onefile/client/transport.ts';

/** One entry of the simulator's history, as tests look at it. */
export type SimulatedCall = {
  readonly method: string;
  readonly path: string;
  readonly route: string | null;
  readonly body: string;
  readonly status: number | null;
  readonly outcome: string;
};

/** A centre with one learner, two aims and an assessor. Ids as the simulator gives them. */
export const smallCentre = {
  customers: [{ ID: 11, Name: 'Larkfield Training', token: 'sim-customer-1' }],
  organisations: [
    { ID: 301, CustomerID: 11, Name: 'Larkfield North' },
    { ID: 302, CustomerID: 11, Name: 'Larkfield South' },
  ],
  standards: [
    { ID: 5003, Title: 'Team Leader', code: '603/1122/3' },
    { ID: 5007, Title: 'Joinery', code: '196AS' },
  ],
  users: [
    {
      ID: 400002,
      OrganisationID: 301,
      Role: 5,
      FirstName: 'Ada',
      LastName: 'Brook',
      Email: 'a@x.example.org',
      MISID: 'ABR001',
    },
    {
      ID: 400003,
      OrganisationID: 301,
      Role: 4,
      FirstName: 'Ben',
      LastName: 'Cole',
      Email: 'b@x.example.org',
      MISID: 'BCO001',
    },
    {
      ID: 400061,
      OrganisationID: 301,
      Role: 1,
      FirstName: 'Imogen',
      LastName: 'Tarrant',
      Email: 'i@x.example.org',
      MISID: '10001',
      DefaultAssessorID: 400002,
    },
    {
      ID: 400062,
      OrganisationID: 302,
      Role: 1,
      FirstName: 'Otto',
      LastName: 'Far',
      Email: 'o@x.example.org',
      MISID: '10002',
    },
  ],
  aims: [
    { ID: 600045, StandardID: 5003, UserID: 400061, Status: 0, Progress: 40.5 },
    { ID: 600046, StandardID: 5007, UserID: 400061, Status: 0, Progress: 0, RegistrationNumber: 'RG-1' },
  ],
} as const;

type Options = {
  readonly switches?: JsonObject;
  readonly records?: Json;
  readonly connection?: Partial<Connection>;
};

/** A client and a simulator of its own, and a record of all they did. */
export async function setupOneFile({ switches = {}, records = smallCentre, connection = {} }: Options = {}) {
  const simulator = await startSimulator({ size: 'empty' });
  const control = async (method: string, path: string, body?: Json): Promise<Json> => {
    const init =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${simulator.controlUrl}${path}`, { method, ...init });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : (JSON.parse(text) as Json);
  };
  await control('POST', '/records', records);
  await control('PATCH', '/switches', switches);
  const taken: Priority[] = [];
  const paused: number[] = [];
  const lines: string[] = [];
  const shared: { session: Session | null } = { session: null };
  let clockMs = Date.UTC(2026, 0, 15, 9);
  let steppedByMs = 0;
  const client = createOneFileClient({
    connection: {
      baseUrl: simulator.baseUrl,
      centreId: '301',
      customerToken: () => 'sim-customer-1',
      connectTimeoutMs: 1_000,
      callTimeoutMs: 5_000,
      connections: 4,
      pageSize: 100,
      names: {},
      unknownVisit: 'repeat',
      readUnitSummaries: false,
      exchangedDetails: {
        learner: ['phones', 'sex', 'ethnicity', 'disability'],
        officer: ['phones'],
      },
      ...connection,
    },
    budget: {
      take: async (priority) => {
        taken.push(priority);
        return { waitedMs: 0 };
      },
      pauseFor: async (durationMs) => void paused.push(durationMs),
    },
    sessionCache: {
      read: async () => shared.session,
      write: async (session) => {
        shared.session = session;
      },
      forget: async (token) => {
        if (shared.session?.token === token) shared.session = null;
      },
    },
    log: createLog({ level: 'debug', write: (line) => lines.push(line), isPretty: false }),
    now: () => clockMs + steppedByMs,
    steadyMs: () => clockMs,
    chance: () => 0,
  });
  return {
    simulator,
    control,
    client,
    taken,
    paused,
    lines,
    shared,
    now: () => clockMs + steppedByMs,
    passMs: (ms: number) => {
      clockMs += ms;
    },
    /** Sets the time of day, as a resumed machine or a time server does; no time passes. */
    stepMs: (ms: number) => {
      steppedByMs += ms;
    },
    calls: async () => (await control('GET', '/calls')) as unknown as readonly SimulatedCall[],
    execute: (call: Pick<Call, 'name' | 'request'> & Partial<Call>) =>
      client.execute(
        { effect: 'read', subject: 'any', naturalKey: null, ...call },
        { priority: 'live', cause: 'before-write' },
      ),
    [Symbol.asyncDispose]: async () => {
      await simulator.stop();
      await client.close();
    },
  };
}

/** `POST Review/Search/1/100` and its body, as short as a test wants to read it. */
export function toShort(calls: readonly SimulatedCall[]): string[] {
  return calls
    .filter(({ route }) => route?.toLowerCase() !== 'authentication')
    .map(
      ({ method, path, body }) =>
        `${method} ${path.replace(/^\/?(api\/v2\.1\/)?/i, '')}${body === '' ? '' : ` ${body}`}`,
    );
}

/** The centre's assessors are read beside every look, for all of them: no rule of a learner asks for it. */
export function isOfCentreReader({ path, body }: Pick<SimulatedCall, 'path' | 'body'>): boolean {
  return (
    /User\/Search\/\d+\/\d+$/i.test(path) &&
    /^\{"OrganisationID":\d+,"Role":(4|5|10)\}$/.test(body.replace(/\s/g, ''))
  );
}
