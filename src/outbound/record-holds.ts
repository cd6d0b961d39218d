import { emptyOutcome } from '../core/empty-outcome.ts';
import type { JournalEntry } from '../core/ledger.ts';
import type { Choice, WantedHold } from './choose-step.ts';
import type { Glance } from './glance.ts';
import type { LookParts } from './parts.ts';

/**
 * Makes the held list of this learner say what the look has found; writes nothing when it already does.
 *
 * False when somebody else acted meanwhile: look again.
 */
export async function recordHolds<S, C>(
  { effects }: Pick<LookParts<S, C>, 'effects'>,
  glance: Glance,
  { holds }: Choice,
): Promise<boolean> {
  const held = glance.lane.held;
  const opened = holds.filter((wanted) => !held.some((item) => isSame(item, wanted)));
  const released = held
    .map(({ subject }) => subject)
    .filter((subject) => !holds.some((h) => h.subject === subject));
  if (opened.length === 0 && released.length === 0) return true;
  const recorded = await effects.ledger.recordOutcome({
    ...emptyOutcome(glance.key, glance.lane.version),
    holds: opened,
    released,
    journal: [
      ...opened.map(({ subject, code }) => toEntry('held', subject, code)),
      ...released.map((subject) => toEntry('released', subject, null)),
    ],
  });
  return recorded.kind === 'recorded';
}

export function toEntry(kind: string, subject: string | null, code: string | null): JournalEntry {
  return { kind, subject, code, vendorId: null, tookMs: null };
}

function isSame(item: WantedHold, wanted: WantedHold): boolean {
  return (
    item.subject === wanted.subject &&
    item.code === wanted.code &&
    item.requestHash === wanted.requestHash &&
    Object.keys({ ...item.params, ...wanted.params }).every(
      (name) => item.params[name] === wanted.params[name],
    )
  );
}
