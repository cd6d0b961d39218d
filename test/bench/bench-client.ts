import { silentLog } from '../../src/base/log.ts';
import { type ClientEffects, createOneFileClient, type OneFileClient } from '../../src/vendors/onefile/client/client.ts';
import type { Session } from '../../src/vendors/onefile/client/api.ts';

/** The session that processes share. */
export type SharedSession = { session: Session | null };

type Parts = Pick<ClientEffects['budget'], 'takeCall'> & {
  readonly baseUrl: string;
  readonly nowMs: () => number;
  readonly shared: SharedSession;
  readonly pageSize: number;
};

/** The real client of a simulated centre, with a budget of the bench's own. */
export function createBenchClient({ baseUrl, nowMs, shared, pageSize, takeCall }: Parts): OneFileClient {
  return createOneFileClient({
    connection: {
      ...{ baseUrl, centreId: '301', customerToken: () => 'sim-customer-1', pageSize, names: {} },
      ...{ connectTimeoutMs: 5_000, callTimeoutMs: 60_000, connections: 8 },
      ...{ unknownVisit: 'repeat', readUnitSummaries: false },
    },
    budget: { takeCall, pauseUntil: () => {} },
    sessionCache: {
      read: async () => shared.session,
      write: async (session) => {
        shared.session = session;
      },
      forget: async () => {
        shared.session = null;
      },
    },
    ...{ log: silentLog, now: nowMs, chance: () => 0 },
  });
}
