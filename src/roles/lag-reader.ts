import { Fault, toSentence } from '../base/fault.ts';
import type { Config } from '../config/config.ts';
import type { OpenAlarm } from '../domain/alarm.ts';
import type { CanaryState } from '../domain/canary.ts';
import type { HeldCount } from '../domain/held.ts';
import { mostSkewMs } from '../domain/observation.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import type { VendorState } from '../domain/vendor-state.ts';
import type { BrokerAdmin } from '../kafka/broker.ts';
import type { TopicNames } from '../kafka/topics.ts';
import { toCanaryRows } from '../ops/canary.ts';
import { measureSkew, toAlarmRows, toClockRow, toDailyRunRow, toTableRows } from '../ops/completeness.ts';
import type { ConnectClient } from '../ops/connector.ts';
import { toStateOf } from '../ops/connector.ts';
import { type Took, toFreshnessRows } from '../ops/freshness.ts';
import type { CaptureState, LagRow } from '../ops/lag.ts';
import {
  toCaptureRows,
  toDisabledRow,
  toHeldRows,
  toOpenCallsRow,
  toParkedRows,
  toQueueRow,
  toRoleRow,
  toUnknownRow,
} from '../ops/lag.ts';
import { findOldestAtMs } from '../ops/oldest-record.ts';
import type { Queue, QueueReads } from '../ops/queue-lag.ts';
import { createQueueWatch } from '../ops/queue-lag.ts';
import { toVendorCanaryRow, type VendorRead } from '../ops/vendor-canary.ts';
import { readCanary } from '../pics/canary.ts';
import { readSlotStatus, readTableFaults, type SlotState, type TableFault } from '../pics/capture.ts';
import { signalTable } from '../pics/install/columns.ts';
import type { Queryable } from '../pics/queryable.ts';
import { countParked, type ParkedCount } from '../pics/reconcile.ts';
import { listOpenAlarms } from '../store/alarms.ts';
import type { Db } from '../store/database.ts';
import { countHeldByReason } from '../store/held.ts';
import { countOpenIntents, type OpenIntents } from '../store/intents.ts';
import {
  type KeptStatus,
  keepFurthest,
  keepLagStatus,
  readFreshness,
  readFurthest,
  readLagStatus,
  readVendorReads,
} from '../store/lag.ts';
import { readRuns } from '../store/polling.ts';
import { readVendorState } from '../store/vendor-state.ts';
import { allVendors } from '../vendors/all.ts';
import type { Vendor } from '../vendors/vendor.ts';
import { toCapture } from './capture.ts';
import { readClockMs } from './ports.ts';
import { reconcilerGroupOf } from './reconciler.ts';
import type { RoleName } from './role.ts';

/** Where lag is read. Each may be away without hiding the others. */
type LagSources = DatabaseSources & { readonly admin: BrokerAdmin; readonly connect: ConnectClient };
type DatabaseSources = {
  readonly pics: PicsSight;
  readonly store: StoreSight;
  readonly nowMs: () => number;
};

/** What is looked at in PICS. */
type PicsSight = {
  readonly readSlot: () => Promise<SlotState | null>;
  readonly readTableFaults: () => Promise<readonly TableFault[]>;
  readonly countParked: () => Promise<readonly ParkedCount[]>;
  readonly readClockMs: () => Promise<number>;
  readonly readCanary: () => Promise<CanaryState>;
};

/** What is looked at in the sync database. */
type StoreSight = {
  readonly countHeld: () => Promise<readonly HeldCount[]>;
  readonly listOpenAlarms: () => Promise<readonly OpenAlarm[]>;
  /** Whether a vendor works; while it does not, its queues wait on purpose (G-8). */
  readonly readState: (vendor: VendorName) => Promise<VendorState>;
  readonly readLastPassAtMs: (vendor: VendorName) => Promise<number | null>;
  readonly countOpenIntents: (vendor: VendorName) => Promise<OpenIntents>;
  readonly readClockMs: () => Promise<number>;
  readonly readFurthest: QueueReads['readFurthest'];
  readonly keepFurthest: QueueReads['keepFurthest'];
  readonly readFreshness: () => Promise<readonly Took[]>;
  readonly readVendorReads: () => Promise<readonly VendorRead[]>;
  readonly readLagStatus: () => Promise<readonly KeptStatus[]>;
  readonly keepLagStatus: (lines: readonly Pick<KeptStatus, 'what' | 'status'>[]) => Promise<void>;
};

