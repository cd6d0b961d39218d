import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { PassScope, PassSummary } from '../../../src/domain/polling.ts';
import type { Clock } from '../../../src/domain/ports.ts';
import type { Answer } from '../../../src/domain/request.ts';
import type { Demand } from '../../../src/domain/view.ts';
import type { Settled, Work } from '../../../src/domain/work.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { runFullPass } from '../../../src/polling/full-pass.ts';
import type { PollPorts } from '../../../src/polling/page.ts';
import { createSteadyReader } from '../../../src/polling/read-steadily.ts';
import { workCommands } from '../../../src/requests/dispatch.ts';
import { withEngine } from '../../../src/roles/outbound.ts';
import { contextOf, type RoleSettings } from '../../../src/roles/role.ts';
import type { ConfiguredVendor, OpenVendor, Vendor } from '../../../src/vendors/vendor.ts';
import type { MemoryPorts } from '../../memory/ports.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { wholeMessage } from './whole-message.ts';

/** A vendor as a world takes it: the product's vendor object over a simulator, and how a test looks behind it. */
export type WorldVendor = {
  readonly vendor: Vendor;
  readonly configured: ConfiguredVendor;
  /** What a person has confirmed who enabled it; null: it is asked what there is to confirm, and all of it is. */
  readonly confirmed: JsonObject | null;
  /** The control door of its simulator; throws when it refuses. */
  readonly control: (method: string, path: string, body?: Json) => Json;
  /** What it was asked, one line a call, as rules ask: without sign-in, and without what is read beside every look. */
  readonly callLines: () => readonly string[];
  readonly isWrite: (callLine: string) => boolean;
};

/** Makes the vendor of a world on the world's clock. */
export type OpenWorldVendor = (clock: Clock) => WorldVendor;

export type CommandAnswer = Answer & { readonly message: string | null };

/** What a command is about. */
type About = {
  readonly ident?: string;
  readonly officer?: string;
  readonly organisation?: string;
  readonly payload?: JsonObject;
  readonly id?: string;
};

type Surroundings = {
  readonly ports: MemoryPorts;
  readonly settings: RoleSettings;
  readonly virtual: VirtualClock;
  /** Applies what was published. */
  readonly drain: () => Promise<readonly string[]>;
  readonly signal: AbortSignal;
};

/** Enables a vendor as a person does who confirms every warning. Nothing is due afterwards. */
export async function enableVendor(
  { vendor, confirmed }: Pick<WorldVendor, 'vendor' | 'confirmed'>,
  { ports, settings, virtual }: Pick<Surroundings, 'ports' | 'settings' | 'virtual'>,
): Promise<void> {
  const ask = async (): Promise<JsonObject> => {
    const switching = vendor.switching(contextOf(vendor, ports, settings));
    const check = await switching.check({ forEnabling: true });
    if (check.kind !== 'connected') throw new Error(`${vendor.title} cannot be enabled: ${check.kind}`);
    const first = await switching.prepare(check, []);
    if (!('open' in first)) throw new Error(`${vendor.title} cannot be enabled: ${first.kind}`);
    const prepared = await switching.prepare(
      check,
      first.open.map(({ id }) => id),
    );
    if (!('confirmed' in prepared)) throw new Error(`${vendor.title} cannot be enabled: ${prepared.kind}`);
    return prepared.confirmed;
  };
  await ports.store.vendors.enable({
    vendor: vendor.name,
    by: 'test',
    confirmed: confirmed ?? (await virtual.runUntil(ask())),
    isSyncDue: false,
  });
}

/**
 * One vendor of a world: its engine, its commands and its full pass, made when the test says so, and what its
 * simulator was asked.
 */
