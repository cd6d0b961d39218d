import { runTogether } from '../base/supervise.ts';
import type { Claim } from '../domain/ports.ts';
import { createReconciler } from '../reconciling/reconcile.ts';
import type { ReconcilePorts } from '../reconciling/record.ts';
import type { Vendor } from '../vendors/vendor.ts';
import type { Role, RolePorts, RoleSettings } from './role.ts';
import { openVendorSwitch, withVendor } from './vendor-switch.ts';

/**
 * Brings what the vendors showed, links, and results of commands into PICS.
 *
 * Commands are answered also while a vendor is disabled (G-8), so their results have a group of their own. The canary
 * comes back in it.
 */
export const runReconciler: Role = async (ports, settings, signal) => {
  const vendors = ports.vendors.map((vendor) => observations(vendor, ports, settings));
  const [first] = ports.vendors;
  if (first === undefined) throw new Error('there is no vendor to reconcile');
  const withTransaction = ports.pics.openTransactions(first.name);
  const answers = (end: AbortSignal): Promise<void> =>
    consume({ ...ports, vendor: null, withTransaction }, ports, 'answers', ['request-result', 'canary'], end);
  await runTogether([...vendors, answers], signal);
};

function observations(
  vendor: Vendor,
  ports: RolePorts,
  settings: RoleSettings,
): (signal: AbortSignal) => Promise<void> {
  const withTransaction = ports.pics.openTransactions(vendor.name);
  const topics = [...vendor.entities.map((entity) => `${vendor.name}.${entity}`), 'link'];
  const flow = withVendor(vendor, ports, settings, (open, enabled) =>
    consume(
      { ...ports, vendor: open, withTransaction },
      ports,
      reconcilerGroupOf(vendor, ports.vendors),
      topics,
      enabled,
    ),
  );
  return openVendorSwitch<never>(vendor, ports, settings).whileEnabled(flow);
}

/** The first vendor has the group that has always been there: it knows where to go on. */
export function reconcilerGroupOf(vendor: Vendor, vendors: readonly Vendor[]): string {
  return vendor === vendors[0] ? 'reconciler' : `${vendor.name}.reconciler`;
}

/** Reconciles topics from the places that stand in PICS, until the signal aborts. */
async function consume(
  reconcilePorts: ReconcilePorts,
  { topics, pics, vendors }: RolePorts,
  group: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const reconciler = createReconciler(reconcilePorts);
  const { vendor } = reconcilePorts;
  // All vendors read the topic of links. With one place for all they would fence each other without end.
  const isShared = vendor !== null && vendor.name !== vendors[0]?.name;
  const placeOf = (topic: string): string => (isShared ? `${vendor.name}/${topic}` : topic);
  const claimPlace = async (topic: string, partition: number): Promise<Claim> => {
    const claim = await pics.claimPlace(placeOf(topic), partition);
    reconciler.take({ topic: placeOf(topic), partition, epoch: claim.epoch }, claim.report);
    return claim;
  };
  const items = (end: AbortSignal): Promise<void> =>
    topics.consumeItems(
      { group, topics: names, claimPlace },
      async (batch, held) => {
        const { kind } = await reconciler.reconcile({ ...batch, topic: placeOf(batch.topic) }, held);
        // What is not done is not committed: where to go on stands in PICS, and the next holder of the partition begins
        // there.
        if (kind !== 'done') throw new Error(`a batch was not applied: ${kind}`);
      },
      end,
    );
  await runTogether([items, reconciler.retryParked], signal);
}