type Lend<C> = <T>(use: (connection: C) => Promise<T>) => Promise<T>;

/** What is read of the databases, over connections that are lent for one read each. */
export function createDatabaseSources(
  config: Config,
  { pics, store }: { readonly pics: Lend<Queryable>; readonly store: Lend<Db> },
): DatabaseSources {
  const { slot, publication } = config.connector;
  const published = [...toCapture(config).tables, signalTable];
  return {
    pics: {
      readSlot: () => pics((db) => readSlotStatus(db, slot)),
      readTableFaults: () => pics((db) => readTableFaults(db, publication, published)),
      countParked: () => pics(countParked),
      readCanary: () => pics(readCanary),
      readClockMs: () => pics(readClockMs),
    },
    store: {
      countHeld: () => store(countHeldByReason),
      listOpenAlarms: () => store(listOpenAlarms),
      readState: (vendor) => store((db) => readVendorState(db, vendor)),
      readLastPassAtMs: (vendor) => store(async (db) => (await readRuns(db, vendor)).lastCompleted),
      countOpenIntents: (vendor) => store((db) => countOpenIntents(db, vendor)),
      readClockMs: () => store(readClockMs),
      readFurthest: (group) => store((db) => readFurthest(db, group)),
      keepFurthest: (group, places) => store((db) => keepFurthest(db, group, places)),
      readFreshness: () => store(readFreshness),
      readVendorReads: () => store(readVendorReads),
      readLagStatus: () => store(readLagStatus),
      keepLagStatus: (lines) => store((db) => keepLagStatus(db, lines)),
    },
    nowMs: Date.now,
  };
}

/**
 * Reads all rows. Keep it for a second look: a queue that moves is known by comparing.
 *
 * `isKeeper`: what it finds is kept in the sync database, for later looks of any process. Only ops keeps; a command
 * looks and leaves no trace.
 */
export function createLagReader(
  config: Config,
  sources: LagSources,
  { isKeeper }: { readonly isKeeper: boolean },
): () => Promise<LagRow[]> {
  const { lag } = config;
  const { admin, pics, store, nowMs } = sources;
  const { readCommitted, readBounds, readOffsetsAt, countMembers } = admin;
  const { readFurthest } = store;
  const keepFurthest: QueueReads['keepFurthest'] = isKeeper ? store.keepFurthest : async () => {};
  const reads: QueueReads = {
    readCommitted,
    readBounds,
    readOffsetsAt,
    countMembers,
    readFurthest,
    keepFurthest,
    nowMs,
  };
  const watch = createQueueWatch(reads, { ...lag, leastSpanMs: 2_000 });
  const queues = listQueues(config);
  const roles = listRoleGroups(config);
  const lateAfterMs = Math.max(lag.captureLateAfterMs, toDeafAfterMs(config));
  const limits = { lateAfterMs, slotBytesWarning: lag.slotBytesWarning };
  return async () => {
    const [capture, canary, freshness, conditions, held, ...queued] = await Promise.all([
      orUnknown('capture', async () =>
        toCaptureRows(await readCapture(config, sources, lateAfterMs), limits),
      ),
      orUnknown('canary', async () => [
        ...toCanaryRows(await pics.readCanary(), config.canary.intervalSeconds * 1_000),
        ...(await readVendorCanaries(config, store)),
      ]),
      orUnknown('freshness', async () => {
        const took = await store.readFreshness();
        return servedVendors(config).flatMap((vendor) => toFreshnessRows(vendor, took));
      }),
      readConditions(config, sources),
      orUnknown('held', async () => toHeldRows(await store.countHeld(), nowMs())),
      ...queues.map((queue) =>
        orUnknown(`queue: ${queue.name}`, async () => {
          const isServed = queue.vendor === null || (await store.readState(queue.vendor)).isEnabled;
          const row = toQueueRow(await watch.read(queue));
          return [isServed ? row : toDisabledRow(row)];
        }),
      ),
      ...roles.map(({ role, group }) =>
        orUnknown(`role: ${role}`, async () => [toRoleRow(role, await reads.countMembers(group))]),
      ),
    ]);
    const rows = [...capture, ...queued.flat(), ...freshness, ...canary, ...conditions, ...held];
    if (isKeeper) await store.keepLagStatus(rows).catch(() => {});
    return withSince(rows, await store.readLagStatus().catch(() => []));
  };
}

