import type { Officer } from '../../../core/learner.ts';
import type { Link, NewLink } from '../../../core/link.ts';
import { toOwnerLane } from '../../../core/owner.ts';
import type { Hold, NextStep } from '../../../core/step.ts';
import { decideOwnerLink } from './owner-link.ts';
import type { OneFileCentre, OneFileSettings } from './settings.ts';

export type OfficerLink =
  | { readonly kind: 'linked'; readonly assessorId: string }
  /** To be done first: make a link that is known without asking, or have the officer's own lane see to it. */
  | { readonly kind: 'step'; readonly step: NextStep }
  /** Asked for in this look, and there is none: why. */
  | { readonly kind: 'impossible'; readonly code: string; readonly params: Hold['params'] };

type Known = {
  readonly officer: Officer;
  readonly links: readonly Link[];
  readonly settings: OneFileSettings;
  readonly centre: OneFileCentre;
  /** Owners that were asked for in this look, by their lane. */
  readonly needed: ReadonlyMap<string, readonly Hold[]>;
  readonly nowMs: number;
};

/**
 * OF-20, OF-32: the assessor of an officer, as one learner needs it.
 *
 * What the cached list of assessors tells costs nothing; everything else is the officer's lane's business, so that two
 * learners never create one officer twice (OF-21, G-3).
 */
export function decideOfficerLink(known: Known): OfficerLink {
  const { officer, links, settings, centre, needed, nowMs } = known;
  const key = { kind: 'officer', code: officer.code } as const;
  const link = decideOwnerLink({ ...key, externalId: officer.externalId }, links, settings, nowMs);
  if (link.kind === 'linked') return { kind: 'linked', assessorId: link.vendorId };
  const listed =
    link.kind === 'none' || link.kind === 'typed' ? findListed(officer.code, link, centre) : null;
  const hasStored = links.some(({ kind, picsId }) => kind === 'officer' && picsId === officer.code);
  if (listed !== null && !hasStored) {
    return { kind: 'step', step: { kind: 'link', links: [toOfficerLink(officer.code, listed, settings)] } };
  }
  const holds = needed.get(toOwnerLane(key));
  if (holds === undefined) return { kind: 'step', step: { kind: 'need', owners: [{ ...key, reads: [] }] } };
  const [first] = holds;
  return {
    kind: 'impossible',
    code: first?.code ?? 'NO_ASSESSOR',
    params: { ...first?.params, officer: officer.code },
  };
}

type Listed = { readonly id: string; readonly how: NewLink['how'] };

/** Several with one MIS value are nobody: which names they have is told when OneFile is asked (OF-36). */
function findListed(
  code: string,
  link: { readonly kind: 'none' } | { readonly kind: 'typed'; readonly typedId: string },
  { assessors }: OneFileCentre,
): Listed | null {
  const hits = (assessors ?? []).filter(({ id, misId }) =>
    link.kind === 'none' ? misId === code : id === link.typedId,
  );
  const ids = new Set(hits.map(({ id }) => id));
  const [only] = ids.size === 1 ? ids : [];
  return only === undefined ? null : { id: only, how: link.kind === 'none' ? 'matched' : 'typed' };
}

function toOfficerLink(code: string, { id, how }: Listed, { centreId }: OneFileSettings): NewLink {
  return {
    vendor: 'onefile',
    centre: centreId,
    kind: 'officer',
    picsId: code,
    vendorId: id,
    ident: null,
    how,
  };
}
