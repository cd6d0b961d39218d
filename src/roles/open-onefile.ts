import { createHash } from 'node:crypto';
import { Fault } from '../base/fault.ts';
import type { Secret } from '../base/secret.ts';
import { type CallBudget, createCallBudget } from '../redis/budget.ts';
import { createAwayWatch, createRedis, withinTime } from '../redis/client.ts';
import { createSessionCache } from '../redis/session-cache.ts';
import { createCentreReader } from '../vendors/onefile/centre.ts';
import type { SessionCache } from '../vendors/onefile/client/api.ts';
import { createOneFileClient, type OneFileClient } from '../vendors/onefile/client/client.ts';
import type { Connection } from '../vendors/onefile/client/transport.ts';
import type { OneFileSection } from '../vendors/onefile/config.ts';
import { toConnection, toRuleSettings } from '../vendors/onefile/from-config.ts';
import type { OneFileCentre, OneFileSettings } from '../vendors/onefile/rules/settings.ts';
import { chooseCentre } from './choose-centre.ts';
import type { RoleContext } from './role.ts';

/** One connection to OneFile: its client, the budget it shares with all processes, and what the rules are told. */
export type OneFile = {
  readonly section: OneFileSection;
  readonly settings: OneFileSettings;
  readonly client: OneFileClient;
  readonly budget: CallBudget;
  readonly readCentre: () => Promise<OneFileCentre>;
};

/** Sessions are used for 23 of their 24 hours. */
const sessionTtlMs = 23 * 3_600_000;

/** Null when OneFile is not enabled; a fault when its settings cannot be used. */
export async function openOneFile(
  context: RoleContext,
  stack: AsyncDisposableStack,
  readNormalReviewTypes: () => Promise<readonly string[]>,
): Promise<OneFile | null> {
  const { config } = context;
  const vendor = config.vendors.onefile;
  if (vendor.kind === 'disabled') return null;
  if (vendor.kind === 'faulty')
    throw new Fault(`OneFile is stopped: ${vendor.faults[0]?.sentence ?? 'bad settings'}`);
  const section = vendor.settings;
  const { customerToken } = section;
  if (customerToken === undefined) throw new Fault('OneFile is stopped: onefile.customerToken is missing.');
  const budget = openBudget(context, stack, { section, customerToken });
  const centreId = section.centreId ?? (await findCentre(context, section, budget));
  const client = openClient(context, stack, { section, centreId, budget });
  const settings = toRuleSettings(section, config, centreId);
  const readCentre = createCentreReader({
    readAssessors: () => client.readAssessors('live'),
    readNormalReviewTypes,
    now: Date.now,
  });
  return { section, settings, client, budget: budget.calls, readCentre };
}

type Budget = { readonly calls: CallBudget; readonly sessions: SessionCache };

function openBudget(
  { config, log }: RoleContext,
  stack: AsyncDisposableStack,
  { section, customerToken }: { section: OneFileSection; customerToken: Secret },
): Budget {
  const redis = createRedis({ url: config.redis.url.reveal(), onError: () => {} });
  stack.defer(() => redis.disconnect());
  const away = createAwayWatch({
    answers: async () => (await withinTime(redis, 2_000, (client) => client.ping())) === 'PONG',
    onAway: () =>
      log.warn('Redis is away: each process keeps to its share of the calls', { code: 'REDIS_AWAY' }),
    onBack: () => log.info('Redis is back: the calls are shared again', { code: 'REDIS_BACK' }),
  });
  stack.defer(away.close);
  const credential = createHash('sha256').update(customerToken.reveal()).digest('hex').slice(0, 16);
  const calls = createCallBudget({
    redis,
    credential,
    limitPerMinute: section.callsPerMinute,
    processShare: 1 / 3,
    onFallback: away.fallback,
  });
  stack.defer(() => calls.close());
  const cache = createSessionCache({ redis, ttlMs: sessionTtlMs });
  const sessions: SessionCache = {
    read: () => cache.read(credential),
    write: (session) => cache.write(credential, session),
    forget: (token) => cache.forget(credential, token),
  };
  return { calls, sessions };
}

type ClientParts = { readonly section: OneFileSection; readonly centreId: string; readonly budget: Budget };

function openClient(
  { log }: RoleContext,
  stack: AsyncDisposableStack,
  { section, centreId, budget }: ClientParts,
): OneFileClient {
  const client = createClient(log, toConnection(section, centreId), budget);
  stack.defer(() => client.close());
  return client;
}

function createClient(log: RoleContext['log'], connection: Connection | null, budget: Budget): OneFileClient {
  if (connection === null)
    throw new Fault('OneFile is stopped: its environment, address or token is not set.');
  return createOneFileClient({
    connection,
    budget: { takeCall: budget.calls.take, pauseUntil: budget.calls.pauseUntil },
    sessionCache: budget.sessions,
    log,
    now: Date.now,
    chance: Math.random,
  });
}

/**
 * Lends a client for a few calls beside those of an enabled OneFile, out of the same budget; null without what a
 * connection needs. Nothing is called before the client is used.
 */
export async function withOneFileClient<T>(
  context: RoleContext,
  section: OneFileSection,
  centreId: string,
  use: (client: OneFileClient) => Promise<T>,
): Promise<T | null> {
  const { customerToken } = section;
  const connection = toConnection(section, centreId);
  if (customerToken === undefined || connection === null) return null;
  await using stack = new AsyncDisposableStack();
  const budget = openBudget(context, stack, { section, customerToken });
  const client = createClient(context.log, connection, budget);
  stack.defer(() => client.close());
  return await use(client);
}

/** OF-5: without a chosen centre the token must reach exactly one. */
async function findCentre({ log }: RoleContext, section: OneFileSection, budget: Budget): Promise<string> {
  const client = createClient(log, toConnection(section, ''), budget);
  try {
    return chooseCentre(await client.testConnection());
  } finally {
    await client.close();
  }
}
