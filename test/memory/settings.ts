import type { RoleSettings } from '../../src/roles/role.ts';
import type { SharedSettings } from '../../src/vendors/vendor.ts';

/** Settings of roles on memory ports: a test PICS that is licensed for both vendors, with these sections. */
export function memoryRoleSettings(
  vendors: RoleSettings['vendors'],
  shared: Partial<SharedSettings> = {},
): RoleSettings {
  return {
    shared: {
      nearRealTime: true,
      deletedReviews: 'recreate',
      externalIdVendor: 'onefile',
      pics: { role: 'test', licences: ['onefile', 'smartassessor'], liveLetters: ['L'] },
      ...shared,
    },
    vendors,
    outbound: {
      concurrency: 64,
      maxInWork: 1_000,
      maxInWorkBytes: 64 * 1024 * 1024,
      commitIntervalMs: 1_000,
    },
    runs: { share: 0.3, lanes: 16, oldAfterMs: 900_000 },
  };
}
