import type { Link, NewLink } from './link.ts';
import type { Shadow } from './observation.ts';
import type { OwnerKind } from './owner.ts';

/** What identifies a learner. Texts are trimmed; blank = null. */
export type Person = {
  readonly ident: string;
  /** What the vendor's id column holds, checked or not. */
  readonly vendorId: string | null;
  readonly uln: string | null;
  readonly niNumber: string | null;
  readonly firstName: string | null;
  readonly surname: string | null;
  readonly birthDate: string | null;
};

/** Where a learner stands, as far as the daily run asks. Dates are `YYYY-MM-DD`; blank = null. */
export type LearnerStanding = {
  readonly ident: string;
  readonly status: string | null;
  readonly isSuspended: boolean;
  readonly endOn: string | null;
};

/** An officer or organisation, with what its external-id column holds. */
export type UsedOwner = {
  readonly code: string;
  readonly name: string | null;
  readonly externalId: string | null;
  /** An officer who has left; organisations are never dormant. */
  readonly isDormant: boolean;
};

export type UsedOwners = {
  readonly officers: readonly UsedOwner[];
  readonly organisations: readonly UsedOwner[];
};

export type UsedBy = {
  /** These learners, whatever their status. */
  readonly idents: readonly string[];
  /** And all learners whose status is one of these letters. */
  readonly letters: readonly string[];
};

/** A record of PICS that shows an id of the vendor: a learner by its ident, an officer or organisation by its code. */
export type Claimant = { readonly code: string; readonly name: string | null };

/** A learner whose record in PICS carries an id of the vendor, checked or not. */
export type VendorLearner = { readonly ident: string; readonly vendorId: string };

/** All officers or organisations of PICS, their links, and the records of one complete reading. */
export type SeenOwners = {
  readonly kind: OwnerKind;
  readonly owners: readonly UsedOwner[];
  readonly links: readonly Link[];
  readonly shown: readonly Shadow[];
};

export type OwnerMatch = {
  /** `typed`: PICS shows the id already. */
  readonly links: readonly NewLink[];
  /** Codes of those whose id a look must decide, since it contradicts the link or another record of PICS. */
  readonly unclear: readonly string[];
};
