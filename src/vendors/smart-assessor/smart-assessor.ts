import { createKeyedDigest } from '../../domain/digest.ts';
import type { OwnerKind } from '../../domain/owner.ts';
import type { Call, CallResult } from '../../domain/step.ts';
import { createReadClaims } from '../common/claims.ts';
import { findUncheckedId, noClaims } from '../common/learner-link.ts';
import type { OfferList } from '../common/offer-list.ts';
import { findContradictions, picsFacts } from '../common/person.ts';
import type {
  FoundOwner,
  LinkSubject,
  OpenVendor,
  SharedSettings,
  Vendor,
  VendorContext,
  VendorEnrolment,
  VendorLinking,
} from '../vendor.ts';
import { createCourseList, createRecentCourses, findUnoffered } from './catalogue.ts';
import { createExecute, toMaking } from './client/execute.ts';
import { toFailure } from './client/failures.ts';
import { resolveCreate } from './client/resolve.ts';
import type { Connect } from './client/transport.ts';
import { type SmartAssessorSection, smartAssessorSection } from './config.ts';
import { openConnection, type SmartAssessorConnection, toWireContract } from './connection.ts';
import { createSwitching, sectionOf } from './enabling.ts';
import { createReadKnowledge } from './facts.ts';
import { readSmartAssessorStrangers } from './first-sync.ts';
import { createPageReader, createPolling, toDailyRunTime, toPollingMode } from './polling.ts';
import { toCheckLearner, toFindOwner } from './rules/calls.ts';
import { toCourseOffers } from './rules/course-match.ts';
import { findCrossedBy } from './rules/crossed.ts';
import { type AcceptedPlan, correctChoices } from './rules/enrol/accepted.ts';
import { findFirstFault, planEnrolment } from './rules/enrol/plan.ts';
import { findTwins } from './rules/enrol/twins.ts';
import { evaluate, evaluateOwner, toVendorIds } from './rules/evaluate.ts';
import { decideOwnerLink, explainId, smartAssessorIds } from './rules/links.ts';
import { toKeptDetails } from './rules/records.ts';
import { comparedFields, decideRelevance } from './rules/relevance.ts';
import { smartAssessorRuleTitles } from './rules/rule-titles.ts';
import type { SmartAssessorSettings } from './rules/settings.ts';
import { toPulledDetails } from './rules/warnings.ts';
import { readSmartAssessorStatus } from './status.ts';
import { contractOf } from './wire/all.ts';
import { isLocalHost } from './wire/origin.ts';

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

/** Smart Assessor over HTTP. */
export const smartAssessor: Vendor = createSmartAssessorVendor();

/** Smart Assessor, as the rest of the program sees it. `connect` puts another way in the place of HTTP. */
export function createSmartAssessorVendor(connect?: Connect): Vendor {
  return {
    name: 'smartassessor',
    configName: 'smart-assessor',
    title: 'Smart Assessor',
    recordWords: { officer: 'assessor', organisation: 'employer', offer: 'course' },
    explainId,
    section: smartAssessorSection,
    environmentOf: (settings) => {
      const { origin } = settings as SmartAssessorSection;
      return origin === undefined ? null : { name: origin, isLive: !isLocalHost(new URL(origin).hostname) };
    },
    pulledDetails: (settings) => toPulledDetails(settings as SmartAssessorSection),
    dailyTimeOf: (settings) => toDailyRunTime(settings as SmartAssessorSection),
    pollingOf: (settings) => toPollingMode(settings as SmartAssessorSection),
    entities: ['learner', 'assessor', 'employer', 'course', 'learner-course', 'session'],
    columns: smartAssessorIds,
    tables,
    capturedFields: (settings, shared) =>
      comparedFields(toRuleSettings(settings as SmartAssessorSection, shared)),
    contractOf: (settings) => toWireContract(settings as SmartAssessorSection),
    ruleTitles: smartAssessorRuleTitles,
    reports: {
      findUnoffered: (settings, references, rows) =>
        findUnoffered(settings as SmartAssessorSection, references, rows),
      readStrangers: readSmartAssessorStrangers,
    },
    switching: (context) => ({
      ...createSwitching(context, connect),
      readStatus: () => readSmartAssessorStatus(context),
    }),
    open: async (context) => {
      const section = sectionOf(context);
      if (context.configured.kind !== 'enabled' || section === null) return null;
      return openSmartAssessor(context, await openConnection(context, section, connect));
    },
  };
}

