import { createKeyedDigest } from '../../domain/digest.ts';
import type { Learner } from '../../domain/learner.ts';
import type { Owner, OwnerKey, OwnerKind } from '../../domain/owner.ts';
import type { PollPlan } from '../../domain/polling.ts';
import { type DailyTime, toDailyTime } from '../../domain/schedule.ts';
import type { Call, CallResult } from '../../domain/step.ts';
import { createReadClaims } from '../common/claims.ts';
import { findUncheckedId, noClaims } from '../common/learner-link.ts';
import type { OfferList } from '../common/offer-list.ts';
import { findContradictions, picsFacts } from '../common/person.ts';
import type {
  EnrolmentView,
  LinkSubject,
  OpenVendor,
  Vendor,
  VendorContext,
  VendorEnrolment,
  VendorLinking,
  VendorPolling,
} from '../vendor.ts';
import { createCentreReader, createStandardList, findUnoffered, toStandards } from './centre.ts';
import { pollResources } from './client/read-page.ts';
import type { Connect } from './client/transport.ts';
import { type OneFileSection, oneFileSection } from './config.ts';
import { type OneFileConnection, openConnection, toRuleSettings } from './connection.ts';
import { createSwitching, readDesktopState, sectionOf } from './enabling.ts';
import { createReadKnowledge } from './facts.ts';
import { linkApprovedMatches, readOneFileStrangers } from './first-sync.ts';
import { readPassForecast } from './forecast.ts';
import { findCrossedBy } from './rules/crossed.ts';
import { isInDailyScope } from './rules/daily-scope.ts';
import { toOwnerPassReads } from './rules/details-push.ts';
import { type AcceptedPlan, correctChoices } from './rules/enrol/accepted.ts';
import { askForEnrolment } from './rules/enrol/ask.ts';
import { isId } from './rules/enrol/facts.ts';
import { planEnrolment } from './rules/enrol/plan.ts';
import { evaluate, evaluateOwner, toVendorIds } from './rules/evaluate.ts';
import { decideOwnerLink, matchSeenOwners, oneFileIds } from './rules/links.ts';
import { toPassReads } from './rules/records.ts';
import { comparedFields, decideRelevance } from './rules/relevance.ts';
import { oneFileRuleTitles } from './rules/rule-titles.ts';
import type { OneFileCentre, OneFileSettings } from './rules/settings.ts';
import { isDesktopOpen, isForeignWrite, toPulledDetails } from './rules/warnings.ts';
import { readOneFileStatus } from './status.ts';

const tables = [
  'trainee',
  'epidata',
  'pctrndet',
  'officer',
  'placemnt',
  'trplace',
  'trqual',
  'itp_revu',
] as const;

/** OneFile over HTTP. */
export const oneFile: Vendor = createOneFile();

/** OneFile, as the rest of the program sees it. `connect` puts another way in the place of HTTP. */
export function createOneFile(connect?: Connect): Vendor {
  return {
    name: 'onefile',
    configName: 'onefile',
    title: 'OneFile',
    recordWords: { officer: 'assessor', organisation: 'placement', offer: 'standard' },
    explainId: (_kind, text) => (isId(text) ? null : 'an id is a whole number'),
    section: oneFileSection,
    environmentOf: (settings) => {
      const { environment } = settings as OneFileSection;
      return environment === undefined ? null : { name: environment, isLive: environment === 'live' };
    },
    pulledDetails: (settings) => toPulledDetails(settings as OneFileSection),
    dailyTimeOf: (settings) => toDailyRunTime(settings as OneFileSection),
    pollingOf: (settings) => toPollingMode(settings as OneFileSection),
    entities: ['learner', 'assessor', 'placement', 'classroom', 'standard', 'learning-aim', 'review'],
    columns: oneFileIds,
    tables,
    capturedFields: (settings, shared) =>
      comparedFields(toRuleSettings(settings as OneFileSection, shared, '')),
    ruleTitles: oneFileRuleTitles,
    reports: {
      findUnoffered: (_settings, references, rows) => findUnoffered(references, rows),
      readStrangers: readOneFileStrangers,
    },
    switching: (context) => ({
      ...createSwitching(context, connect),
      readStatus: () => readOneFileStatus(context),
    }),
    open: async (context) => {
      const section = sectionOf(context);
      if (context.configured.kind !== 'enabled' || section === null) return null;
      await warnOfDesktop(context, section);
      return openOneFile(context, await openConnection(context, section, connect));
    },
  };
}

/** W-2, at each start: two integrations at once overwrite each other (OF-7). */
async function warnOfDesktop(context: VendorContext, section: OneFileSection): Promise<void> {
  const state = await readDesktopState(context, section);
  if (!isDesktopOpen(state)) return;
  // Names of settings say what was seen; their values stay where they are.
  context.log.warn('OneFile synchronisation in desktop PICS is not known to be off', {
    code: 'W-2',
    ...(state.evidence.length > 0 && { setting: state.evidence.join(' ') }),
  });
}

