import type pg from 'pg';
import type { Log } from '../base/log.ts';
import { silentLog } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import { closePool } from '../base/pool.ts';
import { sleep, untilAborted } from '../base/sleep.ts';
import { runTogether } from '../base/supervise.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../domain/ports.ts';
import type { BrokerAdmin } from '../kafka/broker.ts';
import { createKafkaBroker } from '../kafka/kafka-broker.ts';
import { runCanary } from '../ops/canary.ts';
import type { ConnectClient, ConnectorState } from '../ops/connector.ts';
import {
  createConnectClient,
  defaultConnectorWatchPolicy,
  runConnectorWatch,
  toStateOf,
} from '../ops/connector.ts';
import { createDifferenceMetrics } from '../ops/differences.ts';
import type { Health } from '../ops/health.ts';
import type { LagRow } from '../ops/lag.ts';
import { createLagMetrics, isHealthy } from '../ops/lag.ts';
import { createMeter } from '../ops/meter.ts';
import { runRetention } from '../ops/retention.ts';
import { runVendorCanary } from '../ops/vendor-canary.ts';
import type { Standing } from '../page/reads.ts';
import { sendCanary } from '../pics/canary.ts';
import { readSlotStatus } from '../pics/capture.ts';
import { toMapping } from '../pics/mapping.ts';
import { createPics } from '../pics/pics.ts';
import type { Queryable } from '../pics/queryable.ts';
import { deleteRequestsBefore } from '../pics/request.ts';
import { createStorePool } from '../store/database.ts';
import { countDifferences } from '../store/differences.ts';
import { deleteEnrolmentsBefore } from '../store/enrolments.ts';
import { deleteHeldBefore } from '../store/held.ts';
import { deleteIntentsBefore } from '../store/intents.ts';
import { deleteJournalBefore } from '../store/journal.ts';
import { keepVendorRead } from '../store/lag.ts';
import { deleteRunsBefore } from '../store/runs.ts';
import { createStore } from '../store/store.ts';
import { deleteAuditBefore } from '../store/users.ts';
import { allVendors } from '../vendors/all.ts';
import type { VendorStatus } from '../vendors/vendor.ts';
import { toCapture } from './capture.ts';
import { createDatabaseSources, createLagReader, toDeafAfterMs } from './lag-reader.ts';
import { createOpenCredential, kafkaSettings, openPicsPool, realClock } from './ports.ts';
import { contextOf, roleSettings, type VendorPorts } from './role.ts';
import { openVendorSwitch, withVendor } from './vendor-switch.ts';
/** Watches the others: restarts a failed connector, measures lag, shows both; deletes what is old. */
export async function runOps(context: OpsContext, signal: AbortSignal): Promise<void> {
  const { config, log } = context;
  await using stack = new AsyncDisposableStack();
  // Few repeats: the next look comes soon, and a stop must not wait for the last one.
  const broker = createKafkaBroker({ ...kafkaSettings(config, 'pics-sync-ops'), retries: 1, log });
  stack.defer(() => broker.close());
  const pool = openPicsPool({ config, log }, stack, { connections: 1, statementTimeoutMs: 10_000 });
  const connect = createConnectClient({ url: config.connect.url });
  const sight: Sight = { admin: broker.admin, pool, connect };
  await runTogether(
    [
      (end) => watchConnector(context, sight, end),
      (end) => watchLag(context, sight, end),
      (end) => timeVendors(context, end),
      (end) => watchForecasts(context, end),
      (end) => runStoreRetention(context, end),
    ],
    signal,
  );
}

/** What both watches look at, over one connection each. */
type Sight = { readonly admin: BrokerAdmin; readonly pool: pg.Pool; readonly connect: ConnectClient };

/** Restarts a connector that has failed or is deaf, and counts it. */
export function watchConnector(
  { config, log, metrics }: Pick<OpsContext, 'config' | 'log' | 'metrics'>,
  { admin, pool, connect }: Omit<Sight, 'pool'> & { readonly pool: Queryable },
  signal: AbortSignal,
  clock: Pick<Clock, 'sleep' | 'steadyMs'> = realClock,
): Promise<void> {
  const { name, slot, restartFailed } = config.connector;
  const isRunning = metrics.gauge({
    name: 'connector_running',
    help: '1 while the connector and its task run.',
    labels: ['connector'],
  });
  const restarts = metrics.counter({
    name: 'connector_restarts_total',
    help: 'How often this role restarted the connector: its failed parts, or all of it when it ran and brought nothing.',
    labels: ['connector', 'reason'],
  });
  for (const reason of ['failed', 'deaf']) restarts.add({ connector: name, reason }, 0);
  const { topics } = toCapture(config);
  const captured = [...Object.values(topics.pics), topics.request, topics.heartbeat, topics.canary];
  return runConnectorWatch(
    {
      readState: async () => toConnectorState(await connect.readStatus(name)),
      readBrought: async () => {
        const [bounds, status] = await Promise.all([
          Promise.all(captured.map((topic) => admin.readBounds(topic))),
          readSlotStatus(pool, slot),
        ]);
        const records = bounds.flat().reduce((sum, { high }) => sum + high, 0n);
        return { records, isSlotRead: status?.isActive === true };
      },
      restart: (reason) => connect.restart(name, { onlyFailed: reason === 'failed' }),
      mayRestart: restartFailed,
      onState: (state) => isRunning.set({ connector: name }, state === 'RUNNING' ? 1 : 0),
      onRestart: (reason) => restarts.add({ connector: name, reason }),
      log: log.child({ connector: name }),
      sleep: clock.sleep,
      nowMs: clock.steadyMs,
    },
    { ...defaultConnectorWatchPolicy, deafAfterMs: toDeafAfterMs(config) },
    signal,
  );
}