/** Says since when a line has its status, where the line does not know it better. */
function withSince(rows: readonly LagRow[], kept: readonly KeptStatus[]): LagRow[] {
  const known = new Map(kept.map((one) => [one.what, one]));
  return rows.map((row) => {
    const before = known.get(row.what);
    if (before?.status !== row.status) return row;
    return { ...row, sinceMs: Math.min(row.sinceMs ?? before.sinceMs, before.sinceMs) };
  });
}

/** G-11: what an empty queue does not show. The slot is a row of the capture. */
export async function readConditions(
  config: Config,
  { pics, store, nowMs }: DatabaseSources,
): Promise<LagRow[]> {
  const measure = (of: string, readMs: () => Promise<number>) =>
    orUnknown(`clock: ${of}`, async () => [toClockRow({ of, skewMs: await measureSkew(readMs, nowMs) })]);
  const vendors = servedVendors(config);
  const rows = await Promise.all([
    orUnknown('capture: tables', async () =>
      toTableRows(await pics.readTableFaults(), toCapture(config).tables.length + 1),
    ),
    orUnknown('alarms', async () => toAlarmRows(await store.listOpenAlarms(), nowMs())),
    ...vendors.flatMap((vendor) => [
      orUnknown(`full pass: ${vendor.title}`, async () => [
        await readDailyRun(config, vendor, { store, nowMs }),
      ]),
      orUnknown(`open calls: ${vendor.title}`, async () => [
        toOpenCallsRow(vendor.title, await store.countOpenIntents(vendor.name), nowMs()),
      ]),
    ]),
    measure('PICS', pics.readClockMs),
    measure('the sync database', store.readClockMs),
    orUnknown('waits', async () =>
      toParkedRows(await pics.countParked(), { nowMs: nowMs(), lateAfterMs: config.lag.waitingLateAfterMs }),
    ),
  ]);
  return rows.flat();
}

/** One line for each vendor where reads are timed. */
async function readVendorCanaries(config: Config, store: StoreSight): Promise<LagRow[]> {
  if (!config.canary.vendor) return [];
  const reads = await store.readVendorReads();
  return Promise.all(
    servedVendors(config).map(async (vendor) =>
      toVendorCanaryRow(vendor, reads, (await store.readState(vendor.name)).isEnabled),
    ),
  );
}

/** Those that the configuration switches on. */
function servedVendors({ vendors }: Config): readonly Vendor[] {
  return allVendors.filter(({ configName }) => vendors[configName]?.kind === 'enabled');
}

async function readDailyRun(
  { vendors, lag }: Config,
  { name, title, configName, dailyTimeOf }: Vendor,
  { store, nowMs }: Pick<DatabaseSources, 'store' | 'nowMs'>,
): Promise<LagRow> {
  const configured = vendors[configName];
  if (configured?.kind !== 'enabled') throw new Error(`the vendor ${configName} is not configured`);
  const { isEnabled, changedAtMs } = await store.readState(name);
  return toDailyRunRow(
    {
      title,
      time: dailyTimeOf(configured.settings),
      enabledAtMs: isEnabled ? (changedAtMs ?? 0) : null,
      lastPassAtMs: await store.readLastPassAtMs(name),
    },
    { nowMs: nowMs(), lateAfterMs: lag.dailyRunLateAfterMs },
  );
}

async function orUnknown(what: string, read: () => Promise<LagRow[]>): Promise<LagRow[]> {
  try {
    return await read();
  } catch (error) {
    return [toUnknownRow(what, error instanceof Fault ? error.message : toSentence(error))];
  }
}

/**
 * Silence from which a connector that runs counts as deaf: it sends a heartbeat at its interval, whatever happens in
 * PICS, and two of them may be missed.
 */
export function toDeafAfterMs({ connector }: Config): number {
  return connector.heartbeatIntervalMs * 2.5;
}

async function readCapture(
  config: Config,
  { admin, connect, pics, nowMs }: LagSources,
  lateAfterMs: number,
): Promise<CaptureState> {
  const { topics } = toCapture(config);
  const [heartbeat, slot, status] = await Promise.all([
    readHeartbeat(topics.heartbeat, admin, nowMs()),
    pics.readSlot(),
    connect.readStatus(config.connector.name),
  ]);
  const isLate = (heartbeat.heartbeatAgeMs ?? lateAfterMs) >= lateAfterMs;
  const captured = [...Object.values(topics.pics), topics.request];
  const isComing = isLate && (await hasRecordSince(captured, admin, nowMs() - lateAfterMs));
  return {
    ...heartbeat,
    isAnythingComing: !isLate || isComing,
    slot,
    connector: status === null ? null : toStateOf(status),
  };
}