/** OneFile with this connection: what `open` gives once it is connected. */
function openOneFile(context: VendorContext, connection: OneFileConnection): OpenVendor {
  const { pics, store, clock, log, shared } = context;
  const { client, settings, section, budget } = connection;
  const centre = settings.centreId;
  const readCentre = createCentreReader(client, { pics, clock });
  const readClaims = createReadClaims({ pics, store, ids: oneFileIds, centre });
  const { liveLetters } = shared.pics;
  const offers = createStandardList(client, centre, { pics, store, clock, log, liveLetters });
  return {
    name: 'onefile',
    title: 'OneFile',
    centre,
    address: connection.address,
    columns: oneFileIds,
    tables,
    settleMs: longestWriteMs(section.callTimeoutMs),
    callsPerMinute: section.callsPerMinute,
    endedBySettings: [],
    decideRelevance: (change) => decideRelevance(change, settings),
    isForeignWrite,
    vendorIdsOf: toVendorIds,
    evaluate: async (view) => {
      const { ident } = view.learner;
      const vendorId = findUncheckedId(oneFileIds, view.learner, view.lane.links);
      const claims =
        vendorId === null ? noClaims : await readClaims({ kind: 'learner', code: ident, vendorId });
      return evaluate({ ...view, settings, claims, centre: await readCentre() });
    },
    evaluateOwner: async (view) => {
      const { owner, lane, nowMs } = view;
      const link = decideOwnerLink(owner, lane.links, settings, nowMs);
      const claims =
        link.kind === 'typed' ? await readClaims({ ...toKey(owner), vendorId: link.typedId }) : noClaims;
      return evaluateOwner({ ...view, settings, claims, centre: await readCentre() });
    },
    readKnowledge: createReadKnowledge({ pics, store, settings }),
    digestRecord: createKeyedDigest(`applied ${section.customerToken?.reveal() ?? ''}`),
    reserveCall: (priority, signal) => budget.take(priority, signal),
    execute: (call, callContext) => client.execute(call, callContext),
    resolve: (intent, callContext) => client.resolve(intent, callContext),
    readPage: client.readPage,
    polling: createPolling(context, connection, offers),
    linking: createLinking(connection, offers),
    enrolment: createEnrolment(context, connection, { readCentre, offers }),
    close: () => connection.close(),
  };
}

function toKey({ kind, code }: Owner): OwnerKey {
  return { kind, code };
}

/** How far OneFile's searches may lag behind its own writes, and what clocks and commits may take. */
const marginMs = 20_000;

/** G-5: OneFile may go on with a call for as long again as we wait for its answer. */
function longestWriteMs(callTimeoutMs: number): number {
  return 2 * callTimeoutMs + marginMs;
}

/** Reviews are where things happen, learners seldom change; aims come one by one; the rest in full passes alone. */
const recent: Readonly<Record<string, Omit<PollPlan, 'resource'>>> = {
  reviews: { recent: 'every-turn' },
  learners: { recent: 'every-turn', recentEveryMs: 60_000 },
  aims: { recent: 'by-learner' },
};

function toDailyRunTime({ dailySync }: OneFileSection): DailyTime {
  const time = toDailyTime(dailySync.time);
  if (time === null) throw new Error('onefile.dailySync.time passed its check and is not a time');
  return time;
}

function toPollingMode({ polling, pollingShare }: OneFileSection): VendorPolling['mode'] {
  return pollingShare === 0 ? 'off' : polling;
}

/** Entities whose records are officers or organisations of PICS. */
const ownerKinds: Readonly<Record<string, OwnerKind>> = { assessor: 'officer', placement: 'organisation' };

const matchFields: ReadonlySet<string> = new Set([
  ...['id', 'firstName', 'lastName', 'misId', 'dob', 'uln', 'archived'],
  'lastModifiedAtMs',
]);

