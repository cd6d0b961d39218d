import { readKeptStatus } from '../common/status.ts';
import type { Warning } from '../common/warnings.ts';
import type { VendorContext, VendorStatus } from '../vendor.ts';
import type { OneFileSection } from './config.ts';
import { readEnabledWith } from './confirmed.ts';
import { findRest, readDesktopState, readWarnings, sectionOf } from './enabling.ts';
import { readPassForecast } from './forecast.ts';
import { findOpenWarnings } from './rules/warnings.ts';

const vendor = 'onefile' as const;

/** Reads it, one statement after the other: on the command line the pool is a single connection. */
export async function readOneFileStatus(
  context: Omit<VendorContext, 'openCredential'>,
): Promise<VendorStatus> {
  const { configured, store } = context;
  const state = await store.vendors.readState(vendor);
  const section = sectionOf(context);
  const centre = section?.centreId ?? readEnabledWith(state)?.centreId ?? null;
  const rests = await findRest(context, state, () => {
    if (section === null) throw new Error('a faulty section has no guard');
    return readDesktopState(context, section);
  });
  return {
    ...(await readKeptStatus(vendor, { store, state, centre })),
    isEnabled: rests === null,
    rests,
    configured: configured.kind === 'faulty' ? 'faulty' : configured.kind === 'enabled' ? 'on' : 'off',
    faults: configured.kind === 'faulty' ? configured.faults.map(({ sentence }) => sentence) : [],
    environment: section?.environment ?? null,
    settings: section === null ? {} : modeSettings(section, context.shared),
    warningsOpen: section === null ? [] : await readOpenWarnings(context, section, centre),
    forecast:
      section === null || centre === null ? null : await readPassForecast(store, { limits: section, centre }),
  };
}

async function readOpenWarnings(
  context: Omit<VendorContext, 'openCredential'>,
  section: OneFileSection,
  centre: string | null,
): Promise<readonly Warning[]> {
  const { warnings, facts } = await readWarnings(context, { section, centreId: centre ?? '', idents: null });
  return findOpenWarnings(warnings, [], facts);
}

/** Settings that say what is exchanged, when, and which side wins. */
function modeSettings(
  section: OneFileSection,
  { externalIdVendor, nearRealTime, deletedReviews }: VendorContext['shared'],
): Readonly<Record<string, unknown>> {
  const { dailySync, dailyScope, polling, callsPerMinute, uploadReviews, downloadReviews } = section;
  const { learnerDetails, officerDetails, organisationDetails, matchBy, unitsPolicy, corrections } = section;
  const { pushMainOfficer, pushPlacement, desktopSyncOff, desktopGuard } = section;
  return {
    'dailySync.time': dailySync.time,
    dailyScope,
    polling,
    callsPerMinute,
    uploadReviews,
    downloadReviews,
    corrections,
    learnerDetails,
    officerDetails,
    organisationDetails,
    pushMainOfficer,
    pushPlacement,
    matchBy,
    unitsPolicy,
    desktopSyncOff,
    desktopGuard,
    externalIdVendor,
    nearRealTime,
    deletedReviews,
  };
}
