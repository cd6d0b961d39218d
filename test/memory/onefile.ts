import { createInProcessOneFile, type InProcessOneFile } from '../../simulators/onefile/in-process.ts';
import { Secret } from '../../src/base/secret.ts';
import type { Json } from '../../src/domain/json.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { RoleSettings } from '../../src/roles/role.ts';
import type { Connect } from '../../src/vendors/onefile/client/transport.ts';
import { oneFileSection } from '../../src/vendors/onefile/config.ts';
import { createOneFile } from '../../src/vendors/onefile/onefile.ts';
import type { OneFileSettings } from '../../src/vendors/onefile/rules/settings.ts';
import type { Vendor } from '../../src/vendors/vendor.ts';
import { control } from './door.ts';
import { memoryRoleSettings } from './settings.ts';

/** How a call to the simulator goes, beside what the simulator itself does. Times in milliseconds. */
export type Line = {
  /** How long a call takes at least, decided call by call. */
  readonly latencyMs: () => number;
};

export type MemoryOneFile = {
  readonly vendor: Vendor;
  readonly simulator: InProcessOneFile;
};

/**
 * OneFile without sockets: the product's vendor object and client speak to the simulator in process, on the clock of
 * the test. A call passes time; one that takes longer than the client waits ends unknown, and is done all the same.
 */
export function createMemoryOneFile({
  clock,
  records,
  switches = {},
  line = { latencyMs: () => 1 },
}: {
  readonly clock: Clock;
  readonly records?: Json;
  readonly switches?: Json;
  readonly line?: Line;
}): MemoryOneFile {
  const simulator = createInProcessOneFile({ nowMs: () => clock.nowMs() });
  if (records !== undefined) simulator.load(records as Parameters<InProcessOneFile['load']>[0]);
  control(simulator, 'PATCH', '/switches', switches);
  const connect: Connect = ({ callTimeoutMs }) => ({
    send: async ({ method, path, headers, body }) => {
      const pending = simulator.receive({ method, path, headers, body });
      const tookMs = line.latencyMs() + pending.delayMs;
      if (tookMs > callTimeoutMs) {
        await clock.sleep(callTimeoutMs);
        pending.finish(true);
        return { kind: 'unknown', detail: 'TIMEOUT' };
      }
      await clock.sleep(tookMs);
      const answer = pending.finish();
      if (answer.kind === 'cut') {
        const { status } = answer;
        return status !== null && status >= 400 && status < 500
          ? { kind: 'answer', status, body: '', serverTimeMs: null, retryAfter: null }
          : { kind: 'unknown', detail: 'UND_ERR_SOCKET' };
      }
      const date = Date.parse(answer.headers['date'] ?? '');
      return {
        kind: 'answer',
        status: answer.status,
        body: answer.body,
        serverTimeMs: Number.isNaN(date) ? null : date,
        retryAfter: answer.headers['retry-after'] ?? null,
      };
    },
    close: async () => {},
  });
  return { vendor: createOneFile(connect), simulator };
}

/** Settings of roles that serve OneFile's simulator, with what a test wants of its rules. */
export function oneFileRoleSettings(
  wanted: Partial<OneFileSettings> = {},
  section: object = {},
): RoleSettings {
  const {
    centreId = '301',
    nearRealTime = true,
    deletedReviews = 'recreate',
    externalIdVendor = 'onefile',
    ...rules
  } = wanted;
  const given = Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== null));
  const base = {
    enabled: true,
    environment: 'simulator',
    baseUrl: 'http://onefile.test/api/v2.1',
    customerToken: new Secret('sim-customer-1'),
    centreId,
    reviewSettleSeconds: 0,
    desktopSyncOff: true,
    pageSize: 100,
  };
  const settings = oneFileSection.parse({ ...base, ...given, ...section });
  return memoryRoleSettings(
    { onefile: { kind: 'enabled', settings } },
    { nearRealTime, deletedReviews, externalIdVendor },
  );
}

/** What a person has confirmed who enabled OneFile with these settings. */
export function confirmedFor(centreId = '301') {
  return {
    environment: 'simulator',
    centreId,
    externalIdVendor: 'onefile',
    modes: {},
    warnings: {},
  } as const;
}
