import { createLog } from '../../../src/base/log.ts';
import { createMetrics, type Metrics } from '../../../src/base/metrics.ts';
import { superviseAll } from '../../../src/base/supervise.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Learner } from '../../../src/domain/learner.ts';
import type { NewRequest, RequestRow } from '../../../src/domain/request.ts';
import type { Tracer } from '../../../src/domain/trace.ts';
import type { VendorName } from '../../../src/domain/vendor-name.ts';
import { createMeter } from '../../../src/ops/meter.ts';
import { runOutbound } from '../../../src/roles/outbound.ts';
import { runPoller } from '../../../src/roles/poller.ts';
import { runReconciler } from '../../../src/roles/reconciler.ts';
import type { Role } from '../../../src/roles/role.ts';
import { createRestartCount } from '../../../src/roles/run.ts';
import type { SharedSettings } from '../../../src/vendors/vendor.ts';
import { createVirtualClock } from '../../memory/clock.ts';
import { createMemoryPorts } from '../../memory/ports.ts';
import { memoryRoleSettings } from '../../memory/settings.ts';
import { settle } from '../../memory/settle.ts';
import { enableVendor, lookBehind, type OpenWorldVendor } from './side.ts';
import type { WorldPics } from './world.ts';

type RunningSetup = WorldPics & {
  readonly shared?: Partial<SharedSettings>;
  /** Vendors that a person has enabled before; the others are not. Left out: all. */
  readonly enabled?: readonly VendorName[];
  /** Where the product's meter counts. */
  readonly metrics?: Metrics;
  readonly tracer?: Tracer;
};

/** What a command is about. */
type About = Partial<Omit<NewRequest, 'payload'>> & { readonly payload?: JsonObject };

/**
 * PICS and its vendors as they run in the product: the roles, supervised, with commands as rows of PICS, on memory ports
 * and a clock that jumps. For what vendors do beside each other; what a rule means is shown in `openWorld`.
 */
export async function openRunningWorld(vendors: readonly OpenWorldVendor[], setup: RunningSetup) {
  const { clock, virtual } = createVirtualClock();
  const known = vendors.map((open) => open(clock));
  const logLines: string[] = [];
  const log = createLog({ level: 'info', write: (line) => logLines.push(line), isPretty: false });
  const { metrics = createMetrics() } = setup;
  const ports = createMemoryPorts({
    clock,
    vendors: known.map(({ vendor }) => vendor),
    learners: setup.learners,
    log,
    meter: createMeter(metrics, log),
    ...(setup.tracer !== undefined && { tracer: setup.tracer }),
  });
  const { pics, store } = ports;
  for (const officer of setup.officers ?? []) pics.putOfficer(officer);
  for (const organisation of setup.organisations ?? []) pics.putOrganisation(organisation);
  const settings = memoryRoleSettings(
    Object.fromEntries(known.map(({ vendor, configured }) => [vendor.configName, configured])),
    setup.shared,
  );
  for (const one of known)
    if (setup.enabled?.includes(one.vendor.name) ?? true)
      await enableVendor(one, { ports, settings, virtual });
  const behind = new Map(known.map((one) => [one.vendor.name, lookBehind(one)]));
  const restarts: string[] = [];
  const countRestart = createRestartCount(metrics);
  const stop = new AbortController();
  const flow = (role: Role) => (signal: AbortSignal) => role(ports, settings, signal);
  const flows = superviseAll(
    { outbound: flow(runOutbound), poller: flow(runPoller), reconciler: flow(runReconciler) },
    {
      signal: stop.signal,
      log: ports.log,
      sleep: (ms, signal) => clock.sleep(ms, signal),
      nowMs: clock.nowMs,
      onRestart: (role) => {
        restarts.push(role);
        countRestart(role);
      },
    },
  ).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  const settled = (): Promise<void> => virtual.runUntil(Promise.race([settle(ports), flows]));
  let requestCount = 0;
  const give = (vendor: VendorName, kind: string, about: About = {}): string => {
    requestCount += 1;
    const id = String(requestCount);
    pics.insertRequest({ id, kind, vendor, requestedBy: 'test', ...about });
    return id;
  };
  const rowOf = async (id: string): Promise<RequestRow> => {
    const row = await pics.readRequest(id);
    if (row === null) throw new Error(`the command ${id} has no row`);
    return row;
  };
  return {
    pics,
    store,
    nowMs: clock.nowMs,
    meter: ports.meter,
    logLines,
    /** Roles that ended by a fault and were started again. */
    restarts,
    settled,
    passMs: (ms: number): Promise<void> => virtual.runUntil(Promise.race([clock.sleep(ms), flows])),
    /** What is behind a vendor: its door, and what it was asked. */
    at: (name: VendorName): ReturnType<typeof lookBehind> => {
      const side = behind.get(name);
      if (side === undefined) throw new Error(`this world has no ${name}`);
      return side;
    },
    learner: (ident: string): Learner => {
      const learner = pics.find(ident);
      if (learner === null) throw new Error(`no learner ${ident}`);
      return learner;
    },
    edit: (ident: string, set: Partial<Learner>): Promise<void> =>
      pics.edit(ident, (learner) => ({ ...learner, ...set })),
    /** A person gives a command. Gives its id. */
    give,
    rowOf,
    /** The same, and its row once everything has settled: not while a vendor is away. */
    command: async (vendor: VendorName, kind: string, about: About = {}): Promise<RequestRow> => {
      const id = give(vendor, kind, about);
      await settled();
      return rowOf(id);
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      stop.abort(new Error('the world ends'));
      await virtual.runUntil(flows);
    },
  };
}
