import pg from 'pg';
import { sleep } from '../base/sleep.ts';
import { createConnect, toKafkaSettings } from '../cli/connections.ts';
import { toStateOf } from '../cli/connector.ts';
import { createLagReader } from '../cli/lag.ts';
import { readOneFileStatus } from '../cli/onefile/status.ts';
import { createKafkaBroker } from '../kafka/kafka-broker.ts';
import {
  type ConnectClient,
  type ConnectorState,
  defaultConnectorWatchPolicy,
  runConnectorWatch,
} from '../ops/connector.ts';
import { createLagMetrics, isHealthy, type LagRow } from '../ops/lag.ts';
import { readSlot } from '../pics/capture.ts';
import { createPresentColumns, toMapping } from '../pics/mapping.ts';
import { createStorePool } from '../store/database.ts';
import { countHeldByReason } from '../store/held.ts';
import { readVendorState } from '../store/vendor-state.ts';
import { runStoreRetention } from './retention.ts';
import type { Role, RoleContext } from './role.ts';

/** Watches the others: restarts a failed connector, measures lag, shows both; deletes what is old. */
export const runOps: Role = async (context, signal) => {
  const connect = createConnect(context.config);
  await Promise.all([
    watchConnector(context, connect, signal),
    watchLag(context, connect, signal),
    runStoreRetention(context, signal),
  ]);
};

function watchConnector({ config, log, metrics }: RoleContext, connect: ConnectClient, signal: AbortSignal) {
  const { name, restartFailed } = config.connector;
  const isRunning = metrics.gauge({
    name: 'connector_running',
    help: '1 while the connector and its task run.',
    labels: ['connector'],
  });
  const restarts = metrics.counter({
    name: 'connector_restarts_total',
    help: 'How often this role restarted failed parts of the connector.',
    labels: ['connector'],
  });
  return runConnectorWatch(
    {
      readState: async () => toConnectorState(await connect.readStatus(name)),
      restartFailed: async () => {
        if (restartFailed) await connect.restart(name, { onlyFailed: true });
      },
      onState: (state) => isRunning.set({ connector: name }, state === 'RUNNING' ? 1 : 0),
      onRestart: () => restarts.add({ connector: name }),
      log: log.child({ connector: name }),
      sleep,
      nowMs: () => performance.now(),
    },
    defaultConnectorWatchPolicy,
    signal,
  );
}

function toConnectorState(status: Awaited<ReturnType<ConnectClient['readStatus']>>): ConnectorState {
  if (status === null) return 'ABSENT';
  const state = toStateOf(status);
  return state === 'RUNNING' || state === 'PAUSED' || state === 'FAILED' ? state : 'OTHER';
}

async function watchLag(context: RoleContext, connect: ConnectClient, signal: AbortSignal): Promise<void> {
  const { config, log, metrics, status, health } = context;
  await using stack = new AsyncDisposableStack();
  // Few repeats: the next look comes soon, and a stop must not wait for the last one.
  const broker = createKafkaBroker({ ...toKafkaSettings(config, 'pics-sync-ops'), retries: 1, log });
  stack.defer(() => broker.close());
  const store = createStorePool({ databaseUrl: config.store.url.reveal(), maxConnections: 1 });
  stack.defer(() => store.end());
  const pics = openPicsPool(context);
  stack.defer(() => pics.end());

  const show = createLagMetrics(metrics);
  const read = createLagReader(config, {
    admin: broker.admin,
    connect,
    readSlot: () => readSlot(pics, config.connector.slot),
    countHeld: () => countHeldByReason(store),
    isEnabled: async () => (await readVendorState(store, 'onefile')).isEnabled,
  });
  let newest: { readonly atMs: number; readonly rows: readonly LagRow[] } = { atMs: 0, rows: [] };
  const columns = createPresentColumns({
    ...{ database: pics, mapping: toMapping(config.pics.mapping), now: Date.now, onMissing: () => {} },
  });
  const readStatus = () =>
    readOneFileStatus(config, { pics: { pool: pics, columns }, store: { pool: store } });
  status.set(async () => ({
    ...newest,
    isHealthy: isHealthy(newest.rows),
    onefile: await readStatus().catch(() => null),
  }));
  health.register('ready', 'lag', () => {
    const isFresh = Date.now() - newest.atMs < config.lag.sampleIntervalMs * 5;
    return { isOk: isFresh, detail: isFresh ? 'measured' : 'not measured lately' };
  });
  while (!signal.aborted) {
    const rows = await read();
    newest = { atMs: Date.now(), rows };
    show(rows);
    await sleep(config.lag.sampleIntervalMs, signal);
  }
}

function openPicsPool({ config }: RoleContext): pg.Pool {
  const { host, port, database, user, password } = config.pics;
  const pool = new pg.Pool({
    host,
    port,
    database,
    user,
    password: password.reveal(),
    max: 1,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    application_name: 'pics-sync ops',
  });
  // The next statement connects anew; the fault is told there.
  pool.on('error', () => {});
  return pool;
}
