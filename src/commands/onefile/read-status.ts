import type { Config } from '../../config/config.ts';
import type { PassForecast } from '../../core/poll-forecast.ts';
import { countHeldByReason } from '../../store/held.ts';
import { readRuns } from '../../store/runs.ts';
import { readVendorState } from '../../store/vendor-state.ts';
import type { OneFileSection } from '../../vendors/onefile/config.ts';
import { oneFile as vendor } from '../../vendors/onefile/onefile.ts';
import { findOpenWarnings, type Warning } from '../../vendors/onefile/rules/warnings.ts';
import { readApprovedPlan, readEnabledWith } from '../run/enabled-with.ts';
import { findRest, type Rest } from '../run/find-rest.ts';
import { readDesktopState, readWarnings, type WarningParts } from '../run/onefile-warnings.ts';
import { readPassForecast } from '../run/pass-forecast.ts';

/** Everything an administrator asks of OneFile first (OF-3). Nothing is called for it. */
export type OneFileStatus = {
  /** At work: the configuration allows it and a person has enabled it. */
  readonly isEnabled: boolean;
  /** Why it is not at work. */
  readonly rests: Rest | null;
  readonly configured: 'on' | 'off' | 'faulty';
  readonly faults: readonly string[];
  /** When it was last enabled or disabled, and by whom. */
  readonly changedAtMs: number | null;
  readonly changedBy: string | null;
  readonly environment: string | null;
  readonly centre: string | null;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Begin of the last full synchronisation that was completed: moved by nothing else. */
  readonly lastSynchronisedAtMs: number | null;
  readonly synchronisingSinceMs: number | null;
  readonly syncDueSinceMs: number | null;
  readonly approvedPlan: string | null;
  readonly warningsOpen: readonly Warning[];
  readonly forecast: PassForecast | null;
  readonly held: readonly { readonly code: string; readonly count: number }[];
};

export async function readOneFileStatus(
  config: Pick<Config, 'vendors' | 'pics' | 'externalIdVendor' | 'nearRealTime' | 'deletedReviews'>,
  parts: WarningParts,
): Promise<OneFileStatus> {
  const configured = config.vendors.onefile;
  const db = parts.store.pool;
  // One after the other: on the command line the pool is a single connection.
  const state = await readVendorState(db, vendor.name);
  const runs = await readRuns(db, vendor.name);
  const held = await countHeldByReason(db);
  const section = configured.kind === 'faulty' ? null : configured.settings;
  const last = readEnabledWith(state);
  const centre = section?.centreId ?? last?.centreId ?? null;
  const rests = await findRest(configured, state, async () => {
    if (section === null) throw new Error('a faulty section has no guard');
    return readDesktopState(section, parts);
  });
  return {
    isEnabled: rests === null,
    rests,
    configured: configured.kind === 'faulty' ? 'faulty' : configured.kind === 'enabled' ? 'on' : 'off',
    faults: configured.kind === 'faulty' ? configured.faults.map(({ sentence }) => sentence) : [],
    changedAtMs: state.changedAtMs,
    changedBy: state.changedBy,
    environment: section?.environment ?? null,
    centre,
    settings: section === null ? {} : toModeSettings(section, config),
    lastSynchronisedAtMs: runs.lastCompleted,
    synchronisingSinceMs: runs.open,
    syncDueSinceMs: state.syncDueAtMs,
    approvedPlan: readApprovedPlan(state),
    warningsOpen: section === null ? [] : await readOpenWarnings(config, parts, section, centre),
    forecast:
      section === null || centre === null ? null : await readPassForecast(db, { section, centreId: centre }),
    held: held.filter((one) => one.vendor === vendor.name).map(({ code, count }) => ({ code, count })),
  };
}

async function readOpenWarnings(
  config: Pick<Config, 'pics' | 'externalIdVendor'>,
  parts: WarningParts,
  section: OneFileSection,
  centre: string | null,
): Promise<readonly Warning[]> {
  const about = { section, centreId: centre ?? '', idents: null };
  const { warnings, facts } = await readWarnings({ config }, parts, about);
  return findOpenWarnings(warnings, [], facts);
}

/** Settings that say what is exchanged, when, and which side wins. */
function toModeSettings(
  section: OneFileSection,
  {
    externalIdVendor,
    nearRealTime,
    deletedReviews,
  }: Pick<Config, 'externalIdVendor' | 'nearRealTime' | 'deletedReviews'>,
): Readonly<Record<string, unknown>> {
  const { dailySync, dailyScope, polling, callsPerMinute, uploadReviews, downloadReviews } = section;
  const { learnerDetails, officerDetails, organisationDetails, matchBy, unitsPolicy } = section;
  const { pushMainOfficer, pushPlacement, desktopSyncOff, desktopGuard } = section;
  return {
    'dailySync.time': dailySync.time,
    ...{ dailyScope, polling, callsPerMinute, uploadReviews, downloadReviews },
    ...{ learnerDetails, officerDetails, organisationDetails, pushMainOfficer, pushPlacement },
    ...{ matchBy, unitsPolicy, desktopSyncOff, desktopGuard },
    ...{ externalIdVendor, nearRealTime, deletedReviews },
  };
}
