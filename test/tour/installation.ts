import { digestOf } from '../../src/domain/digest.ts';
import type { Learner } from '../../src/domain/learner.ts';
import type { HeldItem, Ledger } from '../../src/domain/ledger.ts';
import type { Observation, Shadow } from '../../src/domain/observation.ts';
import type { PollStore } from '../../src/domain/polling.ts';
import type { ReconcileItem } from '../../src/domain/rows.ts';
import { createHandleChange } from '../../src/engine/changes.ts';
import { defaultEngineOptions, type OutboundEffects } from '../../src/engine/effects.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { takePage } from '../../src/polling/page.ts';
import { createReconcile } from '../../src/reconciling/reconcile.ts';
import { hashRecord } from '../../src/domain/digest.ts';
import { oneFile as vendor } from '../../src/vendors/onefile/onefile.ts';
import type { SyncSide } from '../../src/vendors/onefile/rules/reconcile.ts';
import type { OneFileCentre, OneFileSettings } from '../../src/vendors/onefile/rules/settings.ts';
import { buildLearner, buildQualification } from '../support/learner.ts';
import { MemoryLedger } from '../support/memory-ledger.ts';
import { Killed, MemoryPics } from '../memory/pics.ts';
import { setupOneFile, toShort } from '../support/onefile-client.ts';
import { defaultSettings } from '../support/onefile-rules.ts';
import { createTourDecode, type RowChange, type TourTable, toRecord } from './pics-events.ts';
import {
  createPollStore,
  markCopied,
  readCentre,
  readFacts,
  readLane,
  toLinkItem,
  toOfficer,
} from './sync-side.ts';

/** Imogen Tarrant, learner 10001: two qualifications, a Main Officer, and her OneFile id typed into PICS. */
export const imogen: Learner = buildLearner({
  ident: '10001',
  firstName: 'Imogen',
  surname: 'Tarrant',
  oneFileId: '400061',
  mainOfficer: 'ABR001',
  officers: [{ code: 'ABR001', firstName: 'Ada', surname: 'Brook', email: null, externalId: null }],
  qualifications: [
    buildQualification({ reference: '603/1122/3' }),
    buildQualification({ reference: '196AS', registrationNumber: 'RG-1' }),
  ],
});

/**
 * The whole of pics-sync in one process: the real flows and rules, the real client, a OneFile simulator that speaks.
 *
 * PICS, ledger and topics are in memory, and nothing happens before the test says so. Time jumps where somebody sleeps.
 */
