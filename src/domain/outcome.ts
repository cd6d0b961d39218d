/** Why a vendor did not do what was asked. Never a fault of our own code. */
export type VendorFailure =
  /** Certainly not done: nothing was sent. */
  | { readonly kind: 'unreachable'; readonly detail: string }
  /** Sent, but without a conclusive answer: look it up before sending it again. */
  | { readonly kind: 'unknown'; readonly detail: string }
  /** Not done. It may always be repeated and never counts as a failed attempt. */
  | { readonly kind: 'throttled'; readonly detail: string; readonly retryAfterMs: number | null }
  /** The sign-in is still refused after one re-authentication: every call would fail alike. */
  | { readonly kind: 'unauthorized'; readonly detail: string }
  /**
   * The vendor refuses this record. `code` is a message code, `detail` the vendor's words (may contain
   * personal data).
   */
  | {
      readonly kind: 'rejected';
      readonly code: string;
      readonly detail: string;
      /** Params for the code's sentence, if the vendor's client knows them. */
      readonly params?: Readonly<Record<string, string>>;
    };

/** True for a failure. Results use other values of `kind`, such as `done` or `found`. */
export function isFailure(value: { readonly kind: string }): value is VendorFailure {
  return ['unreachable', 'unknown', 'throttled', 'unauthorized', 'rejected'].includes(value.kind);
}
