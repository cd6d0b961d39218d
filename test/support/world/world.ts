import { createLog } from '../../../src/base/log.ts';
import type { Learner } from '../../../src/domain/learner.ts';
import type { HeldItem } from '../../../src/domain/ledger.ts';
import type { Organisation, Owner } from '../../../src/domain/owner.ts';
import type { ReconcileItem } from '../../../src/domain/rows.ts';
import type { VendorName } from '../../../src/domain/vendor-name.ts';
import { reconcilerGroupOf, runReconciler } from '../../../src/roles/reconciler.ts';
import type { SharedSettings } from '../../../src/vendors/vendor.ts';
import { createVirtualClock } from '../../memory/clock.ts';
import { createMemoryPorts } from '../../memory/ports.ts';
import { memoryRoleSettings } from '../../memory/settings.ts';
import { enableVendor, type OpenWorldVendor, openSide } from './side.ts';
import { wholeMessage } from './whole-message.ts';

/** What PICS holds at first. */
export type WorldPics = {
  readonly learners: readonly Learner[];
  readonly officers?: readonly (Partial<Extract<Owner, { kind: 'officer' }>> & { readonly code: string })[];
  readonly organisations?: readonly (Partial<Organisation> & { readonly code: string })[];
};

/** What outlives a world. */
type WorldBase = {
  readonly time: ReturnType<typeof createVirtualClock>;
  readonly ports: ReturnType<typeof createMemoryPorts>;
};

/**
 * PICS and one or more vendors with everything between them in one process: the product's vendor objects, engines,
 * commands and reconciler role on memory ports; the simulators speak in process, on a clock that jumps.
 *
 * For what a rule means from end to end. Looks and commands are made by the test, with the side they are for; the
 * reconciler role runs beside it. `shared`: settings outside the vendors' sections. `former`: a world that has ended,
 * whose PICS, sync database and topics this one goes on with, as after a restart with other settings.
 */
export async function openWorld(
  vendors: readonly OpenWorldVendor[],
  { learners, officers = [], organisations = [] }: WorldPics,
  shared: Partial<SharedSettings> = {},
  former: WorldBase | null = null,
) {
  const { clock, virtual } = former?.time ?? createVirtualClock();
  const known = vendors.map((open) => open(clock));
  const logLines: string[] = [];
  const ports =
    former?.ports ??
    createMemoryPorts({
      clock,
      vendors: known.map(({ vendor }) => vendor),
      learners,
      log: createLog({ level: 'debug', write: (line) => logLines.push(line), isPretty: false }),
    });
  const { pics, store, topics } = ports;
  for (const officer of officers) pics.putOfficer(officer);
  for (const organisation of organisations) pics.putOrganisation(organisation);
  const records: ReconcileItem[] = [];
  const topicNames = new Set<string>();
  topics.onPublish = (topic, value) => {
    if (topic.startsWith('changes ')) return;
    topicNames.add(topic);
    records.push(value as ReconcileItem);
  };
  const settings = memoryRoleSettings(
    Object.fromEntries(known.map(({ vendor, configured }) => [vendor.configName, configured])),
    shared,
  );
  for (const one of known) await enableVendor(one, { ports, settings, virtual });

  const stop = new AbortController();
  const reconciler = runReconciler(ports, settings, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  /** Each vendor's group takes its own topics, and that of links, which is everybody's. */
  const lagOf = (vendor: (typeof ports.vendors)[number]): number =>
    topics.lagOf(
      reconcilerGroupOf(vendor, ports.vendors),
      [...topicNames].filter((topic) => topic === 'link' || topic.startsWith(`${vendor.name}.`)),
    );
  /** Resolves when the reconciler has applied everything that was published. */
  async function drained(): Promise<void> {
    const isLevel = (): boolean => ports.vendors.every((vendor) => lagOf(vendor) === 0);
    for (let looks = 0; !isLevel() && looks < 2_000; looks += 1) await clock.sleep(5);
  }
  const drain = async (): Promise<readonly string[]> => {
    const before = pics.written.length;
    await virtual.runUntil(Promise.race([drained(), reconciler.then(() => drained())]));
    return pics.written.slice(before).map((action) => JSON.stringify(action));
  };

  const surroundings = { ports, settings, virtual, drain, signal: stop.signal };
  const sides: Awaited<ReturnType<typeof openSide>>[] = [];
  for (const one of known) sides.push(await openSide(one, surroundings));
  return {
    base: { time: { clock, virtual }, ports },
    pics,
    store,
    ledger: store.ledger,
    reconciler: { drain, records },
    settings,
    logLines,
    /** The side of a vendor of this world. */
    at: (name: VendorName): (typeof sides)[number] => {
      const side = sides.find(({ vendor }) => vendor.name === name);
      if (side === undefined) throw new Error(`this world has no ${name}`);
      return side;
    },
    nowMs: () => clock.nowMs(),
    /** For what runs while something else is waited for. */
    sleep: (ms: number) => clock.sleep(ms),
    passMs: (ms: number) => virtual.runUntil(clock.sleep(ms)),
    learner: (ident: string): Learner => {
      const learner = pics.find(ident);
      if (learner === null) throw new Error(`no learner ${ident}`);
      return learner;
    },
    held: () => store.ledger.held.map(({ subject, code }) => `${subject} ${code}`),
    messages: () => store.ledger.held.map(heldMessage),
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('the world ends'));
      await virtual.runUntil(reconciler);
      for (const side of sides) await virtual.runUntil(side.ended());
    },
  };
}

/** As the held list shows it. */
function heldMessage({ vendor, code, params }: Pick<HeldItem, 'vendor' | 'code' | 'params'>): string {
  return wholeMessage(code, { vendor, ...params });
}
