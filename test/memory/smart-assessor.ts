import { CLIENT_KEY, PASSWORD, USER_NAME } from '../../simulators/smart-assessor/credential.ts';
import {
  createInProcessSmartAssessor,
  type InProcessSmartAssessor,
} from '../../simulators/smart-assessor/in-process.ts';
import { Secret } from '../../src/base/secret.ts';
import type { Json } from '../../src/domain/json.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { smartAssessorSection } from '../../src/vendors/smart-assessor/config.ts';
import { createSmartAssessorVendor } from '../../src/vendors/smart-assessor/smart-assessor.ts';
import type { ConfiguredVendor, Vendor } from '../../src/vendors/vendor.ts';
import { control } from './door.ts';
import { connectInProcess } from './smart-assessor-line.ts';

export type MemorySmartAssessor = {
  readonly vendor: Vendor;
  readonly simulator: InProcessSmartAssessor;
};

/**
 * Smart Assessor without sockets: the product's vendor object and client speak to the simulator in process, on the clock
 * of the test. `latencyMs`: how long a call takes at least, decided call by call.
 */
export function createMemorySmartAssessor({
  clock,
  records,
  switches = {},
  latencyMs,
}: {
  readonly clock: Clock;
  readonly records?: Json;
  readonly switches?: Json;
  readonly latencyMs?: () => number;
}): MemorySmartAssessor {
  const simulator = createInProcessSmartAssessor({ nowMs: () => clock.nowMs() });
  if (records !== undefined) simulator.load(records as Parameters<InProcessSmartAssessor['load']>[0]);
  control(simulator, 'PATCH', '/switches', switches);
  return { vendor: createSmartAssessorVendor(connectInProcess(simulator, clock, latencyMs)), simulator };
}

/** The section of the configuration for the simulator's site, with what a test wants of it. */
export function smartAssessorConfigured(wanted: object = {}): ConfiguredVendor {
  const settings = smartAssessorSection.parse({
    enabled: true,
    origin: 'http://127.0.0.1:4020',
    userName: new Secret(USER_NAME),
    password: new Secret(PASSWORD),
    clientKey: new Secret(CLIENT_KEY),
    ...wanted,
  });
  return { kind: 'enabled', settings };
}
