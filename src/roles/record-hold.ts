import { emptyOutcome, type LaneKey, type Ledger } from '../domain/ledger.ts';

/**
 * Opens a held item of a learner outside of a look at that learner.
 *
 * `ident` is empty where no learner is known. Repeated until nobody else was acting on the learner at that moment.
 */
export async function recordHold(
  ledger: Ledger,
  key: LaneKey,
  { subject, code, params }: { subject: string; code: string; params: Readonly<Record<string, string>> },
): Promise<void> {
  for (;;) {
    const { version } = await ledger.readLane({
      ...key,
      officers: [],
      organisations: [],
      learnerVendorIds: [],
    });
    const recorded = await ledger.recordOutcome({
      ...emptyOutcome(key, version),
      holds: [{ subject, code, params, requestHash: null }],
      journal: [{ kind: 'held', subject, code, vendorId: null, tookMs: null }],
    });
    if (recorded.kind === 'recorded') return;
  }
}
