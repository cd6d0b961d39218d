import { digestOf } from '../../../src/domain/digest.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { Learner } from '../../../src/domain/learner.ts';
import type { HeldItem } from '../../../src/domain/ledger.ts';
import type { Demand } from '../../../src/domain/view.ts';
import type { Settled, Work } from '../../../src/domain/work.ts';
import { defaultEngineOptions } from '../../../src/engine/effects.ts';
import { createEngine } from '../../../src/engine/engine.ts';
import { oneFile } from '../../../src/vendors/onefile/onefile.ts';
import type { OneFileCentre, OneFileSettings } from '../../../src/vendors/onefile/rules/settings.ts';
import { MemoryLedger } from '../memory-ledger.ts';
import { setupOneFile } from '../onefile-client.ts';
import { defaultSettings } from '../onefile-rules.ts';
import { toWholeMessage } from './whole-message.ts';
import { createWorldCommands } from './world-commands.ts';
import { type WorldOfficer, type WorldOrganisation, WorldPics } from './world-pics.ts';
import { createWorldReconciler } from './world-reconciler.ts';

export type WorldSetup = {
  readonly learners: readonly Learner[];
  readonly officers?: readonly WorldOfficer[];
  readonly organisations?: readonly WorldOrganisation[];
  readonly settings?: Partial<OneFileSettings>;
  readonly centre?: Partial<OneFileCentre>;
  /** What OneFile holds; left out: the small centre. */
  readonly records?: Json;
  readonly switches?: JsonObject;
};

/**
 * PICS and OneFile with everything between them in one process: rules, engine, client, simulator and reconciler are
 * the real ones; the databases and topics are in memory.
 *
 * For what a rule means from end to end. Whoever sleeps moves the clock and goes on at once.
 */
export async function openOneFileWorld(setup: WorldSetup) {
  const { records, switches } = setup;
  const vendor = await setupOneFile({
    ...(records === undefined ? {} : { records }),
    ...(switches === undefined ? {} : { switches }),
  });
  const settings: OneFileSettings = { ...defaultSettings, ...setup.settings };
  const stop = new AbortController();
  const nowMs = vendor.now;
  const pics = new WorldPics(setup.learners);
  for (const officer of setup.officers ?? []) pics.putOfficer(officer);
  for (const organisation of setup.organisations ?? []) pics.putOrganisation(organisation);
  const ledger = new MemoryLedger({ isWorkerAlive: () => true, nowMs });
  const reconciler = createWorldReconciler({ ledger, pics, settings, nowMs });
  const centre: OneFileCentre = { assessors: null, normalReviewTypes: ['N'], ...setup.centre };
  const { rules, name } = oneFile;
  const engine = createEngine(
    {
      vendor: {
        ...{ name, centre: settings.centreId, settings, readCentre: async () => centre },
        toVendorIds: rules.toVendorIds,
        evaluate: rules.evaluate,
        evaluateOwner: rules.evaluateOwner,
        execute: vendor.client.execute,
        resolve: vendor.client.resolve,
      },
      ...{ ledger, worker: 1, digest: digestOf, nowMs, chance: () => 0.5 },
      readLearner: async ({ ident }) => pics.read(ident),
      readOwner: async ({ key }) => pics.readOwner(key),
      reserveCall: async () => ({ waitedMs: 0 }),
      publishObservations: reconciler.publishObservations,
      publishLinks: (links) => reconciler.publishLinks(links),
      sleep: async (ms) => {
        vendor.passMs(ms);
        await new Promise((resolve) => setImmediate(resolve));
      },
      meter: { called: () => {}, delivered: () => {}, noted: () => {}, paused: () => {} },
    },
    defaultEngineOptions,
    stop.signal,
  );
  const look = (ident: string, demand: Demand = 'change', work: Partial<Work> = {}): Promise<Settled> =>
    engine.submit({ ident, demand, priority: 'live', txIds: [], committedAtMs: null, ...work });
  const commands = createWorldCommands({
    ...{ pics, ledger, reconciler, settings, centre, nowMs, client: vendor.client },
    ...{ submit: engine.submit, signal: stop.signal },
  });
  const allCalls = async () =>
    (await vendor.calls()).filter(({ route }) => route?.toLowerCase() !== 'authentication');
  return {
    ...{ pics, ledger, reconciler, settings, look, engine, client: vendor.client, control: vendor.control },
    ...{ command: commands.run, simulator: vendor.simulator, nowMs, logLines: vendor.lines },
    passMs: vendor.passMs,
    /** Looks and applies until neither side has anything left to do. */
    settle: async (ident: string, demand: Demand = 'change'): Promise<Settled> => {
      const settled = await look(ident, demand);
      await reconciler.drain();
      await look(ident);
      await reconciler.drain();
      return settled;
    },
    learner: (ident: string): Learner => {
      const learner = pics.read(ident);
      if (learner === null) throw new Error(`no learner ${ident}`);
      return learner;
    },
    /** What OneFile was asked since the last time this was asked for: `POST User/Search/1/100 {…}`. */
    takeCalls: takeNew(async () => (await allCalls()).map(toLine)),
    /** The same without reads and searches. */
    takeWrites: takeNew(async () => (await allCalls()).map(toLine).filter(isWrite)),
    /** Every record of a kind at OneFile. */
    records: async (kind: string) => {
      const body = (await vendor.control('GET', `/records/${kind}`)) as unknown;
      return body as Readonly<Record<string, Json>>[];
    },
    load: (more: Json) => vendor.control('POST', '/records', more),
    /** OneFile says this to the next calls that fit. */
    script: (rule: Json) => vendor.control('POST', '/rules', rule),
    held: () => ledger.held.map(({ subject, code }) => `${subject} ${code}`),
    messages: () =>
      [...ledger.held, ...reconciler.held.map((hold) => ({ ...hold, vendor: name }))].map(toHeldMessage),
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('the world ends'));
      await vendor[Symbol.asyncDispose]();
    },
  };
}

export type OneFileWorld = Awaited<ReturnType<typeof openOneFileWorld>>;

/** As the held list shows it. */
function toHeldMessage({ vendor, code, params }: Pick<HeldItem, 'vendor' | 'code' | 'params'>): string {
  return toWholeMessage(code, { vendor, ...params });
}

/** A line of `takeCalls` in its two parts. */
export function toSent(lines: readonly string[]) {
  return lines.map((line) => {
    const [call = '', body = '{}'] = line.split(/ (?=\{)/);
    return { call, body: JSON.parse(body) as Readonly<Record<string, Json>> };
  });
}

function takeNew(read: () => Promise<readonly string[]>): () => Promise<readonly string[]> {
  let taken = 0;
  return async () => {
    const all = await read();
    const fresh = all.slice(taken);
    taken = all.length;
    return fresh;
  };
}

function toLine({ method, path, body }: { method: string; path: string; body: string }): string {
  const short = path.replace(/^\/?(api\/v2\.1\/)?/i, '');
  return `${method} ${short}${body === '' ? '' : ` ${body}`}`;
}

function isWrite(line: string): boolean {
  return !line.startsWith('GET ') && !/^POST \w+\/Search\b/i.test(line);
}
