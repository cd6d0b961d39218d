import type { NewLink } from '../../../src/domain/link.ts';
import type { Observation } from '../../../src/domain/observation.ts';
import type { PollPlan, ResourceRead } from '../../../src/domain/polling.ts';
import type { PollLearner } from '../../../src/domain/schedule.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import type { PollEffects } from '../../../src/polling/page.ts';
import { defaultPollSettings, type PollSettings, runPoll } from '../../../src/polling/poll.ts';
import { recordHold } from '../../../src/roles/record-hold.ts';
import { oneFile as vendor } from '../../../src/vendors/onefile/onefile.ts';
import { toPassReads } from '../../../src/vendors/onefile/rules/records.ts';
import { at } from './onefile-answers.ts';
import { startEngine } from './outbound-process.ts';
import { hashOf } from './poll-store.ts';
import type { Process } from './process.ts';
import type { MonthWorld } from './world.ts';

const hourMs = 3_600_000;

/** How long a poller that was killed keeps others from polling. */
export const leaseMs = 3 * hourMs;

const recent: Readonly<Record<string, Omit<PollPlan, 'resource'>>> = {
  reviews: { recent: 'every-turn' },
  learners: { recent: 'every-turn', recentEveryMs: 60_000 },
  aims: { recent: 'by-learner' },
};

export type PollerProcess = {
  readonly process: Process;
  /** A full pass now, as `synchronise` asks for it. */
  readonly synchronise: () => Promise<void>;
};

/** Sees what changes at OneFile and runs the daily exchange, in turns of hours instead of seconds. */
export function startPoller(world: MonthWorld): PollerProcess {
  const process = world.newProcess();
  const { engine, client } = startEngine(world, process);
  const settings: PollSettings = {
    ...defaultPollSettings,
    dailyTime: { hour: 3, minute: 30 },
    leaseMs,
    turnMs: 2 * hourMs + world.random.below(10 * hourMs),
    learnersPerTurn: 15,
  };
  const wanted: (() => void)[] = [];
  const effects = createEffects(world, process, { engine, readPage: client.readPage, wanted });
  runPoll(effects, settings, new AbortController().signal).catch(world.fail);
  return { process, synchronise: () => new Promise((resolve) => wanted.push(resolve)) };
}

type Known = Pick<PollLearner, 'ident' | 'vendorId'>;
type Parts = {
  readonly engine: Engine;
  readonly readPage: PollEffects['readPage'];
  readonly wanted: (() => void)[];
};

function createEffects(world: MonthWorld, process: Process, parts: Parts): PollEffects {
  const { clock, random, ledger, topics, pollStore } = world;
  const { live } = process;
  const { engine, readPage, wanted } = parts;
  const think = (): Promise<void> => clock.sleep(random.below(30));
  const { hasSeen: _hasSeen, ...stored } = pollStore;
  const store = Object.fromEntries(
    Object.entries(stored).map(([name, effect]) => [name, live(effect as () => Promise<unknown>)]),
  ) as unknown as PollEffects['store'];
  let done: () => void = () => {};
  const effects = {
    plans: vendor.pollResources.map((resource) => ({
      resource,
      ...(recent[resource.name] ?? { recent: 'never' as const }),
    })),
    vendor: vendor.name,
    readPage: live(readPage),
    store,
    hash: hashOf,
    readLearners: live(async () => readLearners(world)),
    readClaimed: live(async () => readClaimed(world)),
    selectDaily: async <L>(learners: readonly L[]) => learners,
    afterLearners: live((read: ResourceRead) => linkSeenLearners(world, read)),
    afterStandards: async () => {},
    publish: live(async (observations: readonly Observation[]) => {
      await think();
      topics.publishObservations(observations);
    }),
    submitLearner: live((learner: Known, isRead: boolean) => submitLearner(engine, learner, isRead)),
    publishesAll: () => false,
    submitOwners: live(() => submitHeldOwners(world, engine)),
    readForecast: async () => ({ calls: 0, minutes: 0 }),
    onProgress: () => {},
    holdDeletions: live(async (entity: string, count: number, limit: number) => {
      const params = { vendor: vendor.name, what: entity, n: String(count), limit: String(limit) };
      await recordHold(
        ledger,
        { ...at, ident: '' },
        { subject: `deletions:${entity}`, code: 'DELETIONS_HELD', params },
      );
    }),
    readSyncDue: async () => null,
    clearSyncDue: async () => {},
    takeCommand: async () => {
      const next = wanted.shift();
      if (next === undefined) return null;
      done = next;
      return { id: 'synchronise', kind: 'synchronise' as const };
    },
    answerCommand: async () => done(),
    onPaused: () => {},
    nowMs: clock.nowMs,
    sleep: live((ms: number, signal: AbortSignal) => clock.sleep(ms, signal)),
  } satisfies Record<keyof PollEffects, unknown>;
  return effects as unknown as PollEffects;
}

/** Who is linked; while the poller asks for nothing else, those too whose id only PICS shows. */
function readLearners(world: MonthWorld): readonly PollLearner[] {
  const links = world.ledger.links.filter(({ kind }) => kind === 'learner');
  const linked = links.map(({ picsId, vendorId }) => ({ ident: picsId, vendorId }));
  return linked.map((one) => ({ ...one, lastActivityAtMs: null, nextReviewAtMs: null }));
}

function readClaimed({ pics, ledger }: MonthWorld): readonly Pick<PollLearner, 'ident' | 'vendorId'>[] {
  return [...pics.learners.values()].flatMap(({ ident, oneFileId }) =>
    oneFileId === null || ledger.linkTable.findByPicsId(at, 'learner', ident) !== undefined
      ? []
      : [{ ident, vendorId: oneFileId }],
  );
}

/** G-2: whom PICS names and a full pass has just seen is linked without a call. PICS shows the id already. */
function linkSeenLearners(world: MonthWorld, { passId }: ResourceRead): void {
  const { ledger, pollStore, clock } = world;
  for (const { ident, vendorId } of readClaimed(world)) {
    if (!pollStore.hasSeen('learner', vendorId, passId)) continue;
    const link: NewLink = { ...at, kind: 'learner', picsId: ident, vendorId, ident, how: 'typed' };
    if (ledger.linkTable.make(link) === 'made')
      ledger.linkTable.markCopied([{ ...link, copiedAtMs: null }], clock.nowMs());
  }
}

/** Officers that wait are looked at by every pass, as learners are. */
async function submitHeldOwners({ ledger }: MonthWorld, { submit }: Engine): Promise<void> {
  const lanes = new Set(ledger.held.map(({ ident }) => ident).filter((ident) => ident.includes(':')));
  for (const ident of lanes)
    await submit({ ident, demand: 'refresh', priority: 'poll', txIds: [], committedAtMs: null });
}

async function submitLearner(
  { submit }: Engine,
  { ident, vendorId }: Pick<PollLearner, 'ident' | 'vendorId'>,
  isRead: boolean,
): Promise<void> {
  await submit({
    ident,
    demand: 'refresh',
    priority: 'poll',
    txIds: [],
    committedAtMs: null,
    reads: isRead ? toPassReads({ ident, learnerId: vendorId }) : [],
  });
}
