import type { Change } from '../../../src/domain/change.ts';
import { digestOf } from '../../../src/domain/digest.ts';
import type { OutcomeRecord } from '../../../src/domain/ledger.ts';
import type { Answer, CommandRequest } from '../../../src/domain/request.ts';
import { createHandleChange } from '../../../src/engine/changes.ts';
import { defaultEngineOptions, type OutboundEffects } from '../../../src/engine/effects.ts';
import { createEngine, type Engine } from '../../../src/engine/engine.ts';
import type { ConsumedRecord } from '../../../src/kafka/broker.ts';
import { createCentreReader } from '../../../src/vendors/onefile/centre.ts';
import { oneFile as vendor } from '../../../src/vendors/onefile/onefile.ts';
import type { OneFileCentre, OneFileSettings } from '../../../src/vendors/onefile/rules/settings.ts';
import { createEnrolHandler } from './enrol-requests.ts';
import { centre } from './onefile-answers.ts';
import { createOneFileModel, type OneFileModel } from './onefile-client.ts';
import type { Process } from './process.ts';
import type { MonthWorld } from './world.ts';

/** What may be held for an officer, and is looked at again when that changes. */
const codesByOwner = ['NO_ASSESSOR', 'MIS_NOT_UNIQUE', 'LINK_GONE', 'ID_NOT_FOUND', 'REVIEW_NO_OFFICER'];

export type OutboundProcess = {
  readonly process: Process;
  readonly handle: (change: Change) => Promise<void>;
  /** A user's command. */
  readonly enrol: (request: CommandRequest) => Promise<Answer>;
};

/** Consumes changes of PICS, and takes up what a killed process has left open. */
export function startOutbound(world: MonthWorld): OutboundProcess {
  const process = world.newProcess();
  const started = startEngine(world, process);
  const { engine } = started;
  const handle = createHandleChange({
    decode: (record) => ({ kind: 'change', change: (record as unknown as { change: Change }).change }),
    decideRelevance: (change) => vendor.rules.decideRelevance(change, world.settings),
    submit: engine.submit,
    readWaitingFor: process.live((kind, code) => readIdentsHeldFor(world, kind, code)),
    rename: async () => 'kept',
    postpone: async () => {},
    buryRecord: async () => {},
    disposed: () => {},
  });
  for (const ident of world.ledger.unsettledIdents) void submitChange(engine, ident);
  return {
    process,
    handle: async (change) => handle({ change } as unknown as ConsumedRecord),
    enrol: createEnrolHandler(world, process, started),
  };
}

function toOutcomeWords(outcome: OutcomeRecord, end: string): string {
  const { ident, version, state, code, links, unlinks, holds, released } = outcome;
  const parts = [
    ...links.map(({ kind, picsId, vendorId }) => `link ${kind} ${picsId}=${vendorId}`),
    ...unlinks.map(({ kind, picsId }) => `unlink ${kind} ${picsId}`),
    ...holds.map((hold) => `hold ${hold.subject} ${hold.code}`),
    ...released.map((subject) => `release ${subject}`),
  ];
  return `${ident} v${version} ${state ?? ''} ${code ?? ''} ${parts.join(', ')}: ${end}`;
}

function submitChange(engine: Engine, ident: string): Promise<unknown> {
  return engine
    .submit({ ident, demand: 'change', priority: 'live', txIds: [], committedAtMs: null })
    .catch(() => {});
}

function readIdentsHeldFor({ ledger }: MonthWorld, kind: string, code: string): readonly string[] {
  const name = kind === 'officer' ? 'officer' : 'place';
  const items = ledger.held.filter((item) => codesByOwner.includes(item.code) && item.params[name] === code);
  return [...new Set(items.map(({ ident }) => ident))];
}

/** The delivery engine of one process, with everything it reaches out to. */
export function startEngine(
  world: MonthWorld,
  process: Process,
): {
  readonly engine: Engine;
  readonly client: OneFileModel;
  readonly readCentre: () => Promise<OneFileCentre>;
} {
  const { settleMs } = vendor;
  const client = createOneFileModel(world.oneFile);
  const options = {
    ...defaultEngineOptions,
    concurrency: 16,
    retry: { ...defaultEngineOptions.retry, settleMs },
  };
  const effects = createEffects(world, process, client);
  const { readCentre } = effects.vendor;
  return { engine: createEngine(effects, options, new AbortController().signal), client, readCentre };
}

function createEffects(
  world: MonthWorld,
  process: Process,
  client: OneFileModel,
): OutboundEffects<OneFileSettings, OneFileCentre> {
  const { clock, ledger, pics, random, topics, settings } = world;
  const { live } = process;
  const think = async (): Promise<void> => {
    if (random.chance() < 0.3) await clock.sleep(random.below(40));
  };
  const after = <A extends unknown[], R>(effect: (...args: A) => R | Promise<R>) =>
    live(async (...args: A): Promise<R> => {
      await think();
      return effect(...args);
    });
  const { evaluate, evaluateOwner, toVendorIds } = vendor.rules;
  return {
    vendor: {
      name: vendor.name,
      centre,
      settings,
      readCentre: createCentreReader({
        readAssessors: live(client.readAssessors),
        readNormalReviewTypes: async () => world.normalReviewTypes,
        now: clock.nowMs,
        maxAgeMs: 12 * 3_600_000,
      }),
      toVendorIds,
      evaluate: (view) => world.rules.evaluate(evaluate(view), view),
      evaluateOwner,
      execute: live(client.execute),
      resolve: live(async (intent, context) => world.rules.resolve(await client.resolve(intent, context))),
    },
    ledger: {
      readLane: after((query) => ledger.readLane(query)),
      recordIntent: after((intent) => ledger.recordIntent(intent)),
      recordOutcome: after(async (outcome) => {
        const recorded = await ledger.recordOutcome(outcome);
        world.trace(() => `   [${process.id}] ${toOutcomeWords(outcome, recorded.kind)}`);
        return recorded;
      }),
    },
    worker: process.id,
    readLearner: after(pics.readLearner),
    readOwner: after(pics.readOwner),
    reserveCall: live(async () => {
      // Now and then the budget is gone, and whoever wants to call waits for the next window.
      const waitMs = random.chance() < 0.02 ? random.below(60_000) : random.below(30);
      await clock.sleep(waitMs);
      return { waitedMs: waitMs };
    }),
    publishObservations: after(async (observations) => topics.publishObservations(observations)),
    publishLinks: after(async (links, removed?: boolean) => topics.publishLinks(links, removed)),
    digest: digestOf,
    nowMs: clock.nowMs,
    sleep: live((ms, signal) => clock.sleep(ms, signal)),
    chance: random.chance,
    meter: { called: () => {}, delivered: () => {}, noted: () => {}, paused: () => {} },
  };
}