function toConnectorState(status: Awaited<ReturnType<ConnectClient['readStatus']>>): ConnectorState {
  if (status === null) return 'ABSENT';
  const state = toStateOf(status);
  return state === 'RUNNING' || state === 'PAUSED' || state === 'FAILED' ? state : 'OTHER';
}

async function watchLag(
  context: OpsContext,
  { admin, pool, connect }: Sight,
  signal: AbortSignal,
): Promise<void> {
  const { config, log, metrics, status, health } = context;
  await using stack = new AsyncDisposableStack();
  const storePool = createStorePool({ databaseUrl: config.store.url.reveal(), maxConnections: 1 });
  stack.defer(() => closePool(storePool));
  const show = createLagMetrics(metrics);
  const showDifferences = createDifferenceMetrics(metrics);
  const databases = createDatabaseSources(config, {
    pics: (use) => use(pool),
    store: (use) => use(storePool),
  });
  const read = createLagReader(config, { ...databases, admin, connect }, { isKeeper: true });
  let newest: { readonly atMs: number; readonly rows: readonly LagRow[] } = { atMs: 0, rows: [] };
  const readStatus = createStatusReader(context, { pool, storePool });
  status.set(async () => ({ ...newest, vendors: await readStatus() }));
  health.register('ready', 'lag', () => {
    const isFresh = Date.now() - newest.atMs < config.lag.sampleIntervalMs * 5;
    return { isOk: isFresh, detail: isFresh ? 'measured' : 'not measured lately' };
  });
  // G-11: this role serves no traffic, so it is ready when what it watches is well. The others answer for themselves.
  health.register('ready', 'exchange', () => {
    const bad = newest.rows.filter((row) => !isHealthy([row]));
    const detail =
      bad.length === 0 ? 'well' : bad.map(({ what, status }) => `${what} is ${status}`).join('; ');
    return { isOk: bad.length === 0, detail };
  });
  const measure = async (end: AbortSignal): Promise<void> => {
    while (!end.aborted) {
      const rows = await read();
      newest = { atMs: Date.now(), rows };
      show(rows, newest.atMs);
      // What cannot be read now is not shown; the lag says why.
      showDifferences(await countDifferences(storePool).catch(() => []));
      await sleep(config.lag.sampleIntervalMs, end);
    }
  };
  const canary = (end: AbortSignal): Promise<void> => {
    const send: Parameters<typeof runCanary>[0]['send'] = (schedule) => sendCanary(pool, schedule);
    const effects = { send, read: databases.pics.readCanary, metrics, log, sleep };
    const intervalMs = config.canary.intervalSeconds * 1_000;
    return intervalMs === 0 ? untilAborted(end) : runCanary(effects, intervalMs, end);
  };
  await runTogether([measure, canary], signal);
}

/** Times reads at the vendors at work, where the site wants it: over connections that it opens only then. */
async function timeVendors({ config, log, metrics }: OpsContext, signal: AbortSignal): Promise<void> {
  if (!config.canary.vendor) return untilAborted(signal);
  await using stack = new AsyncDisposableStack();
  const databaseUrl = config.store.url.reveal();
  const storePool = createStorePool({ databaseUrl, maxConnections: 1 });
  stack.defer(() => closePool(storePool));
  const pool = openPicsPool({ config, log }, stack, { connections: 1 });
  const ports: VendorPorts = {
    pics: createPics({
      pool,
      openMarkedPool: () => pool,
      mapping: toMapping(config.pics.mapping),
      originPrefix: config.pics.replicationOriginPrefix,
      clock: realClock,
      log: silentLog,
    }),
    store: createStore({ pool: storePool, databaseUrl }),
    openCredential: createOpenCredential({ config, log }),
    vendors: allVendors,
    clock: realClock,
    log,
  };
  const settings = roleSettings(config);
  const reading = {
    keep: (read: Parameters<typeof keepVendorRead>[1]) => keepVendorRead(storePool, read),
    metrics,
    clock: realClock,
    log,
  };
  const flows = allVendors.map((vendor) =>
    openVendorSwitch<never>(vendor, ports, settings).whileEnabled(
      withVendor(vendor, ports, settings, (open, end) => runVendorCanary(open, reading, end)),
    ),
  );
  await runTogether(flows, signal);
}

