import { createLog } from '../../../src/base/log.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { Learner } from '../../../src/domain/learner.ts';
import type { HeldItem } from '../../../src/domain/ledger.ts';
import type { Organisation, Owner } from '../../../src/domain/owner.ts';
import type { PassScope, PassSummary } from '../../../src/domain/polling.ts';
import type { Answer } from '../../../src/domain/request.ts';
import type { ReconcileItem } from '../../../src/domain/rows.ts';
import type { Demand } from '../../../src/domain/view.ts';
import type { Settled, Work } from '../../../src/domain/work.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { runFullPass } from '../../../src/polling/full-pass.ts';
import type { PollPorts } from '../../../src/polling/page.ts';
import { createSteadyReader } from '../../../src/polling/read-steadily.ts';
import { workCommands } from '../../../src/requests/dispatch.ts';
import { withEngine } from '../../../src/roles/outbound.ts';
import { runReconciler } from '../../../src/roles/reconciler.ts';
import { contextOf } from '../../../src/roles/role.ts';
import type { OneFileSettings } from '../../../src/vendors/onefile/rules/settings.ts';
import { createVirtualClock } from '../../memory/clock.ts';
import { confirmedFor, control, createMemoryOneFile, oneFileRoleSettings } from '../../memory/onefile.ts';
import { createMemoryPorts } from '../../memory/ports.ts';
import { isOfCentreReader, smallCentre } from '../onefile-client.ts';
import { wholeMessage } from './whole-message.ts';

export type WorldOfficer = Partial<Extract<Owner, { kind: 'officer' }>> & { readonly code: string };
export type WorldOrganisation = Partial<Organisation> & { readonly code: string };

export type WorldSetup = {
  readonly learners: readonly Learner[];
  readonly officers?: readonly WorldOfficer[];
  readonly organisations?: readonly WorldOrganisation[];
  readonly settings?: Partial<OneFileSettings>;
  /** What OneFile holds; left out: the small centre. */
  readonly records?: Json;
  readonly switches?: JsonObject;
};

export type CommandAnswer = Answer & { readonly message: string | null };

/** The commands of a world, by name, with what they are about. */
type About = {
  readonly ident?: string;
  readonly officer?: string;
  readonly organisation?: string;
  readonly payload?: JsonObject;
  readonly id?: string;
};

/**
 * PICS and OneFile with everything between them in one process: the product's vendor, engine, commands and reconciler
 * role on memory ports; the simulator speaks in process, on a clock that jumps.
 *
 * For what a rule means from end to end. Looks and commands are made by the test; the reconciler role runs beside it.
 */
