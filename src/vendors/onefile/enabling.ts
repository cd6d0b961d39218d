import type { Json, JsonObject } from '../../domain/json.ts';
import type { VendorFailure } from '../../domain/outcome.ts';
import type { VendorState } from '../../domain/vendor-state.ts';
import { countUnlinked } from '../common/unlinked.ts';
import type { Warning } from '../common/warnings.ts';
import { readApprovedPlan } from '../common/warnings.ts';
import type {
  Connected,
  ConnectionCheck,
  Enabling,
  InitialPlan,
  Switching,
  VendorContext,
} from '../vendor.ts';
import type { ConnectionTest } from './client/connection-test.ts';
import type { Connect } from './client/transport.ts';
import type { OneFileSection } from './config.ts';
import { confirmedWith, isFirstFor, modesOf, readEnabledWith } from './confirmed.ts';
import { toConnection, withClient } from './connection.ts';
import { type ReadPlan, readInitialPlan } from './first-sync.ts';
import { oneFileIds } from './rules/links.ts';
import {
  type DesktopState,
  desktopSettingNames,
  findDesktopEvidence,
  findOpenWarnings,
  findWarnings,
  isDesktopOpen,
  type WarningFacts,
} from './rules/warnings.ts';

/*
 * Switching OneFile on and off. `onefile.enabled` in the configuration says that OneFile may be used; the state in the
 * sync database says that a person has enabled it, and for which environment and centre. Only both together let it
 * work, and only while environment and centre are still those and the desktop guard does not block.
 */

const vendor = 'onefile' as const;

/** Everything that switches OneFile, from its settings and what PICS and the sync database show. */
export function createSwitching(context: VendorContext, connect?: Connect): Omit<Switching, 'readStatus'> {
  const { configured, shared } = context;
  const configuredSection = sectionOf(context);
  return {
    isConfigured: configured.kind === 'enabled',
    isLicensed: shared.pics.licences.includes(vendor),
    address:
      configuredSection === null
        ? ''
        : (toConnection(configuredSection, configuredSection.centreId ?? '')?.baseUrl ?? ''),
    findRest: (state) =>
      findRest(context, state, () => {
        if (configuredSection === null) throw new Error('a faulty section has no guard');
        return readDesktopState(context, configuredSection);
      }),
    isPreparing: (state) => configuredSection !== null && isPreparing(context, configuredSection, state),
    check: (options) => checkConnection(context, options, connect),
    isDesktopBlocked: async () => {
      const { section } = usableSection(context, { forEnabling: true });
      return section?.desktopGuard === 'block' && isDesktopOpen(await readDesktopState(context, section));
    },
    prepare: (connected, confirmed) => prepare(context, { connected, confirmed, connect }),
    readInitialPlan: async (centreId) => {
      const plan = await askInitialPlan(context, centreId, connect);
      return 'kind' in plan ? plan : plan.plan;
    },
    approvedPlanOf: readApprovedPlan,
  };
}

/** Null when it is faulty. */
export function sectionOf({ configured }: Pick<VendorContext, 'configured'>): OneFileSection | null {
  return configured.kind === 'faulty' ? null : (configured.settings as OneFileSection);
}

/**
 * Why OneFile does not work. `configuration`: off or faulty there. `disabled`: by a person, or never enabled. `moved`:
 * environment or centre are others than those it was enabled for, so what that means was not confirmed (OF-1).
 * `desktop`: the guard blocks (OF-7).
 */
type Rest = 'configuration' | 'disabled' | 'moved' | 'desktop';

/** Null: OneFile works. The desktop is looked at only where it can block. */
export async function findRest(
  context: Pick<VendorContext, 'configured'>,
  state: Pick<VendorState, 'isEnabled' | 'confirmed'>,
  readDesktop: () => Promise<DesktopState>,
): Promise<Rest | null> {
  const section = sectionOf(context);
  if (context.configured.kind !== 'enabled' || section === null) return 'configuration';
  if (!state.isEnabled) return 'disabled';
  const { environment, centreId, desktopGuard } = section;
  const last = readEnabledWith(state);
  const isMoved =
    last !== null && (last.environment !== environment || last.centreId !== (centreId ?? last.centreId));
  if (isMoved) return 'moved';
  return desktopGuard === 'block' && isDesktopOpen(await readDesktop()) ? 'desktop' : null;
}

