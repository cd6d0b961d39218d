import type pg from 'pg';
import { Fault } from '../base/fault.ts';
import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import { closePool, openPool } from '../base/pool.ts';
import { sleep } from '../base/sleep.ts';
import type { Config } from '../config/config.ts';
import type { Alarm } from '../domain/alarm.ts';
import type { Clock, Credential, OpenCredential } from '../domain/ports.ts';
import type { Tracer } from '../domain/trace.ts';
import type { Broker } from '../kafka/broker.ts';
import type { KafkaSettings } from '../kafka/client.ts';
import { createKafkaBroker } from '../kafka/kafka-broker.ts';
import { openTopics } from '../kafka/messaging.ts';
import { createRegistry } from '../kafka/registry.ts';
import { describeSkew, measureSkew, skewAdvice } from '../ops/completeness.ts';
import { createFreshness } from '../ops/freshness.ts';
import { createMeter } from '../ops/meter.ts';
import { createToChange } from '../pics/changes.ts';
import { createPics } from '../pics/pics.ts';
import type { Queryable } from '../pics/queryable.ts';
import { createCallBudget } from '../redis/budget.ts';
import { createAwayWatch, createRedis, withinTime } from '../redis/client.ts';
import { createSessionCache } from '../redis/session-cache.ts';
import { createStorePool, type Db } from '../store/database.ts';
import { addFreshness } from '../store/lag.ts';
import { createStore } from '../store/store.ts';
import { allVendors } from '../vendors/all.ts';
import { toCapture } from './capture.ts';
import type { RolePorts } from './role.ts';

/** This machine's clock. */
export const realClock: Clock = {
  nowMs: Date.now,
  steadyMs: () => performance.now(),
  sleep,
  chance: Math.random,
};

/**
 * The connection pools of one process. Its roles share them, so that the settings count for the process however many
 * roles it runs. A role that ends leaves them open: a connection that failed was thrown away already.
 */
export type DatabasePools = { readonly pics: pg.Pool; readonly store: pg.Pool };

export function openDatabasePools(
  { config, log }: { readonly config: Config; readonly log: Log },
  stack: AsyncDisposableStack,
): DatabasePools {
  const store = createStorePool({
    databaseUrl: config.store.url.reveal(),
    maxConnections: config.store.poolSize,
    onIdleError: (error) => log.warn('a connection to the sync database broke', { error }),
  });
  stack.defer(() => closePool(store));
  return { pics: openPicsPool({ config, log }, stack, { connections: config.pics.poolSize }), store };
}

/** What a database says the time is. */
export async function readClockMs(database: Queryable | Db): Promise<number> {
  const text = 'select (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"';
  const { rows } = await database.query<{ nowMs: number }>({ text, values: [] });
  return rows[0]?.nowMs ?? Number.NaN;
}

/**
 * Refuses to begin with a clock that is not that of both databases (G-11). Stamps of this machine are compared with
 * theirs: an observation from the future would make later ones look older, and a lost answer would be looked up too
 * early. The supervisor tries again, so a role begins by itself when the clock is right.
 */
export async function requireSameTime(
  databases: { readonly pics: Queryable; readonly store: Db },
  nowMs: () => number,
): Promise<void> {
  const others = [
    ['PICS', databases.pics],
    ['the sync database', databases.store],
  ] as const;
  for (const [of, database] of others) {
    const skew = describeSkew(of, await measureSkew(() => readClockMs(database), nowMs));
    if (skew !== null) throw new Fault(`${skew} ${skewAdvice}`);
  }
}

