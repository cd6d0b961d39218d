import type { Learner } from '../../src/domain/learner.ts';
import type { HeldItem } from '../../src/domain/ledger.ts';
import type { Observation, Shadow } from '../../src/domain/observation.ts';
import type { ReconcileItem } from '../../src/domain/rows.ts';
import { createHandleChange } from '../../src/engine/changes.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { takePage } from '../../src/polling/page.ts';
import { withEngine } from '../../src/roles/outbound.ts';
import { runReconciler } from '../../src/roles/reconciler.ts';
import { contextOf } from '../../src/roles/role.ts';
import type { OneFileSettings } from '../../src/vendors/onefile/rules/settings.ts';
import type { OpenVendor } from '../../src/vendors/vendor.ts';
import { createVirtualClock } from '../memory/clock.ts';
import { control } from '../memory/door.ts';
import { confirmedFor, createMemoryOneFile, oneFileRoleSettings } from '../memory/onefile.ts';
import { Killed } from '../memory/pics.ts';
import { createMemoryPorts } from '../memory/ports.ts';
import { buildLearner, buildQualification } from '../support/learner.ts';
import { isOfCentreReader, smallCentre, toShort } from '../support/onefile-client.ts';
import { decodeEvent, type RowChange, type TourTable } from './pics-events.ts';

/** Imogen Tarrant, learner 10001: two qualifications, a Main Officer, and her OneFile id typed into PICS. */
export const imogen: Learner = buildLearner({
  ident: '10001',
  firstName: 'Imogen',
  surname: 'Tarrant',
  oneFileId: '400061',
  mainOfficer: 'ABR001',
  officers: [
    { code: 'ABR001', firstName: 'Ada', surname: 'Brook', email: null, externalId: null, isDormant: false },
  ],
  qualifications: [
    buildQualification({ reference: '603/1122/3' }),
    buildQualification({ reference: '196AS', registrationNumber: 'RG-1' }),
  ],
});

/** The product's engine in a process of its own: it ends when it is killed, or loses its place in the ledger. */
type Process = { readonly engine: Engine; readonly ended: Promise<void> };

/**
 * The whole of pics-sync in one process: the product's vendor, engine and reconciler role on memory ports, and a
 * OneFile simulator that answers in process.
 *
 * Nothing is sent before the test says so. Time jumps to the next moment at which something waits to happen.
 */
