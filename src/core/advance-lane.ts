import type { Enrolment } from './enrolment.ts';
import type { HeldItem, LaneState, OutcomeRecord } from './ledger.ts';
import type { Link, LinkKey, NewLink } from './link.ts';
import type { Shadow } from './observation.ts';

type Recorded = { readonly version: number; readonly conflictingLinks: readonly NewLink[] };

/**
 * What a learner's lane reads as after an outcome was recorded.
 *
 * Spares reading it again: the compare-and-set of the next step finds out if anybody else acted meanwhile.
 */
export function advanceLane(lane: LaneState, outcome: OutcomeRecord, recorded: Recorded): LaneState {
  const refused = new Set(recorded.conflictingLinks.map(toKey));
  const isGone = ({ kind, picsId }: LinkKey): boolean =>
    outcome.unlinks.some((one) => one.kind === kind && one.picsId === picsId);
  const links = outcome.links.filter((link) => !refused.has(toKey(link)) && !hasLink(lane.links, link));
  return {
    version: recorded.version,
    openIntents: lane.openIntents.filter(({ id }) => id !== outcome.intentId),
    links: [
      ...lane.links.filter((link) => !isGone(link)),
      ...links.map((link) => ({ ...link, copiedAtMs: null })),
    ],
    shadows: mergeShadows(lane.shadows, outcome.shadows),
    held: mergeHeld(lane.held, outcome),
    ...(lane.postponed === undefined ? {} : { postponed: lane.postponed }),
    enrolment: advanceEnrolment(lane.enrolment, outcome),
    fieldSupport: {
      ...lane.fieldSupport,
      ...Object.fromEntries(outcome.findings.map(({ field, isKept }) => [field, isKept])),
    },
  };
}

function advanceEnrolment(
  enrolment: Enrolment | null,
  { milestone, concludesEnrolment }: OutcomeRecord,
): Enrolment | null {
  if (enrolment === null || concludesEnrolment) return null;
  const isNew = milestone !== null && !enrolment.milestones.includes(milestone);
  return isNew ? { ...enrolment, milestones: [...enrolment.milestones, milestone] } : enrolment;
}

function toKey({ kind, picsId, vendorId }: NewLink): string {
  return `${kind} ${picsId} ${vendorId}`;
}

function hasLink(links: readonly Link[], link: NewLink): boolean {
  return links.some((known) => toKey(known) === toKey(link));
}

/** An older observation never replaces a newer one. */
function mergeShadows(known: readonly Shadow[], seen: readonly Shadow[]): readonly Shadow[] {
  const merged = new Map(known.map((shadow) => [`${shadow.entity} ${shadow.vendorId}`, shadow]));
  for (const shadow of seen) {
    const key = `${shadow.entity} ${shadow.vendorId}`;
    if ((merged.get(key)?.observedAtMs ?? 0) <= shadow.observedAtMs) merged.set(key, shadow);
  }
  return [...merged.values()];
}

function mergeHeld(
  held: readonly HeldItem[],
  { holds, released, vendor, ident }: OutcomeRecord,
): readonly HeldItem[] {
  const changed = new Set([...released, ...holds.map(({ subject }) => subject)]);
  const opened = holds.map((hold): HeldItem => ({ ...hold, id: '', vendor, ident, tries: 0, sinceMs: 0 }));
  return [...held.filter(({ subject }) => !changed.has(subject)), ...opened];
}
