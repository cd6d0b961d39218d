import { oneFile } from './onefile/onefile.ts';
import { smartAssessor } from './smart-assessor/smart-assessor.ts';
import type { Vendor } from './vendor.ts';

/** Every vendor that this program can serve: one line each. */
export const allVendors: readonly Vendor[] = [oneFile, smartAssessor];
