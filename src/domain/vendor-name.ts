/** A vendor as it is named in topics, tables and data. Configuration, folders and commands write `smart-assessor`. */
export type VendorName = 'onefile' | 'smartassessor';
