import { silentLog } from '../../../src/base/log.ts';
import { createMetrics } from '../../../src/base/metrics.ts';
import { type Config, toConfig } from '../../../src/config/config.ts';
import type { OpenAlarm } from '../../../src/domain/alarm.ts';
import type { CanaryState } from '../../../src/domain/canary.ts';
import type { DifferenceCount } from '../../../src/domain/difference.ts';
import type { HeldCount } from '../../../src/domain/held.ts';
import { neverEnabled, type VendorState } from '../../../src/domain/vendor-state.ts';
import { runCanary } from '../../../src/ops/canary.ts';
import type { ConnectClient, ConnectorStatus } from '../../../src/ops/connector.ts';
import { createDifferenceMetrics } from '../../../src/ops/differences.ts';
import type { Took } from '../../../src/ops/freshness.ts';
import { createLagMetrics } from '../../../src/ops/lag.ts';
import type { VendorRead } from '../../../src/ops/vendor-canary.ts';
import type { SlotState, TableFault } from '../../../src/pics/capture.ts';
import type { Queryable } from '../../../src/pics/queryable.ts';
import type { ParkedCount } from '../../../src/pics/reconcile.ts';
import { toCapture } from '../../../src/roles/capture.ts';
import { createLagReader, listQueues } from '../../../src/roles/lag-reader.ts';
import { watchConnector } from '../../../src/roles/ops.ts';
import type { OpenIntents } from '../../../src/store/intents.ts';
import { createVirtualClock } from '../../memory/clock.ts';
import { createMemoryBroker } from '../memory-broker/memory-broker.ts';
import type { Watched } from '../promql/watch.ts';

type LagSources = Parameters<typeof createLagReader>[1];

const settings = `
canary: { vendor: on }
onefile: { enabled: on, customerToken: { env: TOKEN }, environment: simulator, baseUrl: 'http://127.0.0.1:1/api' }
`;

/** A configuration with one vendor, whose addresses nothing of a lag site calls. */
function readConfig(): Config {
  const env = { PICS_SYNC_PICS_PASSWORD: 'a', PICS_SYNC_STORE_PASSWORD: 'b', TOKEN: 'c' };
  const read = toConfig(settings, { env, readFile: () => '' });
  if (read.kind === 'faults') throw new Error(read.faults.map(({ sentence }) => sentence).join(' '));
  return read.config;
}

const hourMs = 3_600_000;
const everyMs = 5_000;

/** What can be wrong at a site, as the ops role sees it. Each is well at first. */
export type Conditions = {
  /** The connector's sign of life comes. */
  beats: boolean;
  connector: 'RUNNING' | 'FAILED' | 'PAUSED';
  slot: SlotState | null;
  tableFaults: TableFault[];
  alarms: OpenAlarm[];
  held: HeldCount[];
  parked: ParkedCount[];
  openIntents: OpenIntents;
  took: Took[];
  vendorReads: VendorRead[];
  differences: DifferenceCount[];
  state: VendorState;
  /** When the last full pass that has completed began; it is made each night while `passes`. */
  lastPassAtMs: number;
  passes: boolean;
  picsSkewMs: number;
  /** How many records a queue gets, and how many of them are finished, in 5 s. */
  arrivals: number;
  finished: number;
  memberCount: number;
  /** How long the canary is away; null: it does not come back. */
  canaryMs: number | null;
  isStoreAway: boolean;
  isOpsAway: boolean;
  /** The process answers and measures no more. */
  hangs: boolean;
};

/**
 * What the ops role measures, over a cluster in memory and databases that say what a test wants: the product's lag reader,
 * its metrics, and its watch over the connector, on a clock that jumps.
 */
