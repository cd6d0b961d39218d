import { digestOf } from '../../domain/digest.ts';
import type { OwnerKind } from '../../domain/owner.ts';
import type { PassForecast, ReadPage } from '../../domain/polling.ts';
import type { Store } from '../../domain/ports.ts';
import { type DailyTime, toDailyTime } from '../../domain/schedule.ts';
import type { OfferList } from '../common/offer-list.ts';
import type { VendorContext, VendorPolling } from '../vendor.ts';
import { createReadPage, pollResources } from './client/read-page.ts';
import type { SmartAssessorSection } from './config.ts';
import type { SmartAssessorConnection } from './connection.ts';
import { toOwnerPassReads, toPassReads } from './rules/calls.ts';
import { matchSeenOwners } from './rules/links.ts';
import { toKeptDetails } from './rules/records.ts';
import type { SmartAssessorSettings } from './rules/settings.ts';

/*
 * How Smart Assessor is polled (D-21, SA-30). It can only be read whole: the daily run and every interval between read
 * the six collections, and what differs is published. Nothing is read learner by learner but by a look at one.
 */

export function toDailyRunTime({ dailySync }: SmartAssessorSection): DailyTime {
  const time = toDailyTime(dailySync.time);
  if (time === null) throw new Error('smart-assessor.dailySync.time passed its check and is not a time');
  return time;
}

/** Reads the site, keeping of people what these settings exchange. */
export function createPageReader(
  { port }: Pick<SmartAssessorConnection, 'port'>,
  settings: Parameters<typeof toKeptDetails>[0] & Pick<SmartAssessorSettings, 'site'>,
  { log, clock }: Pick<VendorContext, 'log' | 'clock'>,
): ReadPage {
  const kept = toKeptDetails(settings);
  return createReadPage({ port, site: settings.site, kept, log, chance: () => clock.chance() });
}

/** Entities whose records are officers or organisations of PICS. */
const ownerKinds: Readonly<Record<string, OwnerKind>> = { assessor: 'officer', employer: 'organisation' };

/** What identifies a learner: kept of those who are linked to none of PICS, with nothing else of them. */
const matchFields: ReadonlySet<string> = new Set([
  'id',
  'misId',
  'givenNames',
  'familyName',
  'dateOfBirth',
  'uln',
  'isArchived',
]);

export function toPollingMode({ pollIntervalS }: SmartAssessorSection): VendorPolling['mode'] {
  return pollIntervalS > 0 ? 'spare' : 'off';
}

export function createPolling(
  { store, clock }: Pick<VendorContext, 'store' | 'clock'>,
  section: SmartAssessorSection,
  { settings, offers }: { readonly settings: SmartAssessorSettings; readonly offers: OfferList },
): VendorPolling {
  const mode = toPollingMode(section);
  return {
    form: digestOf({ contract: section.contract, capabilities: settings.capabilities }),
    plans: pollResources.map((resource) => ({
      resource,
      recent: mode === 'spare' ? 'every-turn' : 'never',
      recentEveryMs: section.pollIntervalS * 1_000,
    })),
    dailyTime: toDailyRunTime(section),
    mode,
    // Only learners who are read one by one are put in an order by it, and here none is.
    reviewTime: null,
    // SA-30: all who are linked.
    selectDaily: async (learners) => learners,
    // SA-23: what a first synchronisation matches is the id alone, which a look or the pass itself links.
    afterRead: async (entity, read) => {
      if (entity === 'course') await offers.rebuild(read);
    },
    toMatchRecord: (record) =>
      Object.fromEntries(
        Object.entries(record).map(([name, value]) => [name, matchFields.has(name) ? value : null]),
      ),
    // SA-53: written into PICS by pull mode, so a full pass shows all of them, changed or not (G-4).
    publishesAll: (entity) => entity === 'assessor' && settings.officerDetails === 'pull',
    ownerKindOf: (entity) => ownerKinds[entity] ?? null,
    matchOwners: (seen) => matchSeenOwners(seen, settings, clock.nowMs()),
    // SA-54: details of organisations are never sent.
    pushedOwners: settings.officerDetails === 'push' ? ['officer'] : [],
    readsOf: ({ ident, vendorId }) => toPassReads({ ident, learnerId: vendorId }),
    readsOfOwner: toOwnerPassReads,
    forecast: (learnerCount) => readPassForecast(store, section, learnerCount),
  };
}

/** The six collections, of which some contracts make one out of two lists. */
const callsOfPass = 7;

/** A pass costs as many calls with one learner as with ten thousand. */
export function forecastPass(
  learners: number,
  { callsPerMinute }: Pick<SmartAssessorSection, 'callsPerMinute'>,
): PassForecast {
  return {
    calls: callsOfPass,
    minutes: Math.ceil((callsOfPass / callsPerMinute) * 10) / 10,
    callsPerLearner: learners === 0 ? 0 : Math.round((callsOfPass / learners) * 1_000) / 1_000,
  };
}

/** Without a count: for all who are linked now. */
export async function readPassForecast(
  { links }: Pick<Store, 'links'>,
  section: Pick<SmartAssessorSection, 'callsPerMinute' | 'site'>,
  learnerCount?: number,
): Promise<PassForecast> {
  const scope = { vendor: 'smartassessor', centre: section.site, kind: 'learner' } as const;
  return forecastPass(learnerCount ?? (await links.count(scope)), section);
}
