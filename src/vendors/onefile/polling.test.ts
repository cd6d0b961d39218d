import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../test/memory/clock.ts';
import { createMemoryPorts } from '../../../test/memory/ports.ts';
import { Secret } from '../../base/secret.ts';
import type { VendorPolling } from '../vendor.ts';
import { oneFileSection } from './config.ts';
import { createOneFile } from './onefile.ts';

/** How OneFile is polled with these settings. Nothing is called for it. */
async function openPolling(modes: object): Promise<VendorPolling> {
  const vendor = createOneFile(() => {
    return {
      send: async () => ({ kind: 'unknown', detail: 'not asked for' }),
      close: async () => {},
    };
  });
  const ports = createMemoryPorts({ clock: createVirtualClock().clock, vendors: [vendor] });
  const section = {
    enabled: true,
    environment: 'simulator',
    baseUrl: 'http://onefile.test/api/v2.1',
    customerToken: new Secret('sim-customer-1'),
    centreId: '301',
    desktopSyncOff: true,
    ...modes,
  };
  const open = await vendor.open({
    ...ports,
    configured: { kind: 'enabled', settings: oneFileSection.parse(section) },
    otherPulls: [],
    shared: {
      nearRealTime: true,
      deletedReviews: 'recreate',
      externalIdVendor: 'onefile',
      pics: { role: 'test', licences: ['onefile'], liveLetters: ['L'] },
    },
  });
  if (open === null) throw new Error('it is enabled');
  return open.polling;
}

test('OF-71, OF-72: the owners of a mode that pushes are handed on, each as just read', async () => {
  const polling = await openPolling({ officerDetails: 'push', organisationDetails: 'push' });
  expect(polling.pushedOwners).toEqual(['officer', 'organisation']);
  expect(polling.readsOfOwner({ kind: 'organisation', code: 'ACME1' })).toEqual([
    'read-placement organisation:ACME1',
  ]);
});

test.each(['ignore', 'pull'] as const)('OF-71: in mode %s nobody is handed on', async (mode) => {
  const polling = await openPolling({ officerDetails: mode, organisationDetails: mode });
  expect(polling.pushedOwners).toEqual([]);
});

test('G-4: only what a pull mode takes over is told again although it is unchanged', async () => {
  const polling = await openPolling({ officerDetails: 'pull', organisationDetails: 'push' });
  expect(['assessor', 'placement', 'review'].map((entity) => polling.publishesAll(entity))).toEqual([
    true,
    false,
    false,
  ]);
});
