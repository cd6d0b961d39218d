import { digestOf } from '../../domain/digest.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { VendorFailure } from '../../domain/outcome.ts';
import type { VendorState } from '../../domain/vendor-state.ts';
import { countUnlinked } from '../common/unlinked.ts';
import { readApprovedPlan, type Warning } from '../common/warnings.ts';
import type { ConnectionCheck, Enabling, InitialPlan, Switching, VendorContext } from '../vendor.ts';
import { testConnection } from './client/connection-test.ts';
import type { Connect } from './client/transport.ts';
import { findMissingSettings, type SmartAssessorSection } from './config.ts';
import { openConnection, toConnection } from './connection.ts';
import { type ReadPlan, readInitialPlan } from './first-sync.ts';
import { smartAssessorIds } from './rules/links.ts';
import { findUnserved } from './rules/unserved.ts';
import {
  type EnabledFor,
  type EnabledWith,
  findOpenWarnings,
  findWarnings,
  isSamePlace,
  type WarningFacts,
} from './rules/warnings.ts';

/*
 * Switching Smart Assessor on and off. `smart-assessor.enabled` in the configuration says that it may be used; the state
 * in the sync database says that a person has enabled it, and for which origin, contract, user and site. Only both
 * together let it work, and only while those are still the same.
 */

const vendor = 'smartassessor' as const;

/** Everything that switches Smart Assessor, from its settings and what PICS and the sync database show. */
export function createSwitching(context: VendorContext, connect?: Connect): Omit<Switching, 'readStatus'> {
  const { configured, shared } = context;
  const section = sectionOf(context);
  return {
    isConfigured: configured.kind === 'enabled',
    isLicensed: shared.pics.licences.includes(vendor),
    address: section?.origin ?? '',
    findRest: async (state) => findRest(context, state),
    isPreparing: (state) =>
      configured.kind === 'enabled' && section !== null && isFirstFor(state, placeOf(section)),
    check: (options) => checkConnection(context, options, connect),
    isDesktopBlocked: async () => false,
    prepare: (_connected, confirmed) => prepare(context, confirmed, connect),
    readInitialPlan: async () => {
      const plan = await askInitialPlan(context, connect);
      return 'kind' in plan ? plan : plan.plan;
    },
    approvedPlanOf: readApprovedPlan,
  };
}

/** Null when it is faulty. */
export function sectionOf({ configured }: Pick<VendorContext, 'configured'>): SmartAssessorSection | null {
  return configured.kind === 'faulty' ? null : (configured.settings as SmartAssessorSection);
}

function placeOf({ origin = '', contract, userName, site }: SmartAssessorSection): EnabledFor {
  return { origin, contract, userDigest: digestOf(`user ${userName?.reveal() ?? ''}`), site };
}

/** Null when it was never enabled by a person who confirmed something. */
export function readEnabledWith({ confirmed }: Pick<VendorState, 'confirmed'>): EnabledWith | null {
  return 'userDigest' in confirmed ? (confirmed as unknown as EnabledWith) : null;
}

/** Whether nothing was ever exchanged with this place: then there is a plan to approve. */
function isFirstFor(state: Pick<VendorState, 'confirmed' | 'firstEnabledAtMs'>, place: EnabledFor): boolean {
  const last = readEnabledWith(state);
  return last === null ? state.firstEnabledAtMs === null : !isSamePlace(last, place);
}

/**
 * Why Smart Assessor does not work. `configuration`: off or faulty there. `disabled`: by a person, or never enabled.
 * `moved`: origin, contract, user or site are others than those it was enabled for, so what that means was not confirmed.
 */
type Rest = 'configuration' | 'disabled' | 'moved';

/** Null: it works. */
export function findRest(
  context: Pick<VendorContext, 'configured'>,
  state: Pick<VendorState, 'isEnabled' | 'confirmed'>,
): Rest | null {
  const section = sectionOf(context);
  if (context.configured.kind !== 'enabled' || section === null) return 'configuration';
  if (!state.isEnabled) return 'disabled';
  const last = readEnabledWith(state);
  return last !== null && !isSamePlace(last, placeOf(section)) ? 'moved' : null;
}