/** What the rules are given. Without a connection the contract's own capabilities count. */
function toRuleSettings(
  section: SmartAssessorSection,
  { nearRealTime, deletedReviews, externalIdVendor }: SharedSettings,
  capabilities: SmartAssessorSettings['capabilities'] = contractOf(section.contract).capabilities,
): SmartAssessorSettings {
  const { userName: _userName, password: _password, clientKey: _clientKey, g1: _g1, ...rest } = section;
  return { ...rest, capabilities, nearRealTime, deletedReviews, externalIdVendor };
}

/** How far lists may lag behind writes beside what the settings say, and what clocks and commits may take. */
const marginMs = 20_000;

/**
 * G-5, smart-assessor-api 10.1: Smart Assessor may go on with a call for as long again as we wait for its answer, and may
 * show its record only after the time in which it is looked for.
 */
function longestWriteMs({ writeMs, settleMs, settleTries }: SmartAssessorSection): number {
  return 2 * writeMs + settleMs * (2 ** settleTries - 1) + marginMs;
}

/** Smart Assessor with this connection. */
function openSmartAssessor(context: VendorContext, connection: SmartAssessorConnection): OpenVendor {
  const { pics, store, clock, log, shared } = context;
  const { port, section, budget } = connection;
  const settings = toRuleSettings(section, shared, port.contract.capabilities);
  const { site } = section;
  const kept = toKeptDetails(settings);
  const readClaims = createReadClaims({ pics, store, ids: smartAssessorIds, centre: site });
  const { liveLetters } = shared.pics;
  const offers = createCourseList(port, settings, { pics, store, clock, log, liveLetters });
  const recentCourses = createRecentCourses(offers, clock);
  const parts = {
    port,
    site,
    kept,
    now: () => clock.nowMs(),
    sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
    settle: { firstMs: section.settleMs, tries: section.settleTries },
  };
  const execute = createExecute(parts);
  return {
    name: 'smartassessor',
    title: 'Smart Assessor',
    centre: site,
    address: connection.address,
    columns: smartAssessorIds,
    tables,
    settleMs: longestWriteMs(section),
    callsPerMinute: section.callsPerMinute,
    endedBySettings: ['TYPE_NOT_MAPPED', 'STATE_NOT_MAPPED'], // SA-9, A-29
    decideRelevance: (change) => decideRelevance(change, settings),
    isForeignWrite: () => false, // A-36 is about the desktop product's exchange with OneFile
    vendorIdsOf: toVendorIds,
    evaluate: async (view) => {
      const { learner, lane } = view;
      const vendorId = findUncheckedId(smartAssessorIds, learner, lane.links);
      const claims =
        vendorId === null ? noClaims : await readClaims({ kind: 'learner', code: learner.ident, vendorId });
      const courses = lane.enrolment === null ? await recentCourses() : toCourseOffers(await offers.read());
      return evaluate({ ...view, settings, claims, courses });
    },
    evaluateOwner: async (view) => {
      const { owner, lane, nowMs } = view;
      const { kind, code } = owner;
      const link = decideOwnerLink(owner, lane.links, settings, nowMs);
      const claims =
        link.kind === 'typed' ? await readClaims({ kind, code, vendorId: link.typedId }) : noClaims;
      return evaluateOwner({ ...view, settings, claims });
    },
    readKnowledge: createReadKnowledge({ pics, store, settings }),
    digestRecord: createKeyedDigest(`applied ${section.clientKey?.reveal() ?? ''}`),
    reserveCall: (priority, signal) => budget.take(priority, signal),
    execute,
    resolve: (intent, callContext) => resolveCreate(intent, toMaking(parts, callContext)),
    readPage: createPageReader(connection, settings, context),
    polling: createPolling(context, section, { settings, offers }),
    linking: createLinking(connection, { settings, execute, offers }),
    enrolment: createEnrolment(context, { settings, offers }),
    close: () => connection.close(),
  };
}

type Linking = {
  readonly settings: SmartAssessorSettings;
  readonly execute: ReturnType<typeof createExecute>;
  readonly offers: OfferList;
};

