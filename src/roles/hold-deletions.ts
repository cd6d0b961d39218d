import type { VendorName } from '../domain/vendor-name.ts';

/** What a person is told when more records vanish at a vendor than may without a look: nothing is deleted meanwhile. */
export function toDeletionsHold(vendor: VendorName, entity: string, missingCount: number) {
  const params = { vendor, what: entity, n: String(missingCount) };
  return { subject: `deletions:${entity}`, code: 'DELETIONS_HELD', params };
}