/** D-20: the configuration allows OneFile, and it was never enabled for this environment and centre. */
function isPreparing(
  { configured }: Pick<VendorContext, 'configured'>,
  { environment, centreId }: OneFileSection,
  state: VendorState,
): boolean {
  const known = centreId ?? readEnabledWith(state)?.centreId ?? '';
  return (
    configured.kind === 'enabled' && isFirstFor(state, { environment: environment ?? '', centreId: known })
  );
}

/** OF-7: what an administrator says of desktop synchronisation, and what PICS shows. */
export async function readDesktopState(
  { pics }: Pick<VendorContext, 'pics'>,
  section: Pick<OneFileSection, 'desktopSyncOff'>,
): Promise<DesktopState> {
  const settings = await pics.readDesktopSettings(desktopSettingNames);
  return { isConfirmedOff: section.desktopSyncOff, evidence: findDesktopEvidence(settings) };
}

/** The section as far as it can be used, and what is missing in it. */
function usableSection(
  context: VendorContext,
  { forEnabling }: { readonly forEnabling: boolean },
): { readonly section: OneFileSection | null; readonly missing: readonly string[] } {
  const { configured } = context;
  if (configured.kind === 'faulty')
    return { section: null, missing: [...new Set(configured.faults.map(({ path }) => path))] };
  const section = configured.settings as OneFileSection;
  const { customerToken, environment, baseUrl } = section;
  const wanted = {
    enabled: configured.kind === 'enabled' || !forEnabling,
    customerToken: customerToken !== undefined,
    environment: environment !== undefined,
    baseUrl: environment !== 'simulator' || baseUrl !== undefined,
  };
  const missing = Object.entries(wanted).flatMap(([name, isThere]) => (isThere ? [] : [`onefile.${name}`]));
  return { section: missing.length > 0 ? null : section, missing };
}

/** Signs in and looks at the centres: the only calls before a person has confirmed what to know (OF-1). */
async function checkConnection(
  context: VendorContext,
  options: { readonly forEnabling: boolean },
  connect: Connect | undefined,
): Promise<ConnectionCheck> {
  const { section, missing } = usableSection(context, options);
  if (section === null) return { kind: 'settings-missing', settings: missing };
  const centreId = section.centreId ?? '';
  const address = toConnection(section, centreId)?.baseUrl;
  const test = await testCentre(context, section, centreId, connect);
  if (test === null || address === undefined)
    return { kind: 'settings-missing', settings: ['onefile.environment'] };
  const judged = judgeTest(section, address, test);
  if (judged.kind !== 'connected' || judged.centreId === null) return judged;
  const lostFields = await readLostFields(context, judged.centreId);
  return { ...judged, report: { ...judged.report, lostFields } };
}

/** D-16: what the centre does not keep, or may not keep. */
async function readLostFields({ store }: VendorContext, centre: string): Promise<Json[]> {
  const fields = await store.fields.list({ vendor, centre });
  return fields.flatMap(({ field, isKept, lostCount }) => (isKept ? [] : [{ field, lostCount }]));
}

/** Without a chosen centre the only one is tested as if it were chosen. */
async function testCentre(
  context: VendorContext,
  section: OneFileSection,
  centreId: string,
  connect: Connect | undefined,
): Promise<ConnectionTest | null> {
  const test = await withClient(context, { section, centreId, connect }, (client) => client.testConnection());
  const [only, ...others] = test?.centres ?? [];
  if (centreId !== '' || test?.kind !== 'failed' || only === undefined || others.length > 0) return test;
  return withClient(context, { section, centreId: only.id, connect }, (client) => client.testConnection());
}

/** What a test found, as commands judge it (OF-5). */
export function judgeTest(
  section: Pick<OneFileSection, 'centreId' | 'environment'>,
  address: string,
  test: ConnectionTest,
): ConnectionCheck {
  if (test.kind === 'failed' && test.code === 'UNREACHABLE') return { kind: 'unreachable', address };
  if (test.kind === 'failed' && test.code === 'BAD_SIGN_IN') return { kind: 'bad-sign-in' };
  const report = reportOf(section, test);
  const [only, ...others] = test.centres;
  if (section.centreId !== undefined && test.kind === 'failed')
    return { kind: 'centre-unknown', centreId: section.centreId, report };
  const chosen = section.centreId ?? (others.length === 0 ? only?.id : undefined) ?? null;
  return { kind: 'connected', centreId: chosen, centreCount: test.centres.length, report };
}

