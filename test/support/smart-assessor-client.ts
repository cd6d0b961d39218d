import { CLIENT_KEY, PASSWORD, USER_NAME } from '../../simulators/smart-assessor/credential.ts';
import { createInProcessSmartAssessor } from '../../simulators/smart-assessor/in-process.ts';
import { createLog } from '../../src/base/log.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { Session } from '../../src/domain/ports.ts';
import type { Priority } from '../../src/domain/priority.ts';
import { createSmartAssessor } from '../../src/vendors/smart-assessor/client/client.ts';
import type { Account } from '../../src/vendors/smart-assessor/client/requests.ts';
import type { Connection } from '../../src/vendors/smart-assessor/client/transport.ts';
import type { Answer, Operation, Operations } from '../../src/vendors/smart-assessor/port.ts';
import { contractOf } from '../../src/vendors/smart-assessor/wire/all.ts';
import { connectInProcess } from '../memory/smart-assessor-line.ts';

/** The ways in which one site is spoken to. */
export const ways = [
  { contract: 'assumed-rest-v0', auth: 'basic-key' },
  { contract: 'assumed-rest-v0', auth: 'token' },
  { contract: 'soap-g1', auth: 'basic-key' },
] as const;
export type Way = (typeof ways)[number];

/** The day of the simulator's seed. */
export const asOfMs = Date.parse('2026-03-02T09:00:00Z');

/** A connection to the simulator's site. */
export function simulatorConnection({ contract, auth }: Way, wanted: Partial<Connection> = {}): Connection {
  return {
    origin: 'http://127.0.0.1:4020',
    contract,
    allowUnverifiedOrigin: undefined,
    auth,
    credential: {
      userName: () => USER_NAME,
      password: () => PASSWORD,
      clientKey: () => CLIENT_KEY,
      g1ApiKey: () => CLIENT_KEY,
    },
    site: {
      capabilities: contractOf(contract).capabilities,
      g1: {
        path: '/soap/g1',
        namespace: 'urn:smart-assessor:g1',
        partnerIdName: 'PartnerId',
        misIdForm: 'text',
      },
    },
    concurrency: 2,
    connectMs: 5_000,
    writeMs: 30_000,
    readMs: 120_000,
    isDryRun: false,
    ...wanted,
  };
}

type Options = {
  readonly switches?: JsonObject;
  readonly size?: 'empty' | 'small' | 'large';
  readonly connection?: Partial<Connection>;
  /** Several ways to one site. */
  readonly simulator?: ReturnType<typeof createInProcessSmartAssessor>;
};

/** A client and a simulator in process, on a clock that each call and each sleep moves. */
export function setupSmartAssessor(
  way: Way,
  { switches = {}, size = 'small', connection = {}, simulator: given }: Options = {},
) {
  const time = { ms: asOfMs };
  const passMs = (ms: number): void => {
    time.ms += ms;
  };
  const clock = { sleep: async (ms: number) => passMs(ms) };
  const simulator = given ?? createInProcessSmartAssessor({ nowMs: () => time.ms, size });
  const door = (method: string, path: string, body: Json = {}): Json => {
    const reply = simulator.control(method, path, body as never);
    if (reply.status >= 400)
      throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return JSON.parse(JSON.stringify(reply.body ?? null)) as Json;
  };
  door('PATCH', '/switches', switches);
  const taken: Priority[] = [];
  const paused: number[] = [];
  const slept: number[] = [];
  const lines: string[] = [];
  const shared: { session: Session | null } = { session: null };
  const port = createSmartAssessor({
    connection: simulatorConnection(way, connection),
    connect: connectInProcess(simulator, clock),
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
    now: () => time.ms,
    steadyMs: () => time.ms,
    sleep: async (ms) => {
      slept.push(ms);
      passMs(ms);
    },
    chance: () => 0.5,
  });
  const call = <O extends Operation>(
    operation: O,
    input: Operations[O]['input'],
    account: Partial<Account> = {},
  ): Promise<Answer<Operations[O]['output']>> =>
    port.call(operation, input, { priority: 'live', prepaid: 0, ...account });
  /** The value of a call that must succeed. */
  const ok = async <O extends Operation>(
    operation: O,
    input: Operations[O]['input'],
  ): Promise<Operations[O]['output']> => {
    const answer = await call(operation, input);
    if (answer.kind !== 'ok') throw new Error(`${operation}: ${JSON.stringify(answer)}`);
    return answer.value;
  };
  return {
    simulator,
    door,
    port,
    call,
    ok,
    taken,
    paused,
    slept,
    lines,
    shared,
    calls: () => simulator.calls(),
    passMs,
    /** One scripted rule of the simulator's door. */
    rule: (action: JsonObject, match: JsonObject = {}, more: JsonObject = {}) =>
      door('POST', '/rules', { match, action, ...more }),
  };
}

type Site = ReturnType<typeof setupSmartAssessor>;

/** A learner of the sample site. */
export const learnerId = '1acd456d-8c17-4821-bb5b-8bab3241d0cb';
export const newcomer = {
  misId: '501',
  familyName: 'Ng',
  givenNames: 'Ida',
  dateOfBirth: '2001-12-31',
  sendWelcomeEmail: true,
};

/** One call of each class: a read, a write that may be repeated, and one that may not. */
export const classes = {
  read: (site: Site) => site.call('read-learners', { includeArchived: true }),
  repeatable: (site: Site) => site.call('update-learner', { id: learnerId, fields: { phone: '1' } }),
  guarded: (site: Site) => site.call('create-learner', newcomer),
} as const;