/** Opens the real ports of one role. What is opened is closed with the stack, in reverse order. */
export async function openPorts(
  {
    config,
    log,
    metrics,
    tracer,
    pools,
  }: {
    readonly config: Config;
    readonly log: Log;
    readonly metrics: Metrics;
    readonly tracer: Tracer;
    readonly pools: DatabasePools;
  },
  role: string,
  stack: AsyncDisposableStack,
): Promise<RolePorts> {
  const clock = realClock;
  const { mapping } = toCapture(config);
  const pics = createPics({
    pool: pools.pics,
    openMarkedPool: (connections) => openPicsPool({ config, log }, stack, { connections }),
    mapping,
    originPrefix: config.pics.replicationOriginPrefix,
    clock,
    log,
  });
  const store = createStore({ pool: pools.store, databaseUrl: config.store.url.reveal() });
  const freshness = createFreshness({
    meter: createMeter(metrics, log),
    lateAfterMs: config.lag.slowAfterMs,
    add: (took) => addFreshness(pools.store, took),
    nowMs: clock.nowMs,
    sleep,
    log,
  });
  const end = new AbortController();
  const handingOn = freshness.run(end.signal);
  stack.defer(async () => {
    end.abort();
    await handingOn;
  });
  const { meter } = freshness;
  const broker = createKafkaBroker({ ...kafkaSettings(config, `pics-sync-${role}`), log });
  stack.defer(() => broker.close());
  const topics = await openSiteTopics({
    config,
    broker,
    raise: async (alarm) => {
      meter.alarmed(alarm);
      await store.alarms.raise(alarm);
    },
    log,
  });
  stack.defer(() => topics.close());
  return {
    pics,
    store,
    topics,
    openCredential: createOpenCredential({ config, log }),
    clock,
    meter,
    tracer,
    log,
    vendors: allVendors,
  };
}

/** The topics of this site under its settings. */
export function openSiteTopics({
  config,
  broker,
  raise,
  log,
}: {
  readonly config: Config;
  readonly broker: Broker;
  readonly raise: (alarm: Alarm) => Promise<void>;
  readonly log: Log;
}): ReturnType<typeof openTopics> {
  const { mapping, topics, columnsOf } = toCapture(config);
  return openTopics({
    broker,
    registry: createRegistry(registryOptions(config.registry.url)),
    names: topics,
    columnsOf,
    prefix: config.kafka.topicPrefix,
    originPrefix: config.pics.replicationOriginPrefix,
    toChange: createToChange(mapping),
    clock: realClock,
    raise,
    log,
  });
}

export function openPicsPool(
  { config, log }: { readonly config: Config; readonly log: Log },
  stack: AsyncDisposableStack,
  {
    connections,
    statementTimeoutMs = 30_000,
  }: {
    readonly connections: number;
    readonly statementTimeoutMs?: number;
  },
): pg.Pool {
  const { host, port, database, user, password } = config.pics;
  const pool = openPool({
    connection: { host, port, database, user, password: password.reveal() },
    connections,
    statementTimeoutMs,
    // A planned time in a column with a time zone is London time too, whatever the server's zone.
    session: { timezone: 'Europe/London' },
    onIdleError: (error) => log.warn('a connection to PICS broke', { error }),
  });
  stack.defer(() => closePool(pool));
  return pool;
}

/** The call budget and the sessions of a credential, shared through Redis; alone in memory while Redis is away. */
export function createOpenCredential({
  config,
  log,
}: {
  readonly config: Config;
  readonly log: Log;
}): OpenCredential {
  return ({ id, callsPerMinute, spareShare, sessionTtlMs }): Credential => {
    const redis = createRedis({ url: config.redis.url.reveal(), onError: () => {} });
    const away = createAwayWatch({
      answers: async () => (await withinTime(redis, 2_000, (client) => client.ping())) === 'PONG',
      onAway: () =>
        log.warn('Redis is away: each process keeps to its share of the calls', { code: 'REDIS_AWAY' }),
      onBack: () => log.info('Redis is back: the calls are shared again', { code: 'REDIS_BACK' }),
    });
    const budget = createCallBudget({
      redis,
      credential: id,
      limitPerMinute: callsPerMinute,
      spareShare,
      processShare: 1 / 3,
      onFallback: away.fallback,
    });
    return {
      budget,
      sessions: createSessionCache({ redis, credential: id, ttlMs: sessionTtlMs }),
      close: async () => {
        budget.close();
        away.close();
        redis.disconnect();
      },
    };
  };
}

export function kafkaSettings({ kafka }: Config, clientId: string): KafkaSettings {
  return {
    brokers: kafka.brokers,
    clientId,
    sessionTimeoutMs: kafka.sessionTimeoutMs,
    heartbeatIntervalMs: kafka.heartbeatIntervalMs,
    rebalanceTimeoutMs: kafka.rebalanceTimeoutMs,
  };
}

/** The configured address ends in the interface's path. */
export function registryOptions(address: string): { url: string; basePath: string } {
  const { origin, pathname } = new URL(address);
  return { url: origin, basePath: pathname.replace(/\/+$/, '') };
}
