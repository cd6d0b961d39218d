import type { Store } from '../../domain/ports.ts';
import type { VendorName } from '../../domain/vendor-name.ts';
import type { VendorState } from '../../domain/vendor-state.ts';
import { readApprovedPlan } from './warnings.ts';

type Sources = {
  readonly store: Pick<Store, 'fields' | 'held' | 'links' | 'polling'>;
  readonly state: VendorState;
  /** Null: not known yet. */
  readonly centre: string | null;
};

/** What the sync database says of a vendor's status, read one statement after the other. */
export async function readKeptStatus(vendor: VendorName, { store, state, centre }: Sources) {
  const runs = await store.polling.readRuns(vendor);
  const held = await store.held.countByReason();
  const fields = centre === null ? [] : await store.fields.list({ vendor, centre });
  return {
    changedAtMs: state.changedAtMs,
    changedBy: state.changedBy,
    centre,
    lastSynchronisedAtMs: runs.lastCompleted,
    synchronisingSinceMs: runs.open,
    syncDueSinceMs: state.syncDueAtMs,
    cautiousSinceMs: state.cautiousSinceMs,
    approvedPlan: readApprovedPlan(state),
    held: held.filter((one) => one.vendor === vendor).map(({ code, count }) => ({ code, count })),
    lostFields: fields.filter(({ isKept }) => !isKept),
    sharedOfficers: centre === null ? [] : await store.links.readShared({ vendor, centre, kind: 'officer' }),
  };
}
