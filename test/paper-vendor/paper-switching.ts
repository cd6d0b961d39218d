import { digestOf } from '../../src/domain/digest.ts';
import type { VendorFailure } from '../../src/domain/outcome.ts';
import type { VendorState } from '../../src/domain/vendor-state.ts';
import type { InitialPlan, Switching, VendorContext } from '../../src/vendors/vendor.ts';
import { centre, name } from './paper-calls.ts';
import type { PaperService } from './paper-service.ts';

/** Everything about on and off. It is asked also while the vendor is off, and must be answered then. */
export function createSwitching(
  { configured, shared, store }: VendorContext,
  service: PaperService,
): Switching {
  const isConfigured = configured.kind === 'enabled';
  const approvedPlanOf = ({ confirmed }: VendorState): string | null =>
    typeof confirmed['plan'] === 'string' ? confirmed['plan'] : null;
  const findRest = async ({ isEnabled }: VendorState): Promise<string | null> =>
    isConfigured ? (isEnabled ? null : 'disabled') : 'configuration';
  const readInitialPlan = async (): Promise<InitialPlan | VendorFailure> => {
    const said = service.ask('list-learners', () => [...service.learners.keys()]);
    if (said.kind !== 'said') return said;
    return { digest: digestOf(said.value), document: { learners: said.value.length }, matches: [] };
  };
  return {
    isConfigured,
    address: 'the office',
    isLicensed: shared.pics.licences.includes(name),
    findRest,
    isPreparing: ({ firstEnabledAtMs }) => isConfigured && firstEnabledAtMs === null,
    check: async () => {
      const said = service.ask('sign-in', () => null);
      if (said.kind !== 'said') return { kind: 'unreachable', address: 'the office' };
      return { kind: 'connected', centreId: centre, centreCount: 1, report: {} };
    },
    isDesktopBlocked: async () => false,
    // The first time there is a plan to approve: its digest is kept until its run has ended.
    prepare: async () => {
      const isFirst = (await store.vendors.readState(name)).firstEnabledAtMs === null;
      const plan = isFirst ? await readInitialPlan() : null;
      if (plan !== null && 'kind' in plan) return plan;
      return { open: [], plan, confirmed: plan === null ? {} : { plan: plan.digest } };
    },
    readInitialPlan,
    approvedPlanOf,
    readStatus: async () => {
      const state = await store.vendors.readState(name);
      const { open, lastCompleted } = await store.polling.readRuns(name);
      const rests = await findRest(state);
      const held = (await store.held.countByReason()).filter(({ vendor }) => vendor === name);
      return {
        isEnabled: rests === null,
        rests,
        configured: configured.kind === 'faulty' ? 'faulty' : isConfigured ? 'on' : 'off',
        faults: configured.kind === 'faulty' ? configured.faults.map(({ sentence }) => sentence) : [],
        changedAtMs: state.changedAtMs,
        changedBy: state.changedBy,
        environment: 'paper',
        centre,
        settings: {},
        lastSynchronisedAtMs: lastCompleted,
        synchronisingSinceMs: open,
        syncDueSinceMs: state.syncDueAtMs,
        cautiousSinceMs: state.cautiousSinceMs,
        approvedPlan: approvedPlanOf(state),
        warningsOpen: [],
        forecast: null,
        lostFields: [],
        sharedOfficers: [],
        held: held.map(({ code, count }) => ({ code, count })),
      };
    },
  };
}
