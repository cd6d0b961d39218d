import type { Learner } from '../../../core/learner.ts';
import type { HeldItem, LaneState } from '../../../core/ledger.ts';
import type { Link } from '../../../core/link.ts';
import type { Demand } from '../../../core/view.ts';

export type LearnerLink =
  /** Found at OneFile before: work goes on with this id. */
  | { readonly kind: 'linked'; readonly link: Link }
  /** Typed into PICS and not yet found at OneFile (G-2). */
  | { readonly kind: 'unchecked'; readonly learnerId: string }
  /** Asked for just now and found: becomes the link, in the place of the one it replaces. */
  | { readonly kind: 'found'; readonly learnerId: string; readonly replaces: Link | null }
  /** Found at OneFile, but it belongs to another learner of PICS, or this one to another record (G-2). */
  | { readonly kind: 'in-use'; readonly learnerId: string; readonly held: HeldItem }
  /** Not an id of OneFile at all. */
  | { readonly kind: 'impossible'; readonly learnerId: string }
  /** A person emptied the column: the link falls, nothing is deleted at OneFile (OF-24, D-2). */
  | { readonly kind: 'cleared'; readonly link: Link }
  | { readonly kind: 'none' };

type Known = {
  readonly learner: Pick<Learner, 'ident' | 'oneFileId'>;
  readonly lane: Pick<LaneState, 'links' | 'held'>;
  /** Whether this look has asked OneFile for the learner already. */
  readonly hasAsked: boolean;
  readonly demand: Demand;
  readonly nowMs: number;
};

/** OF-24, G-2, D-2: the OneFile learner of this PICS learner. The column in PICS wins over the link table. */
export function decideLearnerLink({ learner, lane, hasAsked, demand, nowMs }: Known): LearnerLink {
  const link = lane.links.find(({ kind, picsId }) => kind === 'learner' && picsId === learner.ident);
  const typed = learner.oneFileId;
  if (typed === null) {
    if (link === undefined) return { kind: 'none' };
    return isSurelyCopied(link, nowMs) ? { kind: 'cleared', link } : { kind: 'linked', link };
  }
  if (link?.vendorId === typed) return { kind: 'linked', link };
  if (!/^\d{1,18}$/.test(typed)) return { kind: 'impossible', learnerId: typed };
  const held = lane.held.find(
    ({ subject, code, params }) =>
      subject === toLearnerSubject(learner.ident) && code === 'ID_IN_USE' && params['id'] === typed,
  );
  // Asking again on every change would cost a call each time; the daily exchange and a retry ask again.
  if (hasAsked) return { kind: 'found', learnerId: typed, replaces: link ?? null };
  if (held !== undefined && demand === 'change') return { kind: 'in-use', learnerId: typed, held };
  return { kind: 'unchecked', learnerId: typed };
}

/**
 * Whether PICS must be showing the id by now.
 *
 * PICS is read a moment before the ledger: an id copied in between is not missing, it was only not there yet. One that
 * a person typed was there before the link was.
 */
export function isSurelyCopied(link: Link, nowMs: number): boolean {
  return link.copiedAtMs === null ? link.how === 'typed' : nowMs - link.copiedAtMs > 60_000;
}

export function toLearnerSubject(ident: string): string {
  return `learner:${ident}`;
}
