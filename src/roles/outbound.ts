import { untilAborted } from '../base/sleep.ts';
import { runTogether, superviseAll } from '../base/supervise.ts';
import type { HeldRow } from '../domain/held.ts';
import type { Due } from '../domain/ledger.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import { createHandleCanary } from '../engine/canary.ts';
import { createHandleChange } from '../engine/changes.ts';
import { defaultEngineOptions } from '../engine/desk.ts';
import { createEngine, type Engine } from '../engine/engine.ts';
import { createDispatch, handlerAtWork, workCommands } from '../requests/dispatch.ts';
import { skip } from '../requests/held.ts';
import { type Handler, readCommand, type Workplace } from '../requests/request.ts';
import { createRunHandlers } from '../requests/runs.ts';
import { createSwitchHandlers, handlerWhilePreparing, preparingCommands } from '../requests/switch.ts';
import type { OpenVendor, Vendor } from '../vendors/vendor.ts';
import { contextOf, type Role, type RolePorts, type RoleSettings } from './role.ts';
import { openVendorSwitch, type VendorSwitch, withVendor } from './vendor-switch.ts';

/**
 * Consumes changes of PICS and user commands, and brings each vendor to where its rules want it.
 *
 * The exchange and the commands of each vendor are parts of their own: one that fails is started again after a growing
 * delay, and the others go on. So a person can disable a vendor whose exchange cannot run.
 */
export const runOutbound: Role = async (ports, settings, signal) => {
  const { clock, log, meter } = ports;
  const engines = new Map<VendorName, Engine>();
  const parts = ports.vendors.map((vendor) => partsOf(vendor, { ports, settings, engines }));
  const canary: Part = (end) => consumeCanary({ ports, engines }, end);
  await superviseAll(
    { ...Object.fromEntries(parts.flatMap(Object.entries<Part>)), canary },
    {
      signal,
      log,
      sleep: (ms, end) => clock.sleep(ms, end),
      nowMs: () => clock.nowMs(),
      onRestart: (part) => meter.restarted(part),
    },
  );
};

type Part = (signal: AbortSignal) => Promise<void>;

/** What all parts of one process share. */
type Premises = {
  readonly ports: RolePorts;
  readonly settings: RoleSettings;
  /** Of the vendors at work now. */
  readonly engines: Map<VendorName, Engine>;
};

/** The canary has a group of its own: it is timed, and neither waits behind vendors nor keeps them waiting. */
async function consumeCanary(
  { ports, engines }: Pick<Premises, 'ports' | 'engines'>,
  signal: AbortSignal,
): Promise<void> {
  await ports.topics.consumeChanges(
    { group: 'canary', tables: ['canary'] },
    createHandleCanary({ ...ports, engines: () => engines, signal }),
    signal,
  );
}

function partsOf(vendor: Vendor, premises: Premises): Readonly<Record<string, Part>> {
  const { ports, settings } = premises;
  const vendorSwitch = openVendorSwitch<Workplace>(vendor, ports, settings);
  const exchange = withVendor(vendor, ports, settings, (open, enabled) =>
    runExchange(open, { ...premises, vendorSwitch }, enabled),
  );
  // Commands are answered also while the vendor is disabled: with a refusal, or by enabling it.
  const requests: Part = (end) => consumeRequests(vendor, { ...premises, vendorSwitch }, end);
  return {
    [`${vendor.name} exchange`]: vendorSwitch.whileEnabled(exchange),
    [`${vendor.name} commands`]: requests,
  };
}

type Surroundings = Premises & {
  readonly vendorSwitch: VendorSwitch<Workplace>;
};

/** What an enabled vendor is served by: until it is disabled, or its place in the ledger is lost. */
async function runExchange(
  vendor: OpenVendor,
  { ports, settings, engines, vendorSwitch }: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  const { pics, store, topics, clock } = ports;
  await withEngine(vendor, ports, settings, signal, async (engine, engineSignal) => {
    const { liveLetters } = settings.shared.pics;
    vendorSwitch.provide({ vendor, engine, pics, store, topics, clock, liveLetters, signal: engineSignal });
    engines.set(vendor.name, engine);
    try {
      await runTogether(
        [
          (end) => consumeChanges(vendor, engine, { ports, settings }, end),
          (end) => resumeOpenWork(vendor, engine, ports, end),
          (end) => lookWhenDue(vendor, engine, ports, end),
        ],
        engineSignal,
      );
    } finally {
      engines.delete(vendor.name);
      vendorSwitch.provide(null);
    }
  });
}

