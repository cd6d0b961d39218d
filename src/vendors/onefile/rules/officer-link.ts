import type { Officer } from '../../../core/learner.ts';
import type { Link, NewLink } from '../../../core/link.ts';
import type { Call } from '../../../core/step.ts';
import { isSurelyCopied } from './learner-link.ts';
import type { OneFileCentre, OneFileSettings } from './settings.ts';

export type OfficerLink =
  | { readonly kind: 'linked'; readonly assessorId: string }
  /** Known without asking: make the link. */
  | { readonly kind: 'link'; readonly link: NewLink }
  /** Nobody known fits: OneFile is asked by id or MIS value; it may also say that there is none. */
  | { readonly kind: 'ask'; readonly call: Call };

type Known = {
  readonly officer: Officer;
  readonly links: readonly Link[];
  readonly settings: OneFileSettings;
  readonly centre: OneFileCentre;
  readonly nowMs: number;
};

/**
 * OF-32: the assessor of an officer.
 *
 * By the id in PICS when that column is OneFile's (D-2), else by the stored link, else by exactly one MIS value equal to
 * the code. Never by name. A stored id that is gone at OneFile is not replaced by a guess (OF-31).
 */
export function decideOfficerLink({ officer, links, settings, centre, nowMs }: Known): OfficerLink {
  const stored = links.find(({ kind, picsId }) => kind === 'officer' && picsId === officer.code);
  const isColumnOurs = settings.externalIdVendor === 'onefile';
  const typed = isColumnOurs ? officer.externalId : null;
  if (stored !== undefined) {
    const isCleared = isColumnOurs && typed === null && isSurelyCopied(stored, nowMs);
    if (typed === stored.vendorId || (typed === null && !isCleared)) {
      return { kind: 'linked', assessorId: stored.vendorId };
    }
  }
  const known = findKnown(officer.code, typed, centre);
  if (known === null) return { kind: 'ask', call: toFindAssessor(officer.code, typed) };
  if (known === stored?.vendorId) return { kind: 'linked', assessorId: known };
  return {
    kind: 'link',
    link: {
      vendor: 'onefile',
      centre: settings.centreId,
      kind: 'officer',
      picsId: officer.code,
      vendorId: known,
      ident: null,
      how: typed === null ? 'matched' : 'typed',
    },
  };
}

/** Several with one MIS value are nobody: which names they have is told by OneFile when it is asked (OF-36). */
function findKnown(code: string, typed: string | null, { assessors }: OneFileCentre): string | null {
  const hits = (assessors ?? []).filter(({ id, misId }) => (typed === null ? misId === code : id === typed));
  const ids = new Set(hits.map(({ id }) => id));
  const [only = null] = ids.size === 1 ? ids : [];
  return only;
}

function toFindAssessor(code: string, typedId: string | null): Call {
  return {
    name: 'find-assessor',
    effect: 'read',
    subject: `officer:${code}`,
    naturalKey: null,
    request: { code, typedId },
  };
}