export async function openOneFileWorld(setup: WorldSetup) {
  const { clock, virtual } = createVirtualClock();
  const { vendor, simulator } = createMemoryOneFile({
    clock,
    records: setup.records ?? (smallCentre as unknown as Json),
    switches: setup.switches ?? {},
  });
  const logLines: string[] = [];
  const ports = createMemoryPorts({
    clock,
    vendors: [vendor],
    learners: setup.learners,
    log: createLog({ level: 'debug', write: (line) => logLines.push(line), isPretty: false }),
  });
  const { pics, store, topics } = ports;
  for (const officer of setup.officers ?? []) pics.putOfficer(officer);
  for (const organisation of setup.organisations ?? []) pics.putOrganisation(organisation);
  const records: ReconcileItem[] = [];
  const topicNames = new Set<string>();
  topics.onPublish = (topic, value) => {
    if (topic.startsWith('changes ')) return;
    topicNames.add(topic);
    records.push(value as ReconcileItem);
  };
  const settings = oneFileRoleSettings(setup.settings);
  const confirmed = confirmedFor(setup.settings?.centreId);
  await store.vendors.enable({ vendor: 'onefile', by: 'test', confirmed, isSyncDue: false });

  const stop = new AbortController();
  const open = await virtual.runUntil(vendor.open(contextOf(vendor, ports, settings)));
  if (open === null) throw new Error('OneFile cannot be opened');
  const opened = Promise.withResolvers<Engine>();
  const flows = Promise.all([
    withEngine(open, ports, settings, stop.signal, async (engine, signal) => {
      opened.resolve(engine);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    }),
    runReconciler(ports, settings, stop.signal),
  ]).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  const engine = await virtual.runUntil(opened.promise);

  /** Resolves when the reconciler has applied everything that was published. */
  async function drained(): Promise<void> {
    const isLevel = (): boolean => topics.lagOf('reconciler', [...topicNames]) === 0;
    for (let looks = 0; !isLevel() && looks < 2_000; looks += 1) await clock.sleep(5);
  }
  const drain = async (): Promise<readonly string[]> => {
    const before = pics.written.length;
    await virtual.runUntil(Promise.race([drained(), flows.then(() => drained())]));
    return pics.written.slice(before).map((action) => JSON.stringify(action));
  };
  const look = (ident: string, demand: Demand = 'change', work: Partial<Work> = {}): Promise<Settled> =>
    virtual.runUntil(
      engine.submit({ ident, demand, priority: 'live', txIds: [], committedAtMs: null, ...work }),
    );
  let given = 0;
  const command = async (kind: string, { payload = {}, id, ...about }: About): Promise<CommandAnswer> => {
    given += 1;
    const handle = workCommands[kind];
    if (handle === undefined) throw new Error(`there is no command ${kind}`);
    const blank = { ident: null, officer: null, organisation: null, requestedBy: 'test', txId: null };
    const request = {
      ...blank,
      ...about,
      id: id ?? String(given),
      kind,
      vendor: 'onefile',
      status: 'new',
      payload,
    };
    const workplace = { ...ports, vendor: open, engine, liveLetters: ['L'], signal: stop.signal };
    const answer = await virtual.runUntil(handle(request, async () => {}, workplace));
    await drain();
    const { code, params } = answer;
    return {
      ...answer,
      message: code === null ? null : wholeMessage(code, { vendor: 'onefile', ...params }),
    };
  };
  /** A full pass, as the poller makes it, and what the reconciler does with it. */
  const pass = async (scope: PassScope = 'all'): Promise<PassSummary> => {
    const passes = store.polling.open({
      vendor: 'onefile',
      centre: open.centre,
      holder: 'test',
      leaseMs: 3_600_000,
    });
    const unasked = async () => null;
    const commands = { take: unasked, progress: () => {}, conclude: unasked, concludeInitial: unasked };
    const pollPorts = { ...ports, vendor: open, engine, passes, commands } as unknown as PollPorts;
    const lease = await passes.acquireLease();
    if (lease === null) throw new Error('somebody else polls');
    const reader = createSteadyReader(pollPorts);
    const interlude = async () => ({ pageCount: 0 });
    const end = await virtual.runUntil(
      runFullPass(pollPorts, lease, { scope, interlude, reader }, stop.signal),
    );
    await passes.releaseLease(lease);
    await drain();
    if (typeof end === 'string') throw new Error(end);
    return end;
  };
  const allCalls = () =>
    simulator
      .calls()
      .filter(({ route }) => route?.toLowerCase() !== 'authentication')
      .filter((call) => !isOfCentreReader(call));
  return {
    pics,
    store,
    ledger: store.ledger,
    reconciler: { drain, records },
    settings,
    engine,
    look,
    pass,
    /** What the first synchronisation would do. */
    readPlan: async () => {
      const switching = vendor.switching(contextOf(vendor, ports, settings));
      const plan = await virtual.runUntil(switching.readInitialPlan(open.centre));
      if ('kind' in plan) throw new Error(plan.kind);
      return plan.document;
    },
    command,
    simulator,
    logLines,
    nowMs: () => clock.nowMs(),
    /** For what runs while something else is waited for. */
    sleep: (ms: number) => clock.sleep(ms),
    passMs: (ms: number) => virtual.runUntil(clock.sleep(ms)),
    control: async (method: string, path: string, body?: Json) => control(simulator, method, path, body),
    /** Looks and applies until neither side has anything left to do. */
    settle: async (ident: string, demand: Demand = 'change'): Promise<Settled> => {
      const settled = await look(ident, demand);
      await drain();
      await look(ident);
      await drain();
      return settled;
    },
    learner: (ident: string): Learner => {
      const learner = pics.find(ident);
      if (learner === null) throw new Error(`no learner ${ident}`);
      return learner;
    },
    /** What OneFile was asked since the last time this was asked for: `POST User/Search/1/100 {…}`. */
    takeCalls: takeNew(() => allCalls().map(callLine)),
    /** The same without reads and searches. */
    takeWrites: takeNew(() => allCalls().map(callLine).filter(isWrite)),
    /** Every record of a kind at OneFile. */
    records: async (kind: string) =>
      control(simulator, 'GET', `/records/${kind}`) as unknown as Readonly<Record<string, Json>>[],
    load: async (more: Json) => control(simulator, 'POST', '/records', more),
    /** OneFile says this to the next calls that fit. */
    script: async (rule: Json) => control(simulator, 'POST', '/rules', rule),
    held: () => store.ledger.held.map(({ subject, code }) => `${subject} ${code}`),
    messages: () => store.ledger.held.map(heldMessage),
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('the world ends'));
      await virtual.runUntil(flows);
      await open.close();
    },
  };
}

export type OneFileWorld = Awaited<ReturnType<typeof openOneFileWorld>>;

/** As the held list shows it. */
function heldMessage({ vendor, code, params }: Pick<HeldItem, 'vendor' | 'code' | 'params'>): string {
  return wholeMessage(code, { vendor, ...params });
}

/** A line of `takeCalls` in its two parts. */
export function toSent(lines: readonly string[]) {
  return lines.map((line) => {
    const [call = '', body = '{}'] = line.split(/ (?=\{)/);
    return { call, body: JSON.parse(body) as Readonly<Record<string, Json>> };
  });
}

function takeNew(read: () => readonly string[]): () => Promise<readonly string[]> {
  let taken = 0;
  return async () => {
    const all = read();
    const fresh = all.slice(taken);
    taken = all.length;
    return fresh;
  };
}

type Call = { readonly method: string; readonly path: string; readonly body: string };

function callLine({ method, path, body }: Call): string {
  const short = path.replace(/^\/?(api\/v2\.1\/)?/i, '');
  return `${method} ${short}${body === '' ? '' : ` ${body}`}`;
}

function isWrite(line: string): boolean {
  return !line.startsWith('GET ') && !/^POST \w+\/Search\b/i.test(line);
}
