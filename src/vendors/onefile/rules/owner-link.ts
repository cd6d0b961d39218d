import type { Link } from '../../../core/link.ts';
import type { OwnerKey } from '../../../core/owner.ts';
import { isSurelyCopied } from './learner-link.ts';
import type { OneFileSettings } from './settings.ts';

export type OwnerLink =
  | { readonly kind: 'linked'; readonly vendorId: string }
  /** A person put an id into PICS that is not the linked one: it counts after it was found at OneFile (G-2). */
  | { readonly kind: 'typed'; readonly typedId: string; readonly stored: Link | null }
  /** A person took the id away: the link falls. */
  | { readonly kind: 'cleared'; readonly stored: Link }
  | { readonly kind: 'none' };

type Known = OwnerKey & {
  /** What the external-id column holds; undefined when this PICS has no such column. */
  readonly externalId: string | null | undefined;
};

type Settings = Pick<OneFileSettings, 'externalIdVendor' | 'matchBy'>;

/**
 * OF-30, OF-32, OF-33, D-2: the OneFile record of an officer or organisation, as far as PICS and the link table tell.
 *
 * The column in PICS wins over the link table when it is OneFile's. With matching by MIS value (OF-35) ids that people
 * typed or looked up count for nothing. Never by name.
 */
export function decideOwnerLink(
  { kind, code, externalId }: Known,
  links: readonly Link[],
  settings: Settings,
  nowMs: number,
): OwnerLink {
  const found = links.find((link) => link.kind === kind && link.picsId === code) ?? null;
  const usesIds = settings.matchBy === 'id';
  const isOfPerson = found !== null && (found.how === 'typed' || found.how === 'looked-up');
  const stored = !usesIds && isOfPerson ? null : found;
  const isColumnOurs = usesIds && settings.externalIdVendor === 'onefile' && externalId !== undefined;
  if (!isColumnOurs)
    return stored === null ? { kind: 'none' } : { kind: 'linked', vendorId: stored.vendorId };
  if (externalId === null) {
    if (stored === null) return { kind: 'none' };
    return isSurelyCopied(stored, nowMs)
      ? { kind: 'cleared', stored }
      : { kind: 'linked', vendorId: stored.vendorId };
  }
  if (externalId === stored?.vendorId) return { kind: 'linked', vendorId: externalId };
  return { kind: 'typed', typedId: externalId, stored };
}
