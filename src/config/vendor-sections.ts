import { z } from 'zod';
import { onOff } from '../base/setting.ts';
import type { VendorSection } from './vendor-section.ts';

/** Replaced by the vendor's own schema. */
const oneFileSettings = z.looseObject({
  enabled: onOff.prefault('off').describe('Whether this vendor is served (OF-1).'),
});

/** The vendors' own sections: name in the file, name in data, schema. */
export const vendorSchemas = { onefile: oneFileSettings } as const;

export type VendorSections = {
  readonly [V in keyof typeof vendorSchemas]: VendorSection<z.output<(typeof vendorSchemas)[V]>>;
};
