import type { Handlers } from '../requests/request.ts';
import {
  type Connected,
  createDisable,
  createEnable,
  createTestConnection,
  type EnableEffects,
} from '../requests/switch.ts';
import { disableVendor, enableVendor, readVendorState } from '../store/vendor-state.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import { findOpenWarnings, isDesktopOpen } from '../vendors/onefile/rules/warnings.ts';
import { askInitialPlan } from './ask-initial-plan.ts';
import { checkOneFile, readOneFileSection } from './check-onefile.ts';
import { isFirstFor, readApprovedPlan, toConfirmed } from './enabled-with.ts';
import { readDesktopState, readWarnings } from './onefile-warnings.ts';
import type { RequestParts } from './requests.ts';
import type { RoleContext } from './role.ts';

/** How long a command waits until this process works for the vendor, or has ended to. */
const settleWithinMs = 15_000;

/** The commands that switch OneFile, and that run also while it is off. */
export function createSwitchHandlers(
  context: RoleContext,
  parts: RequestParts,
  signal: AbortSignal,
): Handlers {
  const { store, vendorSwitch } = parts;
  const test = createTestConnection({
    vendor: vendor.name,
    check: () => checkOneFile(context, { forEnabling: false }),
  });
  const disable = createDisable({
    disable: async (by) => {
      await disableVendor(store.pool, vendor.name, by);
      await vendorSwitch.untilEnded(AbortSignal.any([signal, AbortSignal.timeout(settleWithinMs)]));
    },
  });
  return {
    'test-connection': { handle: test, runsDisabled: true },
    enable: { handle: createEnable(createEnableEffects(context, parts, signal)), runsDisabled: true },
    disable: { handle: disable },
  };
}

function createEnableEffects(context: RoleContext, parts: RequestParts, signal: AbortSignal): EnableEffects {
  const { config } = context;
  return {
    vendor: vendor.name,
    isLicensed: config.pics.licences.includes(vendor.name),
    check: () => checkOneFile(context, { forEnabling: true }),
    isDesktopBlocked: async () => {
      const { section } = readOneFileSection(context, { forEnabling: true });
      return section?.desktopGuard === 'block' && isDesktopOpen(await readDesktopState(section, parts));
    },
    prepare: (connected, confirmed) => prepare(context, parts, { connected, confirmed, signal }),
    untilAtWork: async () => {
      await parts.vendorSwitch.ready(AbortSignal.any([signal, AbortSignal.timeout(settleWithinMs)]));
    },
  };
}

type Asked = {
  readonly connected: Connected;
  readonly confirmed: readonly string[];
  readonly signal: AbortSignal;
};

/** A first enabling is planned, unless PICS and environment do not fit and nobody has said that they shall (W-4). */
async function prepare(
  context: RoleContext,
  parts: RequestParts,
  { connected, confirmed, signal }: Asked,
): ReturnType<EnableEffects['prepare']> {
  const { section } = readOneFileSection(context, { forEnabling: true });
  const centreId = connected.centreId ?? '';
  if (section === null) throw new Error('a connection was tested without its settings');
  const state = await readVendorState(parts.store.pool, vendor.name);
  const first = await readWarnings(context, parts, { section, centreId, idents: null });
  const isStrange = findOpenWarnings(first.warnings, confirmed, first.facts).some(({ id }) => id === 'W-4');
  const isPlanned = isFirstFor(state, first.facts) && !isStrange;
  const read = isPlanned ? await askInitialPlan(context, parts, { section, centreId, signal }) : null;
  if (read !== null && 'refusal' in read) return read;
  const { idents, plan } = read ?? { idents: null, plan: null };
  const { warnings, facts } =
    idents === null ? first : await readWarnings(context, parts, { section, centreId, idents });
  return {
    open: findOpenWarnings(warnings, confirmed, facts),
    plan,
    enable: async (by) => {
      const { environment, externalIdVendor, modes } = facts;
      const approved = plan?.digest ?? readApprovedPlan(state);
      await enableVendor(parts.store.pool, {
        vendor: vendor.name,
        confirmed: toConfirmed({ environment, centreId, externalIdVendor, modes }, warnings, approved),
        by,
        // Enabled again while it is at work: only what was confirmed is new.
        isSyncDue: !(await parts.vendorSwitch.isEnabled()),
      });
      context.log.info('OneFile is enabled', { centre: centreId, count: warnings.length });
    },
  };
}
