import type { Answer, CommandRequest } from '../domain/request.ts';
import { toPayloadText, toRefused } from '../requests/request.ts';
import { noteConfirmed } from '../store/vendor-state.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import { askInitialPlan } from './ask-initial-plan.ts';
import type { EngineParts } from './open-engine.ts';
import type { OneFile } from './open-onefile.ts';
import type { RoleContext } from './role.ts';
import type { VendorSwitch } from './vendor-switch.ts';

type Parts = Pick<EngineParts, 'pics' | 'store'> & { readonly vendorSwitch: VendorSwitch<OneFile> };

/**
 * OF-9: an initial synchronisation on command runs the plan that a person has seen, and no other.
 *
 * Asked without a plan, or with an older one, it shows the present one and does nothing.
 */
export function createCheckPlan(
  context: RoleContext,
  { pics, store, vendorSwitch }: Parts,
): (request: CommandRequest, signal: AbortSignal) => Promise<Answer | null> {
  return async ({ payload }, signal) => {
    const oneFile = await vendorSwitch.ready(signal);
    signal.throwIfAborted();
    if (oneFile === null) return toRefused('DISABLED', { vendor: vendor.name });
    const { section, settings } = oneFile;
    const place = { section, centreId: settings.centreId, signal };
    const read = await askInitialPlan(context, { pics, store }, place);
    if ('refusal' in read) return read.refusal;
    const { digest, document } = read.plan;
    if (toPayloadText(payload, 'plan') !== digest)
      return toRefused('PLAN_STALE', { vendor: vendor.name }, { plan: { ...document, digest } });
    await noteConfirmed(store.pool, vendor.name, { plan: digest });
    return null;
  };
}
