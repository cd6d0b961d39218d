import { driftCode } from '../domain/difference.ts';
import { digestOf } from '../domain/digest.ts';
import type { LaneState } from '../domain/ledger.ts';
import type { NewLink } from '../domain/link.ts';
import { toOwnerLane } from '../domain/owner.ts';
import type { Call, Evaluation, NextStep, WantedHold } from '../domain/step.ts';
import { readKey } from '../domain/view.ts';
import type { Memory, RefusedLink } from './glance.ts';

export type Choice = { readonly step: NextStep | null; readonly holds: readonly WantedHold[] };

/** A create that could not be found again: not offered until a person has decided, whatever changes in PICS (G-5). */
export const unknownOutcome = 'UNKNOWN_OUTCOME';

/** Held by others than a look, so a look that does not find them proves nothing: only a person closes them. */
const heldElsewhere: ReadonlySet<string> = new Set([
  unknownOutcome,
  'PICS_REFUSED',
  'UNEXPECTED_RECORD',
  'DELETIONS_HELD',
  'MERGE_CONFLICT',
  'CROSSED_RECORDS',
  driftCode,
]);

/**
 * Takes the first step that nothing stands against, and lists what is held.
 *
 * A refused request is not sent again while it is the same request; as soon as PICS changes what would be sent, its
 * digest differs and it is tried.
 */
export function chooseStep(
  evaluation: Evaluation,
  lane: LaneState,
  memory: Pick<Memory, 'announced' | 'refusedLinks' | 'refusedReads' | 'needed' | 'demand'>,
): Choice {
  const kept: WantedHold[] = lane.held.filter(({ code }) => heldElsewhere.has(code)).map(toWanted);
  const conflicts = [...memory.refusedLinks.values()].map(toConflict);
  const blocked = new Set<string>();
  let step: NextStep | null = null;
  for (const candidate of evaluation.candidates) {
    const open = withoutKnown(candidate, memory);
    if (open === null || isBehind(open, blocked)) continue;
    const held =
      open.kind === 'call'
        ? (findTaken(open.call, conflicts) ?? findHeld(open.call, [...conflicts, ...lane.held], memory))
        : undefined;
    if (held === undefined) step ??= open;
    else {
      kept.push(toWanted(held));
      blocked.add(held.subject);
    }
  }
  const found = evaluation.holds.map((hold) => ({ ...hold, requestHash: null }));
  return { step, holds: onePerSubject([...kept, ...conflicts, ...found]) };
}

function withoutKnown(
  step: NextStep,
  { announced, refusedLinks, needed }: Pick<Memory, 'announced' | 'refusedLinks' | 'needed'>,
): NextStep | null {
  if (step.kind === 'need') {
    const owners = step.owners.filter((owner) => !needed.has(toOwnerLane(owner)));
    return owners.length === 0 ? null : { ...step, owners };
  }
  if (step.kind === 'announce') {
    const links = step.links.filter((link) => !announced.has(toAnnouncement(step, link)));
    return links.length === 0 ? null : { ...step, links };
  }
  if (step.kind !== 'link') return step;
  const links = step.links.filter((link) => !refusedLinks.has(toLinkKey(link)));
  return links.length === 0 ? null : { ...step, links };
}

/**
 * Steps of one record come in their order: what comes after a held one waits with it.
 *
 * Else two requests for one record that are both refused would be sent in turn for ever, each as if it were new.
 */
function isBehind(step: NextStep, blocked: ReadonlySet<string>): boolean {
  return step.kind === 'call' && step.call.effect !== 'read' && blocked.has(step.call.subject);
}

/** What was found in this look and belongs to another record is there: it is not created once more (OF-36, G-2). */
function findTaken({ effect, subject }: Call, conflicts: readonly WantedHold[]): WantedHold | undefined {
  return effect === 'create' ? conflicts.find((conflict) => conflict.subject === subject) : undefined;
}

function findHeld(
  call: Pick<Call, 'name' | 'subject' | 'request' | 'effect'>,
  held: readonly WantedHold[],
  { demand, refusedReads }: Pick<Memory, 'demand' | 'refusedReads'>,
): WantedHold | undefined {
  // A read does no harm: the daily exchange and a person's refresh ask again, a change does not cost a call each time.
  const isAskedAgain = demand !== 'change' && !refusedReads.has(readKey(call));
  if (call.effect === 'read' && isAskedAgain) return undefined;
  return held.find(
    (item) =>
      item.subject === call.subject &&
      (item.code === unknownOutcome ||
        (item.requestHash !== null && item.requestHash === digestOf(call.request))),
  );
}

/** How an announcement is remembered for one look. */
export function toAnnouncement(
  { removed = false }: Pick<Extract<NextStep, { kind: 'announce' }>, 'removed'>,
  link: Pick<NewLink, 'kind' | 'picsId'>,
): string {
  return `${removed ? 'removed ' : ''}${toLinkKey(link)}`;
}

export function toLinkKey({ kind, picsId }: Pick<NewLink, 'kind' | 'picsId'>): string {
  return `${kind} ${picsId}`;
}

/** The record was created and cannot be linked: without the hash the same create would be sent again (G-5). */
function toConflict({ link, created }: RefusedLink): WantedHold {
  const { kind, picsId, vendorId, takenBy } = link;
  return {
    subject: created?.subject ?? `${kind}:${picsId}`,
    code: 'ID_IN_USE',
    // Both are shown: who has the id, and who wants it.
    params: { kind, code: takenBy ?? picsId, wantedBy: picsId, id: vendorId },
    requestHash: created?.requestHash ?? null,
  };
}

function toWanted({ subject, code, params, requestHash }: WantedHold): WantedHold {
  return { subject, code, params, requestHash };
}

/** The first hold of a subject stands: what already waits for a person outranks what is found now. */
function onePerSubject(holds: readonly WantedHold[]): WantedHold[] {
  const bySubject = new Map<string, WantedHold>();
  for (const hold of holds) if (!bySubject.has(hold.subject)) bySubject.set(hold.subject, hold);
  return [...bySubject.values()];
}
