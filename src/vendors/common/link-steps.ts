import type { Learner } from '../../domain/learner.ts';
import type { Link, NewLink } from '../../domain/link.ts';
import type { Owner, OwnerKey } from '../../domain/owner.ts';
import type { Call, Evaluation, Hold, NextStep } from '../../domain/step.ts';
import { type VendorName, vendorTitles } from '../../domain/vendor-name.ts';
import { readKey } from '../../domain/view.ts';
import { type Claims, claimedTwice, toLearnerSubject, type VendorIds } from './learner-link.ts';
import { nothing, type Part, toCallStep, toHold, toSteps } from './parts.ts';
import { toWho } from './who.ts';

/* What follows from who is linked with whom: links to store, ids to copy into PICS, and what is held. */

/** How the lane of an officer or organisation is named in steps and held items. */
export function toOwnerSubject({ kind, code }: OwnerKey): string {
  return `${kind}:${code}`;
}

export function learnerHold(
  { ident }: Pick<Learner, 'ident'>,
  code: string,
  more: Hold['params'],
  vendor: VendorName,
): Part {
  const params = { vendor: vendorTitles[vendor], kind: 'learner', code: ident, ...more };
  return toHold({ subject: toLearnerSubject(ident), code, params });
}

type TypedOwner = {
  readonly owner: OwnerKey;
  readonly typedId: string;
  readonly ids: VendorIds;
  readonly centre: string;
  /** The link that the id takes the place of. */
  readonly replaces: Link | null;
  readonly claims: Claims;
  readonly reads: ReadonlySet<string>;
  /** Looks the record up at the vendor. */
  readonly find: Call;
};

/**
 * OF-30, SA-20, G-2: an id that a user typed into PICS becomes the link of an officer or organisation after it was
 * found. The old link is kept until then.
 */
export function followTyped({ owner, typedId, ids, centre, ...known }: TypedOwner): Part {
  const { replaces, claims, reads, find } = known;
  const vacant = claims.holder?.vacant ?? null;
  if (vacant !== null) return toSteps({ kind: 'unlink', links: vacant }); // D-9
  // D-8: officers may share an assessor
  if (owner.kind === 'organisation' && claims.claimants.length > 1) {
    const { code, params } = claimedTwice(typedId, claims);
    const subject = toOwnerSubject(owner);
    return toHold({
      subject,
      code,
      params: { vendor: vendorTitles[ids.vendor], kind: owner.kind, ...params },
    });
  }
  if (!reads.has(readKey(find))) return toSteps(toCallStep(find));
  const link: NewLink = {
    vendor: ids.vendor,
    centre,
    kind: owner.kind,
    picsId: owner.code,
    vendorId: typedId,
    ident: null,
    how: 'typed',
    ...(replaces !== null && { replaces: replaces.vendorId }),
  };
  return toSteps({ kind: 'link', links: [link] });
}

/**
 * Whether the id still has to be copied into PICS. An id that a user typed needs no copy; if PICS no longer
 * shows it, the user removed it.
 */
export function isUncopied({ copiedAtMs, how }: Pick<Link, 'copiedAtMs' | 'how'>): boolean {
  return copiedAtMs === null && how !== 'typed';
}

/** D-2: asks the reconciler to copy the id of an officer or organisation into PICS until PICS shows it. */
export function announceOwner(owner: Owner, links: readonly Link[], isColumnOurs: boolean): Part {
  if (!isColumnOurs || owner.externalId !== null) return nothing;
  const uncopied = links.filter(
    ({ kind, picsId, copiedAtMs }) => kind === owner.kind && picsId === owner.code && copiedAtMs === null,
  );
  return uncopied.length === 0 ? nothing : toSteps({ kind: 'announce', links: uncopied });
}

/** OF-23, SA-18: the link of a learner whose id PICS does not show yet. */
export function findUncopiedLearner(
  learner: Learner,
  links: readonly Link[],
  ids: Pick<VendorIds, 'learner'>,
): readonly Link[] {
  if (learner[ids.learner] !== null || !learner.hasDetails) return [];
  return links.filter((link) => link.kind === 'learner' && link.picsId === learner.ident && isUncopied(link));
}

/** OF-30, OF-33, SA-20, SA-24: the same of officers and organisations, where the one id column is the vendor's. */
export function findUncopiedOwners(learner: Learner, links: readonly Link[]): readonly Link[] {
  const officers = learner.officers.flatMap(({ code, externalId }) => (externalId === null ? [code] : []));
  const organisations = learner.placements.flatMap(({ organisation, organisationExternalId }) =>
    organisation === null || organisationExternalId !== null ? [] : [organisation],
  );
  return links.filter(
    ({ kind, picsId, ...link }) =>
      isUncopied(link) &&
      ((kind === 'officer' && officers.includes(picsId)) ||
        (kind === 'organisation' && organisations.includes(picsId))),
  );
}

type Archived = {
  readonly learner: Learner;
  readonly vendor: VendorName;
  readonly read: Call;
  readonly isRead: boolean;
};

/**
 * D-19: a learner archived at the vendor is read-only there. It is still read and taken over, and nothing is sent. What
 * would be sent is held in one item, which ends by itself when the learner is restored. That may have happened since
 * the last reading, so the learner is read before anything is left out.
 */
export function withoutWrites(whole: Evaluation, { learner, vendor, read, isRead }: Archived): Evaluation {
  const isWrite = (step: NextStep): boolean =>
    step.kind === 'need' || (step.kind === 'call' && step.call.effect !== 'read');
  if (!whole.candidates.some(isWrite)) return whole;
  const held = { subject: `archived:${learner.ident}`, code: 'ARCHIVED', params: toWho(learner, vendor) };
  return {
    ...whole,
    candidates: [...(isRead ? [] : [toCallStep(read)]), ...whole.candidates.filter((step) => !isWrite(step))],
    holds: [...whole.holds, held],
  };
}
