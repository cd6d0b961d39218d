import { type Log, silentLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import type { RequestRow } from '../../src/domain/request.ts';
import type { UserRole } from '../../src/domain/user.ts';
import { createHealth, createOpsServer } from '../../src/ops/health.ts';
import { decideExposure } from '../../src/page/exposure.ts';
import { hashPassword } from '../../src/page/passwords.ts';
import type { Standing } from '../../src/page/reads.ts';
import { addPage } from '../../src/page/server.ts';
import { allVendors } from '../../src/vendors/all.ts';
import { MemoryStore } from '../memory/store.ts';
import { anOutcome } from './ledger-records.ts';

/** Cheap, so that a test signs in within a millisecond. */
export const cheap = { logN: 4, r: 8, p: 1 };
export const ownPassword = 'correct horse 42';

type Given = Omit<RequestRow, 'status'> & { status: string };

/** The page's server over ports in memory, with users and what a test puts there. */
export async function createPageWorld({
  folder = 'no-such-folder',
  host = '127.0.0.1',
  trustedProxies = [],
  nowMs = Date.now,
  store = new MemoryStore({ nowMs }),
  log = silentLog,
  tls,
}: {
  readonly folder?: string;
  readonly host?: string;
  readonly trustedProxies?: readonly string[];
  readonly nowMs?: () => number;
  /** That of an ops process that ended, when another takes its place. */
  readonly store?: MemoryStore;
  readonly log?: Log;
  readonly tls?: { readonly cert: string; readonly key: string };
} = {}) {
  const given: Given[] = [];
  let standing: Standing | null = null;
  let isAway = false;
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(ms, 50));
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  const server = createOpsServer({
    metrics: createMetrics(),
    health: createHealth(),
    trustedProxies,
    ...(tls !== undefined && { tls }),
  });
  addPage(
    server,
    {
      store,
      commands: {
        give: async (request) => {
          given.push({
            ...request,
            status: 'new',
            code: null,
            message: null,
            result: null,
            attempts: 0,
            requestedAtMs: nowMs(),
            startedAtMs: null,
            finishedAtMs: null,
          });
          return true;
        },
        read: async (id) => (given.find((row) => row.id === id) as RequestRow | undefined) ?? null,
      },
      readStanding: async () => {
        if (isAway) throw new Error('the database is away');
        return standing;
      },
      vendors: allVendors,
      clock: { nowMs, sleep },
      log,
    },
    {
      folder,
      exposure: decideExposure({ host, hasTls: tls !== undefined, trustedProxies }),
      cost: cheap,
    },
  );
  await server.ready();
  return {
    server,
    store,
    given,
    setStanding: (next: Standing | null) => {
      standing = next;
    },
    setAway: (away: boolean) => {
      isAway = away;
    },
    addUser: async (
      name: string,
      role: UserRole,
      change: { seesNames?: boolean; mustChange?: boolean } = {},
    ) =>
      store.users.add({
        name,
        role,
        seesNames: change.seesNames ?? false,
        mustChange: change.mustChange ?? false,
        password: await hashPassword(ownPassword, cheap),
      }),
    hold: async (ident: string, code: string, params: Readonly<Record<string, string>> = {}) => {
      const subject = `review:${ident}`;
      const holds = [{ subject, code, params, requestHash: null }];
      const lane = { vendor: 'onefile', centre: 'c1', ident } as const;
      const { version } = await store.ledger.readLane({
        ...lane,
        officers: [],
        organisations: [],
        learnerVendorIds: [],
      });
      await store.ledger.recordOutcome(anOutcome({ ...lane, version, holds }));
    },
  };
}
export type PageWorld = Awaited<ReturnType<typeof createPageWorld>>;

const origin = 'http://localhost';

/** A browser as far as the server sees it: cookie, origin and token. */
export function createVisit({ server }: Pick<PageWorld, 'server'>) {
  let cookie = '';
  let token = '';
  const call = async (
    method: 'GET' | 'POST',
    url: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string | undefined> } = {},
  ) => {
    const all = {
      host: 'localhost',
      ...(method === 'POST' && { origin }),
      ...(cookie !== '' && { cookie }),
      ...(token !== '' && { 'x-picsync-token': token }),
      ...headers,
    };
    const reply = await server.inject({
      method,
      url,
      headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
      ...(body !== undefined && { payload: body as object }),
    });
    const set = reply.cookies.find(({ name }) => name === 'picsync_session');
    if (set !== undefined) cookie = set.value === '' ? '' : `picsync_session=${set.value}`;
    return reply;
  };
  return {
    call,
    get cookie() {
      return cookie;
    },
    signIn: async (name: string, password = ownPassword) => {
      const reply = await call('POST', '/api/sign-in', { body: { name, password } });
      const start = (await call('GET', '/api/start')).json();
      token = start.user?.token ?? '';
      return reply;
    },
  };
}
