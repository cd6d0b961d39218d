import type { VendorName } from './vendor-name.ts';

/**
 * `visit` is OneFile's diary visit that carries a review. It is stored to be used again and never copied to
 * PICS.
 */
export type LinkKind = 'learner' | 'officer' | 'organisation' | 'qualification' | 'review' | 'visit';

/** States that a PICS record and a vendor record are the same, one to one in both directions (G-2, D-2). */
export type Link = {
  readonly vendor: VendorName;
  readonly centre: string;
  readonly kind: LinkKind;
  /**
   * learner: ident; qualification: `ident/reference/seq`; review and visit: review id; officer,
   * organisation: code.
   */
  readonly picsId: string;
  readonly vendorId: string;
  /** Ident of the learner the record belongs to; null for officers and organisations. */
  readonly ident: string | null;
  readonly how: 'looked-up' | 'created' | 'typed' | 'matched';
  /** When the reconciler copied the id into PICS; null = it still has to be announced. */
  readonly copiedAtMs: number | null;
};

export type LinkKey = Pick<Link, 'kind' | 'picsId'>;

/** `replaces`: the vendor id that the PICS record was linked to before a user edited the id (D-2). */
export type NewLink = Omit<Link, 'copiedAtMs'> & { readonly replaces?: string };

/**
 * A link that was not made (G-2). `takenBy`: the PICS record that has the vendor id; null = the PICS record
 * of this link has another vendor id.
 */
export type ConflictingLink = NewLink & { readonly takenBy: string | null };

export type LinkScope = { readonly vendor: VendorName; readonly centre: string; readonly kind: LinkKind };

/** A vendor record that several officers are linked to, those linked first in front (D-8). */
export type SharedRecord = { readonly vendorId: string; readonly codes: readonly string[] };
