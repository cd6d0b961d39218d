import type { OwnerKind } from './owner.ts';

/** The key of a record of PICS was changed: it is the same record under another name. */
export type Renaming = {
  readonly entity: 'learner' | OwnerKind;
  readonly from: string;
  readonly to: string;
};

/** What a change event means for one vendor. Irrelevant events cost no database read. */
export type Relevance =
  /** `rule` names why nothing follows: `OF-16`, `echo`, `snapshot`. */
  | { readonly kind: 'irrelevant'; readonly rule: string }
  /** These learners may need something. */
  | {
      readonly kind: 'learners';
      readonly idents: readonly string[];
      /** What of them is to be left alone for a while, in case the user corrects it (OF-50). */
      readonly postpone?: { readonly subject: string; readonly forMs: number };
    }
  | { readonly kind: 'officer'; readonly code: string }
  | { readonly kind: 'organisation'; readonly code: string }
  /** Its links follow, then it is looked at under its new key. */
  | ({ readonly kind: 'renamed' } & Renaming);
