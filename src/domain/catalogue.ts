import type { VendorName } from './vendor-name.ts';

export type CatalogueScope = { readonly vendor: VendorName; readonly centre: string };

/** Something the vendor offers. `code` is normalised by the caller; one code may name several. */
export type CatalogueRow = {
  readonly code: string;
  readonly vendorId: string;
  readonly title: string | null;
  readonly entity: string;
};
