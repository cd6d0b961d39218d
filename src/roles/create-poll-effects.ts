import { sleep } from '../base/sleep.ts';
import type { PollPlan } from '../domain/polling.ts';
import type { PollLearner } from '../domain/schedule.ts';
import type { Engine } from '../engine/engine.ts';
import { readLearnerStandings } from '../pics/lookups.ts';
import type { PollEffects } from '../polling/page.ts';
import type { PollSettings } from '../polling/poll.ts';
import { createPollStore } from '../store/polling.ts';
import { hashRecord } from '../domain/digest.ts';
import { clearSyncDue, noteConfirmed, readVendorState } from '../store/vendor-state.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import { isInDailyScope } from '../vendors/onefile/rules/daily-scope.ts';
import { toPassReads } from '../vendors/onefile/rules/records.ts';
import { toDeletionsHold } from './hold-deletions.ts';
import { linkFirstMatches } from './link-first-matches.ts';
import { linkSeenLearners, readClaimedLearners, readLinked } from './link-seen-learners.ts';
import type { EngineParts } from './open-engine.ts';
import type { PassCommands } from './pass-commands.ts';
import { createForecastGauge, readPassForecast } from './pass-forecast.ts';
import { rebuildCatalogue } from './rebuild-catalogue.ts';
import { recordHold } from './record-hold.ts';
import type { RoleContext } from './role.ts';
import { createSubmitOwners, isPulled } from './submit-owners.ts';

export type PollParts = EngineParts & {
  readonly engine: Engine;
  readonly commands: PassCommands;
  readonly settings: PollSettings;
};

/** Reviews are where things happen, learners seldom change; aims come one by one; the rest in full passes alone. */
const recent: Readonly<Record<string, Omit<PollPlan, 'resource'>>> = {
  reviews: { recent: 'every-turn' },
  learners: { recent: 'every-turn', recentEveryMs: 60_000 },
  aims: { recent: 'by-learner' },
};

/** Everything the poller of OneFile reaches out to. */
export function createPollEffects(context: RoleContext, parts: PollParts): PollEffects {
  const { store, oneFile, worker, engine, commands, settings } = parts;
  const { log } = context;
  const centre = oneFile.settings.centreId;
  const showForecast = createForecastGauge(context.metrics);
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
    readLearners: () => readLinked(parts),
    readClaimed: () => readClaimedLearners(parts),
    selectDaily: (learners) => selectDaily(context, parts, learners),
    afterLearners: async (read) => {
      const count = await linkSeenLearners(parts, read);
      if (count > 0) log.info('learners with a OneFile id in PICS are linked', { count });
      const matched = await linkFirstMatches(parts, read);
      if (matched > 0) log.info('learners are linked by MIS value or ULN', { count: matched });
    },
    afterStandards: (read) => rebuildCatalogue(context, parts, read),
    publish: createPublish(context, parts),
    submitLearner: (learner, isRead) => submitLearner(engine, learner, isRead),
    publishesAll: (entity) => isPulled(entity, oneFile.settings),
    submitOwners: createSubmitOwners({ store, settings: oneFile.settings, submit: engine.submit }),
    holdDeletions: (entity, missingCount, limit) => {
      log.error('the vendor no longer shows many records: a person decides', {
        entity,
        count: missingCount,
        limit,
      });
      const hold = toDeletionsHold(vendor.name, entity, missingCount);
      return recordHold(store.ledger, { vendor: vendor.name, centre, ident: '' }, hold);
    },
    readForecast: async (learnerCount) => {
      const forecast = await readPassForecast(store.pool, {
        ...{ section: oneFile.section, centreId: centre, learnerCount },
      });
      showForecast(forecast);
      return forecast;
    },
    readSyncDue: async () => (await readVendorState(store.pool, vendor.name)).syncDueAtMs,
    clearSyncDue: async (dueAtMs, summary) => {
      await clearSyncDue(store.pool, vendor.name, dueAtMs);
      // The approval was for this run: what is unmatched from now on waits for a person.
      await noteConfirmed(store.pool, vendor.name, { plan: null });
      await commands.concludeInitial(summary);
    },
    ...createCommandEffects(context, parts),
    onPaused: (reason) => {
      if (reason === null) log.info('OneFile answers again: polling goes on');
      else log.warn('OneFile does not answer: polling waits', { code: reason });
    },
    nowMs: Date.now,
    sleep,
  };
}

function createPublish({ metrics }: RoleContext, { messaging }: PollParts): PollEffects['publish'] {
  const published = metrics.counter({
    name: 'observations_total',
    help: 'Records of the vendor that differed from what was known, by entity.',
    labels: ['vendor', 'entity'],
  });
  return async (observations) => {
    await messaging.publishObservations(observations);
    for (const { entity } of observations) published.add({ vendor: vendor.name, entity });
  };
}

/** OF-40: a filter that PICS gives no ground for lets everybody in. */
async function selectDaily<L extends Pick<PollLearner, 'ident'>>(
  { config, log }: RoleContext,
  { pics, oneFile }: PollParts,
  learners: readonly L[],
): Promise<readonly L[]> {
  if (oneFile.section.dailyScope === 'all' || learners.length === 0) return learners;
  const idents = learners.map(({ ident }) => ident);
  const standings = await readLearnerStandings(pics.pool, pics.columns, idents);
  if (standings === null) {
    log.warn('the daily run takes everybody: PICS does not say who is in learning');
    return learners;
  }
  const { liveLetters } = config.pics;
  const nowMs = Date.now();
  const inScope = new Set(
    standings.filter((one) => isInDailyScope(one, { liveLetters, nowMs })).map(({ ident }) => ident),
  );
  return learners.filter(({ ident }) => inScope.has(ident));
}

/** After a pass the learner's records are known: nothing is read again but what a push needs (OF-8). */
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

/** A pass on command tells in its request how far it is. */
function createCommandEffects(
  { log }: RoleContext,
  { commands }: PollParts,
): Pick<PollEffects, 'takeCommand' | 'answerCommand' | 'onProgress'> {
  return {
    takeCommand: commands.take,
    answerCommand: commands.answer,
    onProgress: (report) => {
      const { learnersDone, learnerCount: learners, calls, minutesLeft: minutes } = report;
      const fields = { count: learnersDone, learners, calls, minutes };
      log.info(calls === 0 ? 'a full pass begins' : 'a full pass is under way', fields);
      commands.progress(report);
    },
  };
}
