import type { ConfigFault } from './config-fault.ts';

/** A vendor's settings. A bad value stops only the vendor it belongs to. */
export type VendorSection<S> =
  | { readonly kind: 'enabled'; readonly settings: S }
  | { readonly kind: 'disabled'; readonly settings: S }
  | { readonly kind: 'faulty'; readonly faults: readonly ConfigFault[] };
