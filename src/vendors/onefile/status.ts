import type { Warning } from '../common/warnings.ts';
import { readApprovedPlan } from '../common/warnings.ts';
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
  const runs = await store.polling.readRuns(vendor);
  const held = await store.held.countByReason();
  const section = sectionOf(context);
  const centre = section?.centreId ?? readEnabledWith(state)?.centreId ?? null;
  const fields = centre === null ? [] : await store.fields.list({ vendor, centre });
  const rests = await findRest(context, state, () => {
    if (section === null) throw new Error('a faulty section has no guard');
    return readDesktopState(context, section);
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
    settings: section === null ? {} : modeSettings(section, context.shared),
    lastSynchronisedAtMs: runs.lastCompleted,
    synchronisingSinceMs: runs.open,
    syncDueSinceMs: state.syncDueAtMs,
    approvedPlan: readApprovedPlan(state),
    warningsOpen: section === null ? [] : await readOpenWarnings(context, section, centre),
    forecast:
      section === null || centre === null ? null : await readPassForecast(store, { limits: section, centre }),
    held: held.filter((one) => one.vendor === vendor).map(({ code, count }) => ({ code, count })),
    lostFields: fields.filter(({ isKept }) => !isKept),
    sharedOfficers: centre === null ? [] : await store.links.readShared({ vendor, centre, kind: 'officer' }),
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
