export const vendorNames = ['onefile', 'smartassessor'] as const;

/** The name of a vendor in topics, tables and data. */
export type VendorName = (typeof vendorNames)[number];

/** As the configuration, folders and commands write them. */
export const vendorWords: Readonly<Record<VendorName, string>> = {
  onefile: 'onefile',
  smartassessor: 'smart-assessor',
};

/** As people read them. */
export const vendorTitles: Readonly<Record<VendorName, string>> = {
  onefile: 'OneFile',
  smartassessor: 'Smart Assessor',
};