/** SA-1: the only call before a person has confirmed what to know. */
async function checkConnection(
  context: VendorContext,
  { forEnabling }: { readonly forEnabling: boolean },
  connect: Connect | undefined,
): Promise<ConnectionCheck> {
  const { configured } = context;
  if (configured.kind === 'faulty')
    return { kind: 'settings-missing', settings: [...new Set(configured.faults.map(({ path }) => path))] };
  const section = configured.settings as SmartAssessorSection;
  const missing = [
    ...(forEnabling && configured.kind !== 'enabled' ? ['enabled'] : []),
    ...findMissingSettings(section),
  ].map((name) => `smart-assessor.${name}`);
  const address = section.origin;
  if (missing.length > 0 || address === undefined) return { kind: 'settings-missing', settings: missing };
  if (typeof toConnection(section) === 'string')
    return { kind: 'settings-missing', settings: ['smart-assessor.origin'] };
  const connection = await openConnection(context, section, connect);
  try {
    const test = await testConnection(connection.port);
    if (test.kind === 'failed')
      return test.code === 'UNREACHABLE'
        ? { kind: 'unreachable', address, reason: test.sentence }
        : { kind: 'bad-sign-in', reason: test.sentence };
    const { id, trust, names, capabilities } = connection.port.contract;
    const unproven = trust === 'verified' ? 0 : Object.keys(names).length;
    const report: JsonObject = {
      contract: `${id} (${trust})`,
      centre: section.site,
      environment: address,
      notes: [
        ...(unproven === 0 ? [] : [`The contract ${id} is ${trust}: none of its names is verified.`]),
        ...findUnserved(section, capabilities),
      ],
    };
    return { kind: 'connected', centreId: section.site, centreCount: 1, report };
  } finally {
    await connection.close();
  }
}

/** A first enabling is planned. */
async function prepare(
  context: VendorContext,
  confirmed: readonly string[],
  connect: Connect | undefined,
): Promise<Enabling | VendorFailure> {
  const section = sectionOf(context);
  if (section === null) throw new Error('a connection was tested without its settings');
  const state = await context.store.vendors.readState(vendor);
  const place = placeOf(section);
  const read = isFirstFor(state, place) ? await askInitialPlan(context, connect) : null;
  if (read !== null && 'kind' in read) return read;
  const { warnings, facts } = await readWarnings(context, section, read?.idents ?? null);
  const { externalIdVendor, modes } = facts;
  const digest = read?.plan.digest ?? readApprovedPlan(state);
  const kept: EnabledWith = {
    ...place,
    externalIdVendor,
    modes,
    warnings: Object.fromEntries(warnings.map(({ id, text }) => [id, text])),
  };
  return {
    open: findOpenWarnings(warnings, confirmed, facts),
    plan: read?.plan ?? null,
    confirmed: { ...(kept as unknown as JsonObject), ...(digest !== null && { plan: digest }) },
  };
}

/** By a connection of its own: the poller must not take what was only counted for read. */
async function askInitialPlan(
  context: VendorContext,
  connect: Connect | undefined,
): Promise<ReadPlan | VendorFailure> {
  const section = sectionOf(context);
  if (section === null || typeof toConnection(section) === 'string')
    return { kind: 'unreachable', detail: 'no connection' };
  const connection = await openConnection(context, section, connect);
  try {
    const plan: InitialPlan | VendorFailure | ReadPlan = await readInitialPlan(context, connection);
    return plan;
  } finally {
    await connection.close();
  }
}

/** The warnings that apply now, with what they depend on. `idents`: learners that will be exchanged; null = not known. */
export async function readWarnings(
  context: Pick<VendorContext, 'pics' | 'store' | 'shared' | 'otherPulls'>,
  section: SmartAssessorSection,
  idents: readonly string[] | null,
): Promise<{ readonly facts: WarningFacts; readonly warnings: readonly Warning[] }> {
  const { store, shared } = context;
  const state = await store.vendors.readState(vendor);
  const place = placeOf(section);
  const { externalIdVendor } = shared;
  const isColumnOurs = externalIdVendor === vendor;
  const use = { ids: smartAssessorIds, centre: section.site, isColumnOurs, idents };
  const { learnerDetails, officerDetails } = section;
  const facts: WarningFacts = {
    ...place,
    externalIdVendor,
    modes: { learnerDetails, officerDetails },
    unlinked: isFirstFor(state, place) ? await countUnlinked(context, use) : null,
    last: readEnabledWith(state),
    otherPulls: context.otherPulls,
  };
  return { facts, warnings: findWarnings(facts) };
}
