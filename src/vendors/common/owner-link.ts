import type { Link, NewLink } from '../../domain/link.ts';
import type { OwnerKey } from '../../domain/owner.ts';
import type { OwnerMatch, SeenOwners } from '../../domain/people.ts';
import { isSurelyCopied, type VendorIds } from './learner-link.ts';
import { toMisKey } from './person.ts';
import { toText } from './values.ts';

/*
 * Which record of the vendor an officer or organisation is (OF-30, OF-33, SA-20, SA-24), one look at a time and in the
 * bulk linking of a full pass. By the id in PICS where the one id column is the vendor's, else by the link table;
 * never by name.
 */

export type OwnerLink =
  | { readonly kind: 'linked'; readonly vendorId: string }
  /**
   * A user typed an id into PICS that is not the linked one: it counts after it was found at the vendor (G-2).
   * `typedId` is as the vendor writes ids, where the text can be one.
   */
  | { readonly kind: 'typed'; readonly typedId: string; readonly stored: Link | null }
  /** A user cleared the id: the link is removed. */
  | { readonly kind: 'cleared'; readonly stored: Link }
  | { readonly kind: 'none' };

export type OwnerFacts = OwnerKey & {
  /** Content of the external-id column; undefined when this PICS has no such column. */
  readonly externalId: string | null | undefined;
};

/** How the vendor links officers and organisations under the settings in force. */
export type OwnerLinking = {
  readonly ids: VendorIds;
  /** D-2: the one id column of officers and organisations belongs to the vendor. */
  readonly isColumnOurs: boolean;
  /** False: links that a person made, in PICS or by a look-up, are ignored (OF-35). */
  readonly countsTyped: boolean;
};

/** D-2, SA-21: where the external-id column belongs to the vendor it wins over the link table. */
export function decideOwnerLink(
  { kind, code, externalId }: OwnerFacts,
  links: readonly Link[],
  { ids, isColumnOurs, countsTyped }: OwnerLinking,
  nowMs: number,
): OwnerLink {
  const found = links.find((link) => link.kind === kind && link.picsId === code) ?? null;
  const isOfPerson = found !== null && (found.how === 'typed' || found.how === 'looked-up');
  const stored = !countsTyped && isOfPerson ? null : found;
  if (!isColumnOurs || externalId === undefined)
    return stored === null ? { kind: 'none' } : { kind: 'linked', vendorId: stored.vendorId };
  if (externalId === null) {
    if (stored === null) return { kind: 'none' };
    return isSurelyCopied(stored, nowMs)
      ? { kind: 'cleared', stored }
      : { kind: 'linked', vendorId: stored.vendorId };
  }
  const typedId = ids.toId(kind, externalId) ?? externalId;
  if (typedId === stored?.vendorId) return { kind: 'linked', vendorId: typedId };
  return { kind: 'typed', typedId, stored };
}

type SeenOwner = { readonly id: string; readonly misId: string | null };

/** How a full pass recognises officers and organisations. */
type OwnerMatching = OwnerLinking & {
  readonly centre: string;
  /** OF-32: one without an id is the only record that has its code as MIS value. False: ids alone (SA-23). */
  readonly usesMisIds: boolean;
};

/**
 * D-6: which officers or organisations are which of the records that a full pass has shown. One whose id column names a
 * record is that one; one without an id may be found by its MIS value.
 *
 * An organisation's record belongs to one organisation (D-7): an id that two of them show, or that another one is
 * linked to, is left to a look. Officers may share an assessor (D-8).
 */
export function matchSeenOwners(
  { kind, owners, links, shown }: SeenOwners,
  matching: OwnerMatching,
  nowMs: number,
): OwnerMatch {
  const { ids, centre, usesMisIds } = matching;
  const seen = shown.map(
    ({ vendorId, record }): SeenOwner => ({ id: vendorId, misId: toText(record['misId']) }),
  );
  const byId = new Map(seen.map((one) => [one.id, one]));
  const byMisId = Map.groupBy(usesMisIds ? seen : [], ({ misId }) => toMisKey(misId));
  const toShownId = (externalId: string | null): string | null =>
    externalId === null ? null : (ids.toId(kind, externalId) ?? externalId);
  const claims = Map.groupBy(owners, ({ externalId }) => toShownId(externalId));
  const holders = new Map(links.map(({ vendorId, picsId }) => [vendorId, picsId]));
  const found: NewLink[] = [];
  const unclear: string[] = [];
  const isFree = (id: string, code: string): boolean =>
    kind === 'officer' || (holders.get(id) ?? code) === code;
  for (const { code, externalId } of owners) {
    const link = decideOwnerLink({ kind, code, externalId }, links, matching, nowMs);
    const shared = { vendor: ids.vendor, centre, kind, picsId: code, ident: null };
    if (link.kind === 'cleared') unclear.push(code);
    if (link.kind === 'typed') {
      const isOnly = kind === 'officer' || claims.get(link.typedId)?.length === 1;
      if (link.stored !== null || !isOnly || !isFree(link.typedId, code)) unclear.push(code);
      else if (byId.has(link.typedId)) found.push({ ...shared, vendorId: link.typedId, how: 'typed' });
    }
    if (link.kind === 'none') {
      const [only, ...others] = byMisId.get(toMisKey(code)) ?? [];
      const isClaimed = kind === 'organisation' && claims.has(only?.id ?? null);
      if (only === undefined || others.length > 0 || isClaimed || !isFree(only.id, code)) continue;
      found.push({ ...shared, vendorId: only.id, how: 'matched' });
    }
  }
  return { links: found, unclear };
}