/** Behind a large transaction, or after a pause, changes come before the next heartbeat does. */
async function hasRecordSince(
  topics: readonly string[],
  { readBounds, readOffsetsAt }: BrokerAdmin,
  atMs: number,
): Promise<boolean> {
  const looks = topics.map(async (topic) => {
    const [since, bounds] = await Promise.all([readOffsetsAt(topic, atMs), readBounds(topic)]);
    const sinceOf = new Map(since.map(({ partition, offset }) => [partition, offset]));
    return bounds.some(({ partition, high }) => (sinceOf.get(partition) ?? high) < high);
  });
  return (await Promise.all(looks)).includes(true);
}

/** When the newest heartbeat reached Kafka, by the clock of Kafka Connect. */
async function readHeartbeat(topic: string, { readBounds, readOffsetsAt }: BrokerAdmin, nowMs: number) {
  const bounds = (await readBounds(topic)).filter(({ low, high }) => low < high);
  const looks = await Promise.all(
    bounds.map(async ({ partition, high }) => {
      const offsetsAt = async (atMs: number) =>
        new Map((await readOffsetsAt(topic, atMs)).map((one) => [one.partition, one.offset]));
      const later = (await offsetsAt(nowMs + mostSkewMs)).get(partition) ?? high;
      const newest = { partition, committed: high - 1n, end: high };
      return { isAhead: later < high, ageMs: nowMs - (await findOldestAtMs(newest, offsetsAt, nowMs)) };
    }),
  );
  return {
    heartbeatAgeMs: looks.length === 0 ? null : Math.max(0, Math.min(...looks.map(({ ageMs }) => ageMs))),
    isHeartbeatAhead: looks.some(({ isAhead }) => isAhead),
  };
}

/** `vendor`: the one that is served; null: read also while vendors are disabled. */
type ServedQueue = Queue & { readonly vendor: VendorName | null };

/** Every consumer group of this installation with what it reads, as the roles open them. */
export function listQueues(config: Config, served: readonly Vendor[] = allVendors): ServedQueue[] {
  const { vendors } = config;
  const { topicPrefix: prefix } = config.kafka;
  const names = toCapture(config).topics;
  const group = (name: string): string => `${prefix}pics-sync.${name}`;
  const isOn = ({ configName }: Vendor): boolean => vendors[configName]?.kind === 'enabled';
  const queues = served.flatMap((vendor): ServedQueue[] => [
    {
      name: `PICS to ${vendor.title}`,
      group: group(`${vendor.name}.outbound`),
      topics: vendor.tables.flatMap((table) => names.pics[table as keyof TopicNames['pics']] ?? []),
      role: isOn(vendor) ? 'outbound' : null,
      vendor: vendor.name,
    },
    {
      name: `commands for ${vendor.title}`,
      group: group(`${vendor.name}.command`),
      topics: [names.request],
      role: 'outbound',
      vendor: null,
    },
    {
      name: `${vendor.title} to PICS`,
      group: group(reconcilerGroupOf(vendor, served)),
      topics: [...entityTopicsOf(vendor, names), names.link],
      role: isOn(vendor) ? 'reconciler' : null,
      vendor: vendor.name,
    },
  ]);
  const answers: ServedQueue = {
    name: 'answers to commands',
    group: group('answers'),
    topics: [names.requestResult, names.canaryFlight],
    role: 'reconciler',
    vendor: null,
  };
  const canary: ServedQueue = {
    name: 'canary',
    group: group('canary'),
    topics: [names.canary],
    role: 'outbound',
    vendor: null,
  };
  return [...queues, answers, canary];
}

function entityTopicsOf({ name }: Vendor, { entities }: TopicNames): readonly string[] {
  const own = Object.entries(entities).filter(([entity]) => entity.startsWith(`${name}.`));
  return own.map(([, topic]) => topic);
}

/** The groups of roles without a queue here: a full pass takes long, and its command would look like standing still. */
export function listRoleGroups({ kafka: { topicPrefix }, vendors }: Config): RoleGroup[] {
  return allVendors.flatMap(({ name, configName }): RoleGroup[] =>
    vendors[configName]?.kind === 'enabled'
      ? [{ role: 'poller', group: `${topicPrefix}pics-sync.${name}.pass` }]
      : [],
  );
}

type RoleGroup = { readonly role: RoleName; readonly group: string };