export async function installTour(learner: Learner = imogen, wanted: Partial<OneFileSettings> = {}) {
  const { clock, virtual } = createVirtualClock();
  const { vendor, simulator } = createMemoryOneFile({ clock, records: smallCentre });
  const ports = createMemoryPorts({ clock, vendors: [vendor], learners: [learner] });
  const { pics, store, topics, meter } = ports;
  for (const { code, externalId } of learner.officers) pics.setOfficer(code, externalId);
  const published: ReconcileItem[] = [];
  const topicNames = new Set<string>();
  topics.onPublish = (topic, value) => {
    if (topic.startsWith('changes ')) return;
    topicNames.add(topic);
    published.push(value as ReconcileItem);
  };
  const settings = oneFileRoleSettings(wanted);
  await store.vendors.enable({ vendor: 'onefile', by: 'test', confirmed: confirmedFor(), isSyncDue: false });
  const opened = await virtual.runUntil(vendor.open(contextOf(vendor, ports, settings)));
  if (opened === null) throw new Error('OneFile cannot be opened');

  const stop = new AbortController();
  const reconciler = runReconciler(ports, settings, stop.signal);
  const hooks: { dieAfter: string | null } = { dieAfter: null };
  const open: OpenVendor = {
    ...opened,
    execute: async (call, context) => {
      const result = await opened.execute(call, context);
      if (hooks.dieAfter !== call.name) return result;
      hooks.dieAfter = null;
      store.lose();
      throw new Killed();
    },
  };

  const start = async (): Promise<Process> => {
    const started = Promise.withResolvers<Engine>();
    const ended = withEngine(open, ports, settings, stop.signal, async (engine, signal) => {
      started.resolve(engine);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    }).catch(() => {});
    return { engine: await virtual.runUntil(started.promise), ended };
  };
  let running = await start();

  const receive = async (table: TourTable, event: RowChange): Promise<void> => {
    const decoded = await decodeEvent(table, event);
    if (decoded.kind === 'malformed') throw new Error(`the event cannot be read: ${decoded.reason}`);
    const handle = createHandleChange({
      ...ports,
      vendor: open,
      engine: running.engine,
      oldAfterMs: settings.runs.oldAfterMs,
      signal: stop.signal,
    });
    await virtual.runUntil(Promise.resolve(handle(decoded)));
  };
  const readLane = () => {
    const key = { vendor: 'onefile', centre: '301', ident: learner.ident } as const;
    return store.ledger.readLane({ ...key, officers: [], organisations: [], learnerVendorIds: [] });
  };
  const untilLevel = async (): Promise<void> => {
    while (topics.lagOf('reconciler', [...topicNames]) > 0) await clock.sleep(5);
  };
  let callCount = 0;

  return {
    pics,
    hooks,
    ledger: store.ledger,
    /** What became of each change: `settled`, `held`, or the name of a rule. */
    dispositions: meter.dispositions,
    oneFile: {
      control: async (method: string, path: string, body?: Parameters<typeof control>[3]) =>
        control(simulator, method, path, body),
      calls: () => simulator.calls(),
    },
    learner: () => pics.find(learner.ident) as Learner,
    /** What waits for a person. */
    held: async (): Promise<readonly HeldItem[]> => (await readLane()).held,
    /** What OneFile last showed or acknowledged of a record. */
    shadow: async (id: string): Promise<Shadow | undefined> =>
      (await readLane()).shadows.find(({ vendorId }) => vendorId === id),
    /** A person changes something in PICS: the row is different from now on, and its event goes to outbound. */
    edit: async (change: (known: Learner) => Learner, table: TourTable, event: RowChange): Promise<void> => {
      await pics.edit(learner.ident, change);
      await receive(table, event);
    },
    /** An event by itself: repeated, or of a row that says nothing new. */
    receive,
    refresh: () =>
      virtual.runUntil(
        running.engine.submit({
          ident: learner.ident,
          demand: 'refresh',
          priority: 'command',
          txIds: [],
          committedAtMs: null,
        }),
      ),
    /** One look of the poller at what may have changed, published where it differs from the shadow. */
    poll: async (name: 'reviews' | 'aims'): Promise<readonly Observation[]> => {
      const resource = open.polling.plans.find(({ resource: one }) => one.name === name)?.resource;
      if (resource === undefined) throw new Error(`nothing is polled as ${name}`);
      const learnerVendorId = name === 'aims' ? learner.oneFileId : null;
      const request = { resource, cursor: null, learnerVendorId, extent: 'recent', cause: 'poll' } as const;
      const page = await virtual.runUntil(open.readPage(request));
      if (page.kind !== 'page') throw new Error(`OneFile did not show its ${name}: ${page.kind}`);
      const passes = store.polling.open({
        vendor: 'onefile',
        centre: '301',
        holder: 'tour',
        leaseMs: 60_000,
      });
      const lease = await passes.acquireLease();
      if (lease === null) throw new Error('another poller holds the lease');
      const taken = await takePage(
        { ...ports, vendor: open, passes },
        {
          entity: resource.entity,
          observations: page.observations,
          epoch: lease.epoch,
          publishAllOf: null,
          progress: null,
        },
      );
      await passes.releaseLease(lease);
      return taken.kind === 'taken' ? taken.published : [];
    },
    /** The reconciler takes everything that waits for it. */
    reconcile: () => virtual.runUntil(untilLevel()),
    /** What was published for the reconciler since this was asked last. */
    takePublished: (): readonly ReconcileItem[] => published.splice(0),
    /** The process has died and another one takes its place. */
    startAgain: async (): Promise<void> => {
      await virtual.runUntil(running.ended);
      running = await start();
    },
    /** Does something when so much time has passed. */
    after: (ms: number, act: () => void): void => {
      void clock.sleep(ms).then(act);
    },
    /** Calls since this was asked last, without signing in and without the list of assessors. */
    calls: async (): Promise<string[]> => {
      const all = simulator.calls();
      const since = all.slice(callCount);
      callCount = all.length;
      return toShort(since.filter((call) => !isOfCentreReader(call)));
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('the tour ends'));
      await virtual.runUntil(Promise.allSettled([running.ended, reconciler]));
      await opened.close();
    },
  };
}

export type Tour = Awaited<ReturnType<typeof installTour>>;

/** A tour whose learner was exchanged once: everything is linked and level, and the story can begin. */
export async function installLevel(
  learner: Learner = imogen,
  wanted: Partial<OneFileSettings> = {},
): Promise<Tour> {
  const tour = await installTour(learner, wanted);
  await tour.refresh();
  await tour.reconcile();
  await tour.refresh();
  await tour.reconcile();
  await tour.calls();
  tour.takePublished();
  return tour;
}
