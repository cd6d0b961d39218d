import type { VendorContext, VendorPolling } from '../vendor.ts';
import type { OfferList } from './catalogue.ts';
import type { SmartAssessorConnection } from './connection.ts';
import type { SmartAssessorSettings } from './rules/settings.ts';
export function createPolling(
  _context: VendorContext,
  _connection: SmartAssessorConnection,
  _settings: SmartAssessorSettings,
  _offers: OfferList,
): VendorPolling {
  return {
    plans: [],
    dailyTime: { hour: 4, minute: 30 } as never,
    mode: 'off',
    reviewTime: { entity: 'session', atMsField: 'x' },
    selectDaily: async (l) => l,
    afterRead: async () => {},
    toMatchRecord: (r) => r,
    publishesAll: () => false,
    ownerKindOf: () => null,
    matchOwners: () => ({ links: [], unclear: [] }),
    pushedOwners: [],
    readsOf: () => [],
    readsOfOwner: () => [],
    forecast: async () => ({}) as never,
  };
}
