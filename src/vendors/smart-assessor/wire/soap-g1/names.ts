/** What a site of the SOAP generation may set otherwise. */
export const g1Defaults = {
  path: '/soap/g1',
  namespace: 'urn:smart-assessor:g1',
  partnerIdName: 'PartnerId',
} as const;
