import { emptyOutcome } from '../core/empty-outcome.ts';
import type { Glance } from './glance.ts';
import type { LookParts } from './parts.ts';
import { toEntry } from './record-holds.ts';

/** Ends the open enrolment: what it asked for is at the vendor. Both sides are read again afterwards. */
export async function concludeEnrolment<S, C>(
  { effects }: Pick<LookParts<S, C>, 'effects'>,
  { key, lane }: Glance,
): Promise<null> {
  await effects.ledger.recordOutcome({
    ...emptyOutcome(key, lane.version),
    concludesEnrolment: true,
    journal: [toEntry('enrolled', `learner:${key.ident}`, 'done')],
  });
  return null;
}
