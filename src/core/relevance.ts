/** What a change event means for one vendor. Irrelevant events cost no database read. */
export type Relevance =
  /** `rule` names why nothing follows: `OF-16`, `echo`, `snapshot`. */
  | { readonly kind: 'irrelevant'; readonly rule: string }
  /** These learners may need something. */
  | { readonly kind: 'learners'; readonly idents: readonly string[] }
  | { readonly kind: 'officer'; readonly code: string }
  | { readonly kind: 'organisation'; readonly code: string };
