import { sleep } from '../../base/sleep.ts';
import { toDailyTime } from '../../core/daily-schedule.ts';
import type { PollLearner } from '../../core/poll-schedule.ts';
import { defaultPollSettings, type PollSettings, runPoll } from '../../inbound/poll.ts';
import type { PollEffects, PollPlan } from '../../inbound/poll-effects.ts';
import type { Engine } from '../../outbound/engine.ts';
import { readOneFileLearners } from '../../pics/vendor-learners.ts';
import { readPollLearners } from '../../store/poll-learners.ts';
import { createPollStore } from '../../store/poll-store.ts';
import { hashRecord } from '../../store/shadow-hash.ts';
import { oneFile as vendor } from '../../vendors/onefile/onefile.ts';
import { toPassReads } from '../../vendors/onefile/rules/reads.ts';
import type { EngineParts } from './open-engine.ts';
import { openEngine } from './open-engine.ts';
import { openMessaging } from './open-messaging.ts';
import { type OneFile, openOneFile } from './open-onefile.ts';
import { openPics } from './open-pics.ts';
import { openLedgerWorker, openStore } from './open-store.ts';
import { createPassCommands } from './pass-commands.ts';
import { recordHold } from './record-hold.ts';
import type { Role, RoleContext } from './role.ts';
import { runTogether } from './run-together.ts';
import { untilAborted } from './until-aborted.ts';

/** Sees what changes at OneFile, and runs the daily exchange of everybody. */
export const runPoller: Role = async (context, signal) => {
  await using stack = new AsyncDisposableStack();
  const pics = openPics(context, stack);
  const oneFile = await openOneFile(context, stack, pics.readNormalReviewTypes);
  if (oneFile === null) {
    context.log.info('OneFile is not enabled: nothing is read');
    return untilAborted(signal);
  }
  const messaging = await openMessaging(context, 'poller', stack);
  const store = openStore(context, stack);
  const worker = await openLedgerWorker(context, stack);
  const parts: EngineParts = { messaging, store, pics, oneFile, worker: worker.worker };
  const engineSignal = AbortSignal.any([signal, worker.lost]);
  const engine = openEngine(context, parts, engineSignal);
  const commands = createPassCommands(context, parts);
  const settings = toPollSettings(oneFile);
  const effects = createEffects(context, { ...parts, engine, commands, settings });
  await runTogether([(end) => runPoll(effects, settings, end), commands.run], engineSignal);
  if (!signal.aborted) throw worker.lost.reason;
};

function toPollSettings({ section }: OneFile): PollSettings {
  const dailyTime = toDailyTime(section.dailySync.time);
  if (dailyTime === null) throw new Error('onefile.dailySync.time passed its check and is no time');
  return { ...defaultPollSettings, dailyTime, polling: section.polling };
}

/** Reviews are where things happen, learners seldom change; aims come one by one; the rest in full passes alone. */
const recent: Readonly<Record<string, Omit<PollPlan, 'resource'>>> = {
  reviews: { recent: 'every-turn' },
  learners: { recent: 'every-turn', recentEveryMs: 60_000 },
  aims: { recent: 'by-learner' },
};

type Parts = EngineParts & {
  readonly engine: Engine;
  readonly commands: ReturnType<typeof createPassCommands>;
  readonly settings: PollSettings;
};

function createEffects(context: RoleContext, parts: Parts): PollEffects {
  const { messaging, store, oneFile, worker, engine, commands, settings } = parts;
  const { log, metrics } = context;
  const centre = oneFile.settings.centreId;
  const published = metrics.counter({
    name: 'observations_total',
    help: 'Records of the vendor that differed from what was known, by entity.',
    labels: ['vendor', 'entity'],
  });
  return {
    plans: vendor.pollResources.map((resource) => ({
      resource,
      ...(recent[resource.name] ?? { recent: 'never' }),
    })),
    vendor: vendor.name,
    readPage: oneFile.client.readPage,
    store: createPollStore(store.pool, {
      vendor: vendor.name,
      centre,
      holder: String(worker),
      leaseMs: settings.leaseMs,
    }),
    hash: hashRecord,
    readLearners: () => readLearners(parts),
    publish: async (observations) => {
      await messaging.publishObservations(observations);
      for (const { entity } of observations) published.add({ vendor: vendor.name, entity });
    },
    submitLearner: (learner) => submitLearner(engine, learner),
    holdDeletions: (entity, missingCount, limit) => {
      log.error('the vendor no longer shows many records: a person decides', {
        entity,
        count: missingCount,
        limit,
      });
      const params = { vendor: vendor.name, what: entity, n: String(missingCount) };
      const hold = { subject: `deletions:${entity}`, code: 'DELETIONS_HELD', params };
      return recordHold(store.ledger, { vendor: vendor.name, centre, ident: '' }, hold);
    },
    takeCommand: commands.take,
    answerCommand: commands.answer,
    onPaused: (reason) => {
      if (reason === null) log.info('OneFile answers again: polling goes on');
      else log.warn('OneFile does not answer: polling waits', { code: reason });
    },
    nowMs: Date.now,
    sleep,
  };
}

/** Who is linked, and who only carries an id in PICS: a look at the latter checks it and makes the link (G-2). */
async function readLearners({ pics, store, oneFile }: Parts): Promise<readonly PollLearner[]> {
  const scope = { vendor: vendor.name, centre: oneFile.settings.centreId };
  const [linked, claimed] = await Promise.all([
    readPollLearners(store.pool, scope, { entity: 'review', atMsField: 'scheduledForMs' }),
    readOneFileLearners(pics.pool, pics.columns),
  ]);
  const known = new Set(linked.map(({ ident }) => ident));
  const unchecked = claimed.filter(({ ident }) => !known.has(ident));
  return [...linked, ...unchecked.map((one) => ({ ...one, lastActivityAtMs: null, nextReviewAtMs: null }))];
}

/** After a pass the learner's records are known: nothing is read again but what a push needs (OF-8). */
async function submitLearner({ submit }: Engine, { ident, vendorId }: PollLearner): Promise<void> {
  await submit({
    ident,
    demand: 'refresh',
    priority: 'poll',
    txIds: [],
    committedAtMs: null,
    reads: toPassReads({ ident, learnerId: vendorId }),
  });
}
