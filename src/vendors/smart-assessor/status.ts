import { readKeptStatus } from '../common/status.ts';
import type { VendorContext, VendorStatus } from '../vendor.ts';
import type { SmartAssessorSection } from './config.ts';
import { findRest, readEnabledWith, readWarnings, sectionOf } from './enabling.ts';
import { readPassForecast } from './polling.ts';
import { findOpenWarnings } from './rules/warnings.ts';

const vendor = 'smartassessor' as const;

/** Reads it, one statement after the other: on the command line the pool is a single connection. */
export async function readSmartAssessorStatus(
  context: Omit<VendorContext, 'openCredential'>,
): Promise<VendorStatus> {
  const { configured, store } = context;
  const state = await store.vendors.readState(vendor);
  const section = sectionOf(context);
  const centre = section?.site ?? readEnabledWith(state)?.site ?? null;
  const rests = findRest(context, state);
  return {
    ...(await readKeptStatus(vendor, { store, state, centre })),
    isEnabled: rests === null,
    rests,
    configured: configured.kind === 'faulty' ? 'faulty' : configured.kind === 'enabled' ? 'on' : 'off',
    faults: configured.kind === 'faulty' ? configured.faults.map(({ sentence }) => sentence) : [],
    environment: section?.origin ?? null,
    settings: section === null ? {} : modeSettings(section, context.shared),
    warningsOpen: section === null ? [] : await readOpenWarnings(context, section),
    forecast: section === null ? null : await readPassForecast(store, section),
  };
}

async function readOpenWarnings(
  context: Omit<VendorContext, 'openCredential'>,
  section: SmartAssessorSection,
): Promise<VendorStatus['warningsOpen']> {
  const { warnings, facts } = await readWarnings(context, section, null);
  return findOpenWarnings(warnings, [], facts);
}

/** Settings that say what is exchanged, when, and which side wins. */
function modeSettings(
  section: SmartAssessorSection,
  { externalIdVendor, nearRealTime, deletedReviews }: VendorContext['shared'],
): Readonly<Record<string, unknown>> {
  const { contract, dailySync, pollIntervalS, callsPerMinute, welcomeEmail, studentIdFromLrn } = section;
  const { riskFromScore, learnerDetails, officerDetails, updateGender, secondAssessorRole } = section;
  const { unlinkedOfficer, unlinkedEmployer, elementsFrom, unitsPolicy, reviewTypeMap } = section;
  return {
    contract,
    'dailySync.time': dailySync.time,
    pollIntervalS,
    callsPerMinute,
    welcomeEmail,
    studentIdFromLrn,
    riskFromScore,
    learnerDetails,
    officerDetails,
    updateGender,
    secondAssessorRole,
    unlinkedOfficer,
    unlinkedEmployer,
    elementsFrom,
    unitsPolicy,
    reviewTypeMap,
    externalIdVendor,
    nearRealTime,
    deletedReviews,
  };
}