export function openLagSite(startMs = Date.parse('2026-03-10T12:00:00Z')) {
  const { clock, virtual } = createVirtualClock(() => 0.5, startMs);
  const config = readConfig();
  const metrics = createMetrics();
  const conditions: Conditions = {
    beats: true,
    connector: 'RUNNING',
    slot: { isActive: true, keptBytes: 9_000, walStatus: 'reserved', oldestTransaction: null },
    tableFaults: [],
    alarms: [],
    held: [],
    parked: [],
    openIntents: { planned: 0, sending: 0, unknown: 0, oldestAtMs: null },
    took: [],
    vendorReads: [],
    differences: [],
    state: { ...neverEnabled, isEnabled: true, changedAtMs: startMs - 90 * 24 * hourMs },
    lastPassAtMs: lastNightMs(startMs),
    passes: true,
    picsSkewMs: 0,
    arrivals: 1,
    finished: 1,
    memberCount: 1,
    canaryMs: 400,
    isStoreAway: false,
    isOpsAway: false,
    hangs: false,
  };
  const topics = createQueues(config, conditions, clock.nowMs);
  const stop = new AbortController();
  const { signal } = stop;
  const connect = createConnect(conditions);
  const canary = createCanary(conditions, clock.nowMs);
  const show = createLagMetrics(metrics);
  const showDifferences = createDifferenceMetrics(metrics);
  const read = createLagReader(
    config,
    { ...createSights(conditions, canary, clock.nowMs), admin: topics.admin, connect, nowMs: clock.nowMs },
    { isKeeper: true },
  );
  const flow = Promise.all([
    watchConnector(
      { config, log: silentLog, metrics },
      { admin: topics.admin, pool: slotOf(conditions), connect },
      signal,
      clock,
    ),
    runCanary(
      { ...canary, metrics, log: silentLog, sleep: clock.sleep },
      config.canary.intervalSeconds * 1_000,
      signal,
    ),
    (async () => {
      while (!signal.aborted) {
        if (conditions.passes) conditions.lastPassAtMs = lastNightMs(clock.nowMs());
        await topics.tick();
        if (!conditions.isOpsAway && !conditions.hangs) {
          show(await read(), clock.nowMs());
          showDifferences(conditions.differences);
        }
        await clock.sleep(everyMs, signal);
      }
    })(),
  ]);
  const watched: Watched = {
    targets: [
      { instance: 'ops:9100', read: async () => (conditions.isOpsAway ? null : await metrics.read()) },
    ],
    nowMs: clock.nowMs,
    passMs: (ms) => virtual.runUntil(clock.sleep(ms)),
  };
  return {
    conditions,
    topics,
    watched,
    nowMs: clock.nowMs,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      stop.abort();
      await virtual.runUntil(flow);
    },
  };
}

export type LagSite = ReturnType<typeof openLagSite>;

/** 03:30 of this day or the day before, in winter. */
function lastNightMs(nowMs: number): number {
  const dayMs = 24 * hourMs;
  const runAtMs = Math.floor(nowMs / dayMs) * dayMs + 3.5 * hourMs;
  return runAtMs > nowMs - hourMs / 2 ? runAtMs - dayMs : runAtMs;
}

/** The topics with records that come and are finished as the conditions say. */
function createQueues(config: Config, conditions: Conditions, nowMs: () => number) {
  const broker = createMemoryBroker({ nowMs });
  const queues = listQueues(config);
  const { pics, request, heartbeat, canary } = toCapture(config).topics;
  const captured = [...Object.values(pics), request, heartbeat, canary];
  const names = [...new Set([...queues.flatMap(({ topics }) => topics), ...captured])];
  const [first] = queues;
  const [busy] = first?.topics ?? [];
  if (first === undefined || busy === undefined) throw new Error('the configuration has no queue');
  const producer = broker.createProducer();
  const send = (topic: string, count: number) =>
    producer.send(
      Array.from({ length: count }, () => ({ topic, key: Buffer.from('1'), value: Buffer.from('1') })),
    );
  let committed = 0n;
  let isMade = false;
  return {
    admin: { ...broker.admin, countMembers: async () => conditions.memberCount },
    /** Retention takes everything that lies there, read or not. */
    trim: async (): Promise<void> => {
      const [bounds] = await broker.admin.readBounds(busy);
      if (bounds === undefined) throw new Error('the topic has no partition');
      broker.faults.trim(busy, 0, bounds.high - 1n);
    },
    tick: async (): Promise<void> => {
      if (!isMade)
        await broker.admin.createTopics(
          names.map((name) => ({ name, partitions: 1, replicationFactor: 1, config: {} })),
        );
      isMade = true;
      if (conditions.beats) await send(heartbeat, 1);
      await send(busy, conditions.arrivals);
      const [bounds] = await broker.admin.readBounds(busy);
      const most = bounds?.high ?? 0n;
      const next = committed + BigInt(conditions.finished);
      committed = next > most ? most : next;
      for (const { group, topics } of queues)
        if (topics.includes(busy))
          await broker.admin.setCommitted(group, [{ topic: busy, partition: 0, offset: committed }]);
    },
    /** Everything that waits is finished. */
    catchUp: async (): Promise<void> => {
      const [bounds] = await broker.admin.readBounds(busy);
      committed = bounds?.high ?? 0n;
    },
  };
}

