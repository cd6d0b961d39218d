import { z } from 'zod';
import { onOff } from '../base/setting.ts';
import type { VendorSection } from './vendor-section.ts';

/** Replaced by the vendor's own schema. */
const oneFileSettings = z.looseObject({ enabled: onOff.default(false) });

/** The vendors' own sections: name in the file, name in data, schema. */
export const vendorSchemas = { onefile: oneFileSettings } as const;

export type VendorSections = {
  readonly [V in keyof typeof vendorSchemas]: VendorSection<z.output<(typeof vendorSchemas)[V]>>;
};
