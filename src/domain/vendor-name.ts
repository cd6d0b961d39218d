/**
 * The name of a vendor in topics, tables and data. Configuration, folders and commands write
 * `smart-assessor`.
 */
export type VendorName = 'onefile' | 'smartassessor';

/** As people read them. */
export const vendorTitles: Readonly<Record<VendorName, string>> = {
  onefile: 'OneFile',
  smartassessor: 'Smart Assessor',
};