function reportOf({ environment }: Pick<OneFileSection, 'environment'>, test: ConnectionTest): JsonObject {
  const centres = test.centres.map((centre) => ({ ...centre }));
  if (test.kind === 'failed') return { environment: environment ?? null, centres };
  const { interfaceVersion, customer, misValues, warnings } = test;
  return {
    environment: environment ?? null,
    interfaceVersion,
    customer,
    centres,
    misValues: { assessors: { ...misValues.assessors }, placements: { ...misValues.placements } },
    uncertainNames: test.assumedNames.map((name) => ({ ...name })),
    notes: [...warnings],
  };
}

type Preparation = {
  readonly connected: Connected;
  readonly confirmed: readonly string[];
  readonly connect: Connect | undefined;
};

/** A first enabling is planned, unless PICS and environment do not fit and no person has said that they shall (W-4). */
async function prepare(
  context: VendorContext,
  { connected, confirmed, connect }: Preparation,
): Promise<Enabling | VendorFailure> {
  const { section } = usableSection(context, { forEnabling: true });
  const centreId = connected.centreId ?? '';
  if (section === null) throw new Error('a connection was tested without its settings');
  const state = await context.store.vendors.readState(vendor);
  const first = await readWarnings(context, { section, centreId, idents: null });
  const isStrange = findOpenWarnings(first.warnings, confirmed, first.facts).some(({ id }) => id === 'W-4');
  const isPlanned = isFirstFor(state, first.facts) && !isStrange;
  const read = isPlanned ? await askInitialPlan(context, centreId, connect) : null;
  if (read !== null && 'kind' in read) return read;
  const plan: InitialPlan | null = read?.plan ?? null;
  const { warnings, facts } =
    read === null ? first : await readWarnings(context, { section, centreId, idents: read.idents });
  const { environment, externalIdVendor, modes } = facts;
  return {
    open: findOpenWarnings(warnings, confirmed, facts),
    plan,
    confirmed: confirmedWith(
      { environment, centreId, externalIdVendor, modes },
      warnings,
      plan?.digest ?? readApprovedPlan(state),
    ),
  };
}

/** By a client of its own: the poller must not take what was only counted for read. */
async function askInitialPlan(
  context: VendorContext,
  centreId: string,
  connect: Connect | undefined,
): Promise<ReadPlan | VendorFailure> {
  const section = sectionOf(context);
  const plan =
    section === null
      ? null
      : await withClient(context, { section, centreId, connect }, (client) =>
          readInitialPlan(context, client, {
            section,
            centreId,
            externalIdVendor: context.shared.externalIdVendor,
          }),
        );
  return plan ?? { kind: 'unreachable', detail: 'no connection' };
}

/** `idents`: learners that the first synchronisation exchanges; null = not known yet. */
type WarningScope = {
  readonly section: OneFileSection;
  readonly centreId: string;
  readonly idents: readonly string[] | null;
};

/** The warnings that apply now, with what they depend on. */
export async function readWarnings(
  context: Pick<VendorContext, 'pics' | 'store' | 'shared' | 'otherPulls'>,
  { section, centreId, idents }: WarningScope,
): Promise<{ readonly facts: WarningFacts; readonly warnings: readonly Warning[] }> {
  const { store, shared } = context;
  const state = await store.vendors.readState(vendor);
  const environment = section.environment ?? '';
  const isFirst = isFirstFor(state, { environment, centreId });
  const facts: WarningFacts = {
    environment,
    centreId,
    picsRole: shared.pics.role,
    externalIdVendor: shared.externalIdVendor,
    modes: modesOf(section),
    desktop: await readDesktopState(context, section),
    unlinked: isFirst
      ? await countUnlinked(context, {
          ids: oneFileIds,
          centre: centreId,
          isColumnOurs: shared.externalIdVendor === vendor && section.matchBy === 'id',
          idents,
        })
      : null,
    last: readEnabledWith(state),
    otherPulls: context.otherPulls,
  };
  return { facts, warnings: findWarnings(facts) };
}
