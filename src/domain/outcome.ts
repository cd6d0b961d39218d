/** Why a vendor did not do what was asked. Never a fault of our own code. */
export type VendorFailure =
  /** Surely not done: nothing was sent. */
  | { readonly kind: 'unreachable'; readonly detail: string }
  /** Sent, no answer that tells: look before doing it again. */
  | { readonly kind: 'unknown'; readonly detail: string }
  /** Not done, may always be repeated; never counts as a failed attempt. */
  | { readonly kind: 'throttled'; readonly detail: string; readonly retryAfterMs: number | null }
  /** The sign-in is refused after one re-authentication: every call would fail alike. */
  | { readonly kind: 'unauthorized'; readonly detail: string }
  /** The vendor says no to this record. `code` is a message code, `detail` the vendor's words (may be personal). */
  | {
      readonly kind: 'rejected';
      readonly code: string;
      readonly detail: string;
      /** What fills the gaps of the code's sentence, where the vendor's client knows it. */
      readonly params?: Readonly<Record<string, string>>;
    };

/** True for a failure; a result of our own carries `done` or `found` and the like in `kind`. */
export function isFailure(value: { readonly kind: string }): value is VendorFailure {
  return ['unreachable', 'unknown', 'throttled', 'unauthorized', 'rejected'].includes(value.kind);
}
