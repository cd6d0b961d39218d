import type { Qualification, Review } from './learner.ts';

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
      readonly kind: 'set-learner-id';
      readonly ident: string;
      readonly vendorId: string;
      /** Set when blank (OF-23). */
      readonly activePortfolio: 'O' | 'S';
    }
  | { readonly kind: 'set-officer-id'; readonly code: string; readonly vendorId: string }
  | { readonly kind: 'set-organisation-id'; readonly code: string; readonly vendorId: string };

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