export async function openSide(known: WorldVendor, surroundings: Surroundings) {
  const { vendor } = known;
  const { ports, settings, virtual, drain, signal } = surroundings;
  const open = await virtual.runUntil(vendor.open(contextOf(vendor, ports, settings)));
  if (open === null) throw new Error(`${vendor.title} cannot be opened`);
  const opened = Promise.withResolvers<Engine>();
  const flow = withEngine(open, ports, settings, signal, async (engine, end) => {
    opened.resolve(engine);
    await new Promise((resolve) => end.addEventListener('abort', resolve, { once: true }));
  });
  const engine = await virtual.runUntil(Promise.race([opened.promise, flow.then(() => opened.promise)]));

  const look = (ident: string, demand: Demand = 'change', work: Partial<Work> = {}): Promise<Settled> =>
    virtual.runUntil(
      engine.submit({ ident, demand, priority: 'live', txIds: [], committedAtMs: null, ...work }),
    );
  let givenCount = 0;
  /** A command as its row in PICS gives it; what was published meanwhile is applied. */
  const command = async (kind: string, { payload = {}, id, ...about }: About): Promise<CommandAnswer> => {
    givenCount += 1;
    const handle = workCommands[kind];
    if (handle === undefined) throw new Error(`there is no command ${kind}`);
    const blank = { ident: null, officer: null, organisation: null, requestedBy: 'test', txId: null };
    const request = {
      ...blank,
      ...about,
      id: id ?? String(givenCount),
      kind,
      vendor: vendor.name,
      status: 'new',
      payload,
    };
    const workplace = { ...ports, vendor: open, engine, liveLetters: ['L'], signal };
    const answer = await virtual.runUntil(handle(request, async () => {}, workplace));
    await drain();
    const { code, params } = answer;
    return {
      ...answer,
      message: code === null ? null : wholeMessage(code, { vendor: vendor.name, ...params }),
    };
  };
  /** A full pass, as the poller makes it, and what the reconciler does with it. */
  const pass = async (scope: PassScope = 'all'): Promise<PassSummary> => {
    const end = await virtual.runUntil(makePass(open, engine, surroundings, scope));
    await drain();
    return end;
  };
  return {
    vendor: open,
    engine,
    look,
    command,
    pass,
    /** What the first synchronisation would do. */
    readPlan: async () => {
      const switching = vendor.switching(contextOf(vendor, ports, settings));
      const plan = await virtual.runUntil(switching.readInitialPlan(open.centre));
      if ('kind' in plan) throw new Error(plan.kind);
      return plan.document;
    },
    /** Looks and applies until neither side has anything left to do. */
    settle: async (ident: string, demand: Demand = 'change'): Promise<Settled> => {
      const settled = await look(ident, demand);
      await drain();
      await look(ident);
      await drain();
      return settled;
    },
    ...lookBehind(known),
    /** Resolves when its engine has ended; then the connection is closed. */
    ended: async (): Promise<void> => {
      await flow.catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      await open.close();
    },
  };
}

/** What a test sees and does behind a vendor. */
export function lookBehind(known: WorldVendor) {
  return {
    control: async (method: string, path: string, body?: Json) => known.control(method, path, body),
    /** What it was asked since the last time this was asked for. */
    takeCalls: takeNew(known.callLines),
    /** The same without reads and searches. */
    takeWrites: takeNew(() => known.callLines().filter(known.isWrite)),
    /** Every record of a kind in its simulator. */
    records: async (kind: string) =>
      known.control('GET', `/records/${kind}`) as unknown as Readonly<Record<string, Json>>[],
    load: async (more: Json) => known.control('POST', '/records', more),
    /** It says this to the next calls that fit. */
    script: async (rule: Json) => known.control('POST', '/rules', rule),
  };
}

async function makePass(
  vendor: OpenVendor,
  engine: Engine,
  { ports, signal }: Surroundings,
  scope: PassScope,
): Promise<PassSummary> {
  const passes = ports.store.polling.open({
    vendor: vendor.name,
    centre: vendor.centre,
    holder: 'test',
    leaseMs: 3_600_000,
  });
  const unasked = async () => null;
  const commands = { take: unasked, progress: () => {}, conclude: unasked, concludeInitial: unasked };
  const pollPorts = { ...ports, vendor, engine, passes, commands } as unknown as PollPorts;
  const lease = await passes.acquireLease();
  if (lease === null) throw new Error('somebody else polls');
  const reader = createSteadyReader(pollPorts);
  const interlude = async () => ({ pageCount: 0 });
  const end = await runFullPass(pollPorts, lease, { scope, interlude, reader }, signal);
  await passes.releaseLease(lease);
  if (typeof end === 'string') throw new Error(end);
  return end;
}

/** What has come since the last time; what was there at first is left out. */
function takeNew(read: () => readonly string[]): () => Promise<readonly string[]> {
  let takenCount = read().length;
  return async () => {
    const all = read();
    const fresh = all.slice(takenCount);
    takenCount = all.length;
    return fresh;
  };
}