/**
 * Lends the delivery engine of one process for a vendor.
 *
 * A process that has lost its place in the ledger must not send: others take its open intents for unknown. So the
 * engine's signal ends with that place too, and the loss is thrown. For the same reason the place is given up only when
 * the last call has ended, those of commands included, and is recorded.
 */
export async function withEngine(
  vendor: OpenVendor,
  ports: RolePorts,
  settings: RoleSettings,
  signal: AbortSignal,
  use: (engine: Engine, engineSignal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { pics, store, topics, clock, meter, log } = ports;
  const { worker, lost, close } = await store.joinAsWorker();
  log.info('joined the ledger', { worker });
  try {
    const end = new AbortController();
    const engineSignal = AbortSignal.any([signal, lost, end.signal]);
    const options = {
      ...defaultEngineOptions,
      concurrency: settings.outbound.concurrency,
      retry: { ...defaultEngineOptions.retry, settleMs: vendor.settleMs },
    };
    meter.working(vendor.name);
    const engine = createEngine(
      {
        vendor,
        pics,
        topics,
        clock,
        meter,
        worker,
        ledger: store.ledger,
        links: store.links,
        postponed: store.postponed,
        vendors: store.vendors,
      },
      options,
      engineSignal,
    );
    try {
      await use(engine, engineSignal);
    } finally {
      end.abort(new Error('the work with this vendor has ended'));
      await engine.idle();
    }
    if (lost.aborted && !signal.aborted) throw lost.reason;
  } finally {
    await close().catch(() => undefined);
  }
}

async function consumeChanges(
  vendor: OpenVendor,
  engine: Engine,
  { ports, settings }: Pick<Surroundings, 'ports' | 'settings'>,
  signal: AbortSignal,
): Promise<void> {
  const { maxInWork, maxInWorkBytes, commitIntervalMs } = settings.outbound;
  const group = `${vendor.name}.outbound`;
  const onBuried = (): void => ports.meter.disposed(vendor.name, 'dead-letter');
  await ports.topics.consumeChanges(
    { group, tables: vendor.tables, maxInWork, maxInWorkBytes, commitIntervalMs, onBuried },
    createHandleChange({ ...ports, vendor, engine, oldAfterMs: settings.runs.oldAfterMs, signal }),
    signal,
  );
}

const pageSize = 500;
const changeWork = { demand: 'change', priority: 'live', txIds: [], committedAtMs: null } as const;

/**
 * Looks once, after a start, at every lane with an open intent or enrolment, and with a held item that the settings may
 * have ended: no other event may ever ask for them.
 *
 * What another process is sending at present is left to it.
 */
async function resumeOpenWork(
  vendor: OpenVendor,
  engine: Engine,
  { store }: RolePorts,
  signal: AbortSignal,
): Promise<void> {
  for (let afterIdent: string | null = null; ; ) {
    const page = { afterIdent, limit: pageSize };
    const idents: readonly string[] = await store.readUnsettledIdents(vendor.name, page);
    await Promise.all(idents.map((ident) => engine.submit({ ident, ...changeWork })));
    if (idents.length < pageSize) break;
    afterIdent = idents.at(-1) ?? null;
  }
  for (const code of vendor.endedBySettings) await lookAtHeld(vendor, engine, { store, code });
  await untilAborted(signal);
}

async function lookAtHeld(
  vendor: OpenVendor,
  engine: Engine,
  { store, code }: Pick<RolePorts, 'store'> & { readonly code: string },
): Promise<void> {
  for (let afterId: string | null = null; ; ) {
    const filter = { vendor: vendor.name, code, limit: pageSize, ...(afterId !== null && { afterId }) };
    const held: readonly HeldRow[] = await store.held.list(filter);
    const idents = new Set(held.map(({ ident }) => ident));
    await Promise.all([...idents].map((ident) => engine.submit({ ident, ...changeWork })));
    if (held.length < pageSize) return;
    afterId = held.at(-1)?.id ?? null;
  }
}

const dueEveryMs = 1_000;
const dueAtOnce = 100;
const dueAtMost = 1_000;

/**
 * Looks at learners when what was postponed for them is due. Several processes may do so: a second look finds nothing.
 *
 * A look that takes long keeps no other one waiting. It rejects when a look does.
 */
async function lookWhenDue(
  vendor: OpenVendor,
  engine: Engine,
  { store, clock }: RolePorts,
  signal: AbortSignal,
): Promise<void> {
  const underWay = new Set<string>();
  const failed = Promise.withResolvers<never>();
  const look = async (due: Due): Promise<void> => {
    underWay.add(due.ident);
    await engine.submit({ ...changeWork, ident: due.ident, txIds: due.txIds });
    await store.postponed.forgetDue(vendor.name, due);
    underWay.delete(due.ident);
  };
  const watch = async (): Promise<void> => {
    while (!signal.aborted) {
      const due = await store.postponed.readDue(vendor.name, dueAtOnce + underWay.size);
      const isFull = due.length === dueAtOnce + underWay.size;
      const fresh = due.filter(({ ident }) => !underWay.has(ident));
      for (const one of fresh) look(one).catch(failed.reject);
      if (!isFull || underWay.size >= dueAtMost) await clock.sleep(dueEveryMs, signal);
    }
  };
  await Promise.race([watch(), failed.promise]);
}

/** How long a command waits until this process works for the vendor, or has ended to, milliseconds. */
const settleWithinMs = 15_000;
const onItsWayOutMs = 100;

/** Runs user commands of a vendor. They have a group of their own, so that a person never waits behind bulk changes. */
async function consumeRequests(
  vendor: Vendor,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  const { ports, vendorSwitch } = surroundings;
  const dispatch = createDispatch({
    ...ports,
    vendor,
    handlers: handlersOf(vendor, surroundings, signal),
    isEnabled: vendorSwitch.isEnabled,
    signal,
  });
  await ports.topics.consumeChanges(
    { group: `${vendor.name}.command`, tables: ['request'] },
    async (decoded) => {
      const request = await readCommand(decoded, ports.pics);
      if (request !== null) await dispatch(request);
    },
    signal,
  );
}

/** Every command by name. */
function handlersOf(
  vendor: Vendor,
  { ports, settings, vendorSwitch }: Surroundings,
  signal: AbortSignal,
): Readonly<Record<string, Handler>> {
  const { clock } = ports;
  const ready = async (): Promise<Workplace | null> => {
    for (;;) {
      const workplace = await vendorSwitch.ready(signal);
      // A process that stops is not a vendor that is disabled: the next process takes the command up.
      if (workplace === null) signal.throwIfAborted();
      if (workplace?.signal.aborted !== true) return workplace;
      await clock.sleep(onItsWayOutMs, signal);
    }
  };
  const within = async (wait: (end: AbortSignal) => Promise<unknown>): Promise<void> => {
    const late = new AbortController();
    const waiting = wait(AbortSignal.any([signal, late.signal]));
    await Promise.race([waiting, clock.sleep(settleWithinMs, signal)]);
    late.abort();
    await waiting;
  };
  const context = contextOf(vendor, ports, settings);
  const switching = vendor.switching(context);
  const { isEnabled } = vendorSwitch;
  const { liveLetters } = settings.shared.pics;
  const open = () => vendor.open(context);
  const preparing = { ...ports, vendor, switching, isEnabled, open, liveLetters, signal };
  return {
    ...Object.fromEntries(
      Object.entries(workCommands).map(([name, command]) => {
        const atWork = handlerAtWork(command, ready);
        const isPreparing = preparingCommands.includes(name);
        return [name, isPreparing ? handlerWhilePreparing(command, atWork, preparing) : atWork];
      }),
    ),
    skip: { handle: (request) => skip(request, { ...ports, vendor: vendor.name }), runsDisabled: true },
    ...createRunHandlers({ ...ports, vendor }),
    ...createSwitchHandlers({
      ...ports,
      vendor,
      switching,
      isEnabled,
      untilAtWork: () => within((end) => vendorSwitch.ready(end)),
      untilEnded: () => within((end) => vendorSwitch.untilEnded(end)),
      signal,
    }),
  };
}