export async function installTour(learner: Learner = imogen, settings: Partial<OneFileSettings> = {}) {
  const oneFile = await setupOneFile();
  const pics = new MemoryPics([learner]);
  for (const { code, externalId } of learner.officers) pics.setOfficer(code, externalId);
  const living = new Set<number>();
  const ledger = new MemoryLedger({ isWorkerAlive: (worker) => living.has(worker), nowMs: oneFile.now });
  const topic: ReconcileItem[] = [];
  const dispositions: string[] = [];
  const hooks: { dieAfter: string | null; onSleep: () => Promise<void> } = {
    dieAfter: null,
    onSleep: async () => {},
  };
  const centre = await readCentre(oneFile);
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    oneFile.passMs(ms);
    await hooks.onSleep();
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  };
  let mark = 0;

  const startWorker = (worker: number): Engine & { readonly kill: () => void } => {
    const life = new AbortController();
    living.add(worker);
    const effects: OutboundEffects<OneFileSettings, OneFileCentre> = {
      vendor: {
        name: 'onefile',
        centre: '301',
        settings: { ...defaultSettings, ...settings },
        readCentre: async () => centre,
        toVendorIds: vendor.rules.toVendorIds,
        evaluate: vendor.rules.evaluate,
        evaluateOwner: vendor.rules.evaluateOwner,
        execute: async (call, context) => {
          const result = await oneFile.client.execute(call, context);
          if (hooks.dieAfter !== call.name) return result;
          hooks.dieAfter = null;
          living.delete(worker);
          throw new Killed();
        },
        resolve: oneFile.client.resolve,
      },
      ledger: ledger satisfies Ledger,
      worker,
      readOwner: async () => null,
      readLearner: async ({ ident }) => {
        oneFile.passMs(1);
        return pics.learners.get(ident) ?? null;
      },
      reserveCall: async () => ({ waitedMs: 0 }),
      publishObservations: publish,
      publishLinks: async (links) => void topic.push(...links.map(toLinkItem)),
      digest: digestOf,
      nowMs: oneFile.now,
      sleep,
      chance: () => 0.5,
      meter: { called: () => {}, delivered: () => {}, noted: () => {}, paused: () => {} },
    };
    const options = {
      ...defaultEngineOptions,
      retry: { ...defaultEngineOptions.retry, settleMs: vendor.settleMs },
    };
    return { ...createEngine(effects, options, life.signal), kill: () => life.abort(new Killed()) };
  };

  let engine = startWorker(1);
  const handle = createHandleChange({
    decode: createTourDecode(),
    decideRelevance: (change) => vendor.rules.decideRelevance(change, { ...defaultSettings, ...settings }),
    submit: (work) => engine.submit(work),
    readWaitingFor: async () => [],
    rename: async () => 'kept',
    postpone: async () => {},
    buryRecord: async () => {},
    disposed: (disposition) => void dispositions.push(disposition),
  });

  async function publish(observations: readonly Observation[]): Promise<void> {
    topic.push(...observations.map((observation): ReconcileItem => ({ kind: 'observation', observation })));
  }

  const reconcile = createReconcile<SyncSide>({
    readFacts: (items) => Promise.all(items.map((item) => readFacts(ledger, item))),
    decide: {
      observation: (one, { learner: known, facts }) =>
        vendor.rules.decideRow(one, known, facts, { ...defaultSettings, ...settings }),
      link: (link, { learner: known, owner }) =>
        vendor.rules.decideLinkRow(
          link,
          known,
          owner === null ? null : toOfficer(link.picsId, owner.externalId),
        ),
    },
    withTransaction: pics.withTransaction,
    recordHolds: async () => {},
    recordLinksCopied: async (links) => markCopied(ledger, links, oneFile.now()),
    onSettled: () => {},
    digest: digestOf,
    nowMs: oneFile.now,
    sleep,
  });
  let offset = 0n;

  return {
    oneFile,
    pics,
    ledger,
    dispositions,
    hooks,
    /** What waits for the reconciler: observations and links, oldest first. */
    topic,
    learner: () => pics.learners.get(learner.ident) as Learner,
    /** What waits for a person. */
    held: async (): Promise<readonly HeldItem[]> => (await readLane(ledger, learner.ident)).held,
    /** What OneFile last showed or acknowledged of a record. */
    shadow: async (id: string): Promise<Shadow | undefined> =>
      (await readLane(ledger, learner.ident)).shadows.find(({ vendorId }) => vendorId === id),
    /** A person changes something in PICS: the row is different from now on, and its event goes to outbound. */
    edit: async (change: (known: Learner) => Learner, table: TourTable, event: RowChange): Promise<void> => {
      const rows = pics.learners as Map<string, Learner>;
      rows.set(learner.ident, change(rows.get(learner.ident) as Learner));
      await handle(toRecord(table, event));
    },
    /** An event by itself: repeated, or of a row that says nothing new. */
    receive: async (table: TourTable, event: RowChange): Promise<void> => handle(toRecord(table, event)),
    refresh: () =>
      engine.submit({
        ident: learner.ident,
        demand: 'refresh',
        priority: 'command',
        txIds: [],
        committedAtMs: null,
      }),
    /** One look of the poller at what may have changed, published where it differs from the shadow. */
    poll: async (name: 'reviews' | 'aims'): Promise<readonly Observation[]> => {
      const resource = vendor.pollResources.find((one) => one.name === name);
      if (resource === undefined) throw new Error(`nothing is polled as ${name}`);
      oneFile.passMs(1);
      const learnerVendorId = name === 'aims' ? learner.oneFileId : null;
      const page = await oneFile.client.readPage({
        resource,
        cursor: null,
        learnerVendorId,
        extent: 'recent',
        cause: 'poll',
      });
      if (page.kind !== 'page') throw new Error(`OneFile did not show its ${name}: ${page.kind}`);
      const taken = await takePage(
        { hash: hashRecord, publish, store: createPollStore(ledger, learner.ident) as PollStore },
        {
          entity: resource.entity,
          observations: page.observations,
          epoch: 1,
          publishAllOf: null,
          progress: null,
        },
      );
      return taken.kind === 'taken' ? taken.published : [];
    },
    /** The reconciler takes everything that waits for it. */
    reconcile: async (): Promise<void> => {
      const items = topic.splice(0);
      const records = items.map((item) => ({ offset: offset++, timestampMs: oneFile.now(), item }));
      const place = { topic: 'tour', partition: 0, epoch: pics.claim('tour', 0).epoch };
      await reconcile({ ...place, records }, new AbortController().signal);
    },
    /** The process dies and another one takes its place. */
    startAnew: (worker: number): void => {
      engine.kill();
      engine = startWorker(worker);
    },
    /** Calls since this was asked last, without signing in. */
    calls: async (): Promise<string[]> => {
      const all = await oneFile.calls();
      const since = all.slice(mark);
      mark = all.length;
      return toShort(since);
    },
    [Symbol.asyncDispose]: () => oneFile[Symbol.asyncDispose](),
  };
}

export type Tour = Awaited<ReturnType<typeof installTour>>;

/** A tour whose learner was exchanged once: everything is linked and level, and the story can begin. */
export async function installLevel(
  learner: Learner = imogen,
  settings: Partial<OneFileSettings> = {},
): Promise<Tour> {
  const tour = await installTour(learner, settings);
  await tour.refresh();
  await tour.reconcile();
  await tour.refresh();
  await tour.reconcile();
  await tour.calls();
  return tour;
}