function createLinking(
  { port, budget }: SmartAssessorConnection,
  { settings, execute, offers }: Linking,
): VendorLinking {
  const isOwnerShown = settings.externalIdVendor === 'smartassessor';
  return {
    isShown: (kind) => kind === 'learner' || isOwnerShown,

    // SA-20, SA-24: all there are, archived assessors too, so that a person sees why one is not to be chosen.
    searchOwners: async (kind, text) => {
      const account = { priority: 'command', prepaid: 0 } as const;
      const found = await (kind === 'officer' ? readAssessors(port, account) : readEmployers(port, account));
      return 'kind' in found ? found : found.filter((one) => fits(one, text));
    },

    // SA-18, G-2.
    findRecord: async (subject, vendorId, signal): Promise<CallResult> => {
      const id = smartAssessorIds.toId(subject.kind, vendorId);
      const params = { kind: subject.kind, id: vendorId };
      if (id === null) return { kind: 'rejected', code: 'ID_NOT_FOUND', detail: '', params };
      await budget.take('command', signal);
      return execute(findCall(subject, id), { priority: 'command', cause: 'refresh', signal });
    },

    contradictionsOf: (learner, seen) => {
      const record = seen.find(({ entity }) => entity === 'learner')?.record ?? null;
      return record === null ? [] : findContradictions(picsFacts(learner), smartAssessorIds.personOf(record));
    },
    crossedBy: findCrossedBy,
    refreshCatalogue: () => offers.refreshAndCompare(),
  };
}

function findCall({ kind, code }: LinkSubject, vendorId: string): Call {
  return kind === 'learner'
    ? toCheckLearner({ ident: code, learnerId: vendorId })
    : toFindOwner({ kind: kind as OwnerKind, code }, vendorId);
}

type Port = SmartAssessorConnection['port'];
type Account = Parameters<Port['call']>[2];

async function readAssessors(port: Port, account: Account) {
  const read = await port.call('read-assessors', { includeArchived: true }, account);
  if (read.kind !== 'ok') return toFailure(read, 'find-assessor', {});
  return read.value.records.map(({ id, misId, email, isArchived, ...names }): FoundOwner => {
    const name = [names.firstName, names.lastName].filter((part) => part !== null).join(' ');
    return {
      id,
      misId,
      email,
      name: name === '' ? null : name,
      isActive: isArchived === null ? null : !isArchived,
    };
  });
}

async function readEmployers(port: Port, account: Account) {
  const read = await port.call('read-employers', {}, account);
  if (read.kind !== 'ok') return toFailure(read, 'find-employer', {});
  return read.value.records.map(
    ({ id, misId, name }): FoundOwner => ({ id, misId, name, email: null, isActive: null }),
  );
}

/** Part of the name, the e-mail address, our key or the id; case does not matter. */
function fits({ id, name, email, misId }: FoundOwner, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return [id, name, email, misId].some((one) => one?.toLowerCase().includes(wanted));
}

function createEnrolment(
  { pics, store, clock }: VendorContext,
  { settings, offers }: { readonly settings: SmartAssessorSettings; readonly offers: OfferList },
): VendorEnrolment {
  const scope = { vendor: 'smartassessor', centre: settings.site, kind: 'learner' } as const;
  return {
    ask: async ({ learner, links }) => {
      const known = { learner, links, settings };
      const fault = findFirstFault({ ...known, nowMs: clock.nowMs() });
      if (fault !== null) return { kind: 'refused', fault };
      return {
        kind: 'asking',
        // Nothing is asked of Smart Assessor: PICS shows whether another record of the person is linked (SA-10).
        read: async () => {
          const candidates = findTwins(learner, await pics.readPersonsLike('smartAssessorId', learner));
          const idents = candidates.map(({ ident }) => ident);
          const linked = await store.links.readByPicsIds(scope, idents);
          const twins = linked.map(({ picsId, vendorId }) => ({ ident: picsId, vendorId }));
          return {
            plan: async (choices) => {
              const courses = toCourseOffers(await offers.read());
              const input = { ...known, nowMs: clock.nowMs(), courses, twins, choices };
              return { plan: planEnrolment(input), hasOffers: courses.length > 0 };
            },
          };
        },
      };
    },
    refreshOffers: () => offers.refreshWhenOld(),
    correct: (plan, choices) => ({ ...plan, ...correctChoices(plan as unknown as AcceptedPlan, choices) }),
  };
}
