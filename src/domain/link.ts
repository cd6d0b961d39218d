import type { VendorName } from './vendor-name.ts';

/** `visit` is OneFile's diary visit that carries a review: known so that it is reused, never copied to PICS. */
export type LinkKind = 'learner' | 'officer' | 'organisation' | 'qualification' | 'review' | 'visit';

/** That a PICS record and a vendor record are the same, one to one in both directions (G-2, D-2). */
export type Link = {
  readonly vendor: VendorName;
  readonly centre: string;
  readonly kind: LinkKind;
  /** learner: ident; qualification: `ident/reference/seq`; review and visit: review id; officer, organisation: code. */
  readonly picsId: string;
  readonly vendorId: string;
  /** Ident of the learner the record belongs to; null for officers and organisations. */
  readonly ident: string | null;
  readonly how: 'looked-up' | 'created' | 'typed' | 'matched';
  /** When the reconciler had copied the id into PICS; null = still to be announced. */
  readonly copiedAtMs: number | null;
};

export type LinkKey = Pick<Link, 'kind' | 'picsId'>;

/** `replaces`: the vendor id this PICS record was linked to until now, for a person's edit of the id (D-2). */
export type NewLink = Omit<Link, 'copiedAtMs'> & { readonly replaces?: string };

/** A link that was not made (G-2). `takenBy`: the PICS record that has the vendor id; null = this one has another id. */
export type ConflictingLink = NewLink & { readonly takenBy: string | null };

export type LinkScope = { readonly vendor: VendorName; readonly centre: string; readonly kind: LinkKind };
