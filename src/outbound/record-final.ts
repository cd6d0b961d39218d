import type { OutcomeRecord, OutcomeRecorded } from '../core/ledger.ts';
import type { Glance } from './glance.ts';
import type { LookParts } from './parts.ts';

/**
 * Records what came of a call, even though the learner's version has moved on meanwhile.
 *
 * What the vendor answered is true whoever else acted, so it is recorded against the present version. `conflict` means
 * that it no longer matters: somebody has already settled the intent by looking it up.
 */
export async function recordFinal<S, C>(
  { effects }: Pick<LookParts<S, C>, 'effects'>,
  glance: Glance,
  outcome: OutcomeRecord,
): Promise<OutcomeRecorded> {
  let { version } = outcome;
  for (;;) {
    const recorded = await effects.ledger.recordOutcome({ ...outcome, version });
    if (recorded.kind === 'recorded' || outcome.intentId === null) return recorded;
    const lane = await effects.ledger.readLane({
      ...glance.key,
      officers: [],
      organisations: [],
      learnerVendorIds: [],
    });
    if (!lane.openIntents.some(({ id }) => id === outcome.intentId)) return recorded;
    version = lane.version;
  }
}
