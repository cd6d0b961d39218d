import type { z } from 'zod';
import { oneFileSection } from '../vendors/onefile/config.ts';
import type { VendorSection } from './vendor-section.ts';

/** The vendors' own sections, by their name in the file. */
export const vendorSchemas = { onefile: oneFileSection } as const;

export type VendorSections = {
  readonly [V in keyof typeof vendorSchemas]: VendorSection<z.output<(typeof vendorSchemas)[V]>>;
};