/** Kafka Connect, with a connector in the state that the conditions name. A restart of it changes nothing. */
function createConnect(conditions: Conditions): ConnectClient {
  const readStatus = async (): Promise<ConnectorStatus> => ({
    state: conditions.connector === 'PAUSED' ? 'PAUSED' : 'RUNNING',
    reason: null,
    tasks: [{ id: 0, state: conditions.connector, reason: null }],
  });
  return { readStatus, restart: async () => {} } as Partial<ConnectClient> as ConnectClient;
}

/** The slot as PICS shows it. */
function slotOf({ slot }: Conditions): Queryable {
  const rows =
    slot === null ? [] : [{ active: slot.isActive, bytes: slot.keptBytes, status: slot.walStatus }];
  return { query: async () => ({ rows }) } as unknown as Queryable;
}

/** The row of the canary. One is under way at a time; after a lost one it has waited since that was sent. */
function createCanary(conditions: Conditions, nowMs: () => number) {
  let probe = 0;
  let newestAtMs: number | null = null;
  let sentAtMs: number | null = null;
  let sinceMs = 0;
  let last: CanaryState['last'] = null;
  const read = async (): Promise<CanaryState> => {
    const { canaryMs } = conditions;
    if (sentAtMs !== null && canaryMs !== null && nowMs() - sentAtMs >= canaryMs) {
      const hopsMs = { capture: canaryMs, queue: 0, decision: 0, topic: 0, apply: 0 };
      last = { probe, tookMs: canaryMs, hopsMs, decided: ['onefile'], late: [] };
      sentAtMs = null;
    }
    const waitingMs = sentAtMs === null ? null : nowMs() - sinceMs;
    return { sentAgeMs: newestAtMs === null ? null : nowMs() - newestAtMs, waitingMs, last };
  };
  return {
    read,
    send: async ({ lostAfterMs }: { readonly lostAfterMs: number }) => {
      await read();
      const lostAtMs = sentAtMs;
      if (lostAtMs !== null && nowMs() - lostAtMs < lostAfterMs) return null;
      probe += 1;
      newestAtMs = sentAtMs = nowMs();
      if (lostAtMs === null) sinceMs = nowMs();
      return lostAtMs === null ? ('sent' as const) : ('lost' as const);
    },
  };
}

/** The databases as the lag reader looks at them. */
function createSights(
  conditions: Conditions,
  { read: readCanary }: ReturnType<typeof createCanary>,
  nowMs: () => number,
): Omit<LagSources, 'admin' | 'connect' | 'nowMs'> {
  const store = async <T>(value: T): Promise<T> => {
    if (conditions.isStoreAway) throw new Error('connect ECONNREFUSED');
    return value;
  };
  return {
    pics: {
      readSlot: async () => conditions.slot,
      readTableFaults: async () => conditions.tableFaults,
      countParked: async () => conditions.parked,
      readCanary,
      readClockMs: async () => nowMs() - conditions.picsSkewMs,
    },
    store: {
      countHeld: () => store(conditions.held),
      listOpenAlarms: () => store(conditions.alarms),
      readState: (vendor) => store(vendor === 'onefile' ? conditions.state : neverEnabled),
      readLastPassAtMs: () => store(conditions.lastPassAtMs),
      countOpenIntents: () => store(conditions.openIntents),
      readClockMs: () => store(nowMs()),
      readFurthest: () => store(new Map()),
      keepFurthest: async () => {},
      readLagStatus: () => store([]),
      readFreshness: () => store(conditions.took),
      readVendorReads: () => store(conditions.vendorReads),
      keepLagStatus: async () => {},
    },
  };
}
