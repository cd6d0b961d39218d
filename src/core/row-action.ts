import type { Learner, Qualification, Review } from './learner.ts';
import type { Organisation, Owner } from './owner.ts';

type ReviewFields = Omit<Review, 'id'>;
type CounterFields = Pick<
  Qualification,
  | 'registrationNumber'
  | 'registeredOn'
  | 'certificateAppliedOn'
  | 'certificateReceivedOn'
  | 'elementsTotal'
  | 'elementsDone'
>;

/** Never the ULN, which is nobody's to write but a user's, and no key. */
export type LearnerFields = Pick<
  Learner,
  | 'firstName'
  | 'surname'
  | 'birthDate'
  | 'email'
  | 'phone'
  | 'mobile'
  | 'niNumber'
  | 'sex'
  | 'ethnicity'
  | 'disability'
>;
type OfficerOwner = Extract<Owner, { readonly kind: 'officer' }>;
export type OfficerFields = Pick<OfficerOwner, 'firstName' | 'surname' | 'email' | 'phone' | 'mobile'>;
/** The address is written whole: all four lines, or none. */
export type OrganisationFields = Omit<Organisation, 'code' | 'externalId'>;

/** What the reconciler does to a row of PICS: only columns that a rule names, never a deletion. */
export type RowAction =
  | {
      readonly kind: 'update-qualification';
      readonly ident: string;
      readonly reference: string;
      readonly seq: number;
      readonly set: Partial<CounterFields>;
    }
  | {
      readonly kind: 'insert-review';
      readonly id: string;
      readonly ident: string;
      readonly fields: ReviewFields;
    }
  | { readonly kind: 'update-review'; readonly id: string; readonly set: Partial<ReviewFields> }
  | {
      readonly kind: 'update-learner';
      readonly ident: string;
      readonly set: Partial<LearnerFields>;
    }
  | { readonly kind: 'update-officer'; readonly code: string; readonly set: Partial<OfficerFields> }
  | {
      readonly kind: 'update-organisation';
      readonly code: string;
      readonly set: Partial<OrganisationFields>;
    }
  | {
      readonly kind: 'set-learner-id';
      readonly ident: string;
      /** Null empties the column: the link was removed. */
      readonly vendorId: string | null;
      /** Set when blank (OF-23); left alone when the id is removed. */
      readonly activePortfolio: 'O' | 'S';
    }
  | { readonly kind: 'set-officer-id'; readonly code: string; readonly vendorId: string | null }
  | { readonly kind: 'set-organisation-id'; readonly code: string; readonly vendorId: string | null };

/** What becomes of one observation or link. `code` of ignore names the rule. */
export type RowDecision =
  | { readonly kind: 'write'; readonly actions: readonly RowAction[] }
  | { readonly kind: 'ignore'; readonly code: string }
  | {
      readonly kind: 'hold';
      readonly subject: string;
      readonly code: string;
      readonly params: Readonly<Record<string, string>>;
    }
  /** Not yet: look again later (an upload of the learner is unanswered, OF-53). */
  | { readonly kind: 'wait'; readonly code: string };