const forecastEveryMs = 600_000;

/** What a full pass would cost, from the sync database: known also while no poller runs. */
async function watchForecasts(context: OpsContext, signal: AbortSignal): Promise<void> {
  const { config, log, metrics } = context;
  await using stack = new AsyncDisposableStack();
  const storePool = createStorePool({ databaseUrl: config.store.url.reveal(), maxConnections: 1 });
  stack.defer(() => closePool(storePool));
  const pool = openPicsPool({ config, log }, stack, { connections: 1 });
  const readStatus = createStatusReader(context, { pool, storePool });
  const meter = createMeter(metrics, log);
  while (!signal.aborted) {
    const statuses = await readStatus();
    for (const { name, configName } of allVendors) {
      const forecast = statuses[configName]?.forecast ?? null;
      if (forecast !== null) meter.forecast(name, forecast);
    }
    await sleep(forecastEveryMs, signal);
  }
}

/** What each vendor says of itself, by its name in the configuration; null where it cannot be read now. */
function createStatusReader(
  { config, log }: OpsContext,
  { pool, storePool }: { readonly pool: pg.Pool; readonly storePool: pg.Pool },
): () => Promise<Readonly<Record<string, VendorStatus | null>>> {
  const ports = {
    pics: createPics({
      pool,
      openMarkedPool: () => pool,
      mapping: toMapping(config.pics.mapping),
      originPrefix: config.pics.replicationOriginPrefix,
      clock: realClock,
      log: silentLog,
    }),
    store: createStore({ pool: storePool, databaseUrl: config.store.url.reveal() }),
    openCredential: noCalls,
    vendors: allVendors,
    clock: realClock,
    log,
  };
  const settings = roleSettings(config);
  return async () => {
    const entries = allVendors.map(async (vendor) => {
      const status = await vendor
        .switching(contextOf(vendor, ports, settings))
        .readStatus()
        .catch(() => null);
      return [vendor.configName, status] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  };
}

/** A status is read without a call. */
function noCalls(): never {
  throw new Error('nothing is called for a status');
}

/** Keeps the sync database and the commands in PICS from growing for ever. Over connections of its own: measuring lag does not wait for it. */
async function runStoreRetention({ config, log, metrics }: OpsContext, signal: AbortSignal): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const store = createStorePool({ databaseUrl: config.store.url.reveal(), maxConnections: 1 });
  stack.defer(() => closePool(store));
  const pics = openPicsPool({ config, log }, stack, { connections: 1 });
  const deleted = metrics.counter({
    name: 'old_rows_deleted_total',
    help: 'Rows of the sync database, and commands in PICS, that were deleted because of their age.',
    labels: ['table'],
  });
  await runRetention(
    {
      deleteBefore: {
        // A run is read beside what has happened meanwhile.
        journal: async (date, end) =>
          (await deleteJournalBefore(store, date, { signal: end })) + (await deleteRunsBefore(store, date)),
        held: (date, end) => deleteHeldBefore(store, date, { signal: end }),
        // What was accepted is kept for as long as what was sent for it.
        intents: async (date, end) =>
          (await deleteIntentsBefore(store, date, { signal: end })) +
          (await deleteEnrolmentsBefore(store, date, { signal: end })),
        requests: (date, end) => deleteRequestsBefore(pics, date, end),
        audit: (date, end) => deleteAuditBefore(store, date, { signal: end }),
      },
      onDeleted: (table, count) => deleted.add({ table }, count),
      log,
      nowMs: Date.now,
      sleep,
    },
    config.store.keepDays,
    signal,
  );
}

/** Lets the ops role hand out what it knows, and the server read the newest: as a document, and for the page. */
export type StatusHolder = {
  set(read: () => Promise<Standing>): void;
  readDocument(): Promise<unknown>;
  /** Null: the role has not begun yet. */
  readStanding(): Promise<Standing | null>;
};

export function createStatusHolder(): StatusHolder {
  let current: (() => Promise<Standing>) | null = null;
  const readStanding = async (): Promise<Standing | null> => (current === null ? null : current());
  return {
    set: (read) => {
      current = read;
    },
    readStanding,
    readDocument: async () => {
      const standing = await readStanding();
      if (standing === null) return { status: 'starting' };
      const { atMs, rows, vendors } = standing;
      return { atMs, rows, isHealthy: isHealthy(rows), ...vendors };
    },
  };
}

/** What the ops role takes from the frame of the process. */
export type OpsContext = {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly health: Health;
  /** Where it lays its status document. */
  readonly status: StatusHolder;
};