function createPolling(
  context: VendorContext,
  { section, settings }: OneFileConnection,
  offers: OfferList,
): VendorPolling {
  const { pics, store, clock, log, shared } = context;
  const centre = settings.centreId;
  return {
    plans: pollResources.map((resource) => ({
      resource,
      ...(recent[resource.name] ?? { recent: 'never' }),
    })),
    dailyTime: toDailyRunTime(section),
    mode: toPollingMode(section),
    reviewTime: { entity: 'review', atMsField: 'scheduledForMs' },

    // OF-40: where PICS gives no ground for the filter, all are let in.
    selectDaily: async (learners) => {
      if (section.dailyScope === 'all' || learners.length === 0) return learners;
      const standings = await pics.readLearnerStandings(learners.map(({ ident }) => ident));
      if (standings === null) {
        log.warn('the daily run takes all learners: PICS does not say who is in learning');
        return learners;
      }
      const { liveLetters } = shared.pics;
      const nowMs = clock.nowMs();
      const inScope = new Set(
        standings.filter((one) => isInDailyScope(one, { liveLetters, nowMs })).map(({ ident }) => ident),
      );
      return learners.filter(({ ident }) => inScope.has(ident));
    },

    afterRead: async (entity, read) => {
      if (entity === 'standard') return offers.rebuild(read);
      if (entity !== 'learner') return;
      const count = await linkApprovedMatches({ pics, store }, centre, read);
      if (count > 0) log.info('learners are linked by MIS value or ULN', { count });
    },

    // ids, MIS value, ULN, and names with birth date find a learner.
    toMatchRecord: (record) =>
      Object.fromEntries(
        Object.entries(record).map(([name, value]) => [name, matchFields.has(name) ? value : null]),
      ),

    // Written into PICS by a pull mode: a full pass shows all of them, changed or not (G-4).
    publishesAll: (entity) => {
      if (entity === 'assessor') return settings.officerDetails === 'pull';
      return entity === 'placement' && settings.organisationDetails === 'pull';
    },
    ownerKindOf: (entity) => ownerKinds[entity] ?? null,
    matchOwners: (seen) => matchSeenOwners(seen, settings, clock.nowMs()),
    pushedOwners: pushedOwners(settings),
    readsOf: ({ ident, vendorId }) => toPassReads({ ident, learnerId: vendorId }),
    readsOfOwner: toOwnerPassReads,
    forecast: (learnerCount) => readPassForecast(store, { limits: section, centre, learnerCount }),
  };
}

function pushedOwners({ officerDetails, organisationDetails }: OneFileSettings): readonly OwnerKind[] {
  const officers: readonly OwnerKind[] = officerDetails === 'push' ? ['officer'] : [];
  return organisationDetails === 'push' ? [...officers, 'organisation'] : officers;
}

function createLinking({ client, settings, budget }: OneFileConnection, offers: OfferList): VendorLinking {
  const isOwnerShown = settings.externalIdVendor === 'onefile' && settings.matchBy === 'id';
  return {
    isShown: (kind) => kind === 'learner' || isOwnerShown,
    searchOwners: (kind, text) => client.searchOwners(kind, text, 'command'),

    // OF-24, G-2.
    findRecord: async (subject, vendorId, signal): Promise<CallResult> => {
      const params = { kind: subject.kind, id: vendorId };
      if (!isId(vendorId)) return { kind: 'rejected', code: 'ID_NOT_FOUND', detail: '', params };
      await budget.take('command', signal);
      return client.execute(findCall(subject, vendorId), { priority: 'command', cause: 'refresh', signal });
    },

    contradictionsOf: (learner, seen) => {
      const record = seen.find(({ entity }) => entity === 'learner')?.record ?? null;
      return record === null ? [] : findContradictions(picsFacts(learner), oneFileIds.personOf(record));
    },
    crossedBy: (view, correction) => findCrossedBy({ ...view, settings }, correction),

    refreshCatalogue: () => offers.refreshAndCompare(),
  };
}

function findCall({ kind, code }: LinkSubject, vendorId: string): Call {
  const read = { effect: 'read', naturalKey: null, subject: `${kind}:${code}` } as const;
  if (kind === 'learner')
    return { ...read, name: 'check-learner', request: { ident: code, learnerId: vendorId } };
  const name = kind === 'officer' ? 'find-assessor' : 'find-placement';
  return { ...read, name, request: { code, typedId: vendorId } };
}

type Planning = { readonly readCentre: () => Promise<OneFileCentre>; readonly offers: OfferList };

function createEnrolment(
  { store, clock }: VendorContext,
  { client, settings }: OneFileConnection,
  { readCentre, offers }: Planning,
): VendorEnrolment {
  const naming = async (learner: Learner) => {
    return { learner, settings, centre: await readCentre(), nowMs: clock.nowMs() };
  };
  const scope = { vendor: 'onefile', centre: settings.centreId, kind: 'learner' } as const;
  return {
    ask: async ({ learner, links }: EnrolmentView) => {
      const question = askForEnrolment({ ...(await naming(learner)), links });
      if (question.kind === 'refused') return question;
      return {
        kind: 'asking',
        read: async (signal) => {
          const facts = await client.readEnrolmentFacts(question.ask, 'command', signal);
          if ('kind' in facts) return facts;
          return {
            plan: async (choices) => {
              // Another Ident of the person that a hit is linked to is named too (OF-11).
              const ids = facts.candidates.map(({ id }) => id);
              const others = await store.links.readByVendorIds(scope, ids);
              const standards = toStandards(await offers.read());
              const plan = planEnrolment({
                ...(await naming(learner)),
                links: [...links, ...others],
                facts,
                standards,
                choices,
              });
              return { plan, hasOffers: standards.length > 0 };
            },
          };
        },
      };
    },
    refreshOffers: () => offers.refreshWhenOld(),
    correct: (plan, choices) => ({ ...plan, ...correctChoices(plan as unknown as AcceptedPlan, choices) }),
  };
}
