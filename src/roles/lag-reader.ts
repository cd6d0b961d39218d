import { toSentence } from '../base/fault.ts';
import type { Config } from '../config/config.ts';
import type { OpenAlarm } from '../domain/alarm.ts';
import type { HeldCount } from '../domain/held.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import type { BrokerAdmin } from '../kafka/broker.ts';
import { type TopicNames, topicNames } from '../kafka/topics.ts';
import { toAlarmRows } from '../ops/completeness.ts';
import type { ConnectClient } from '../ops/connector.ts';
import { toStateOf } from '../ops/connector.ts';
import type { LagRow } from '../ops/lag.ts';
import { toCaptureRows, toDisabledRow, toHeldRows, toQueueRow, toRoleRow, toUnknownRow } from '../ops/lag.ts';
import type { Queue, QueueReads } from '../ops/queue-lag.ts';
import { createQueueWatch, findOldestAtMs } from '../ops/queue-lag.ts';
import type { SlotState } from '../pics/capture.ts';
import { allVendors } from '../vendors/all.ts';
import type { Vendor } from '../vendors/vendor.ts';
import { reconcilerGroupOf } from './reconciler.ts';
import type { RoleName } from './role.ts';

/** Where lag is read. Each may be away without hiding the others. */
type LagSources = {
  readonly admin: BrokerAdmin;
  readonly connect: ConnectClient;
  readonly readSlot: () => Promise<SlotState | null>;
  readonly countHeld: () => Promise<HeldCount[]>;
  readonly listOpenAlarms: () => Promise<readonly OpenAlarm[]>;
  /** Whether the vendor works; while it does not, its queues wait on purpose (G-8). */
  readonly isEnabled: (vendor: VendorName) => Promise<boolean>;
};

/** Reads all rows. Keep it for a second look: what moves is told by comparing. */
export function createLagReader(config: Config, sources: LagSources): () => Promise<LagRow[]> {
  const { lag } = config;
  const reads: QueueReads = {
    readCommitted: sources.admin.readCommitted,
    readBounds: sources.admin.readBounds,
    readOffsetsAt: sources.admin.readOffsetsAt,
    countMembers: sources.admin.countMembers,
    nowMs: Date.now,
  };
  const watch = createQueueWatch(reads, { ...lag, leastSpanMs: 2_000 });
  const queues = listQueues(config);
  const roles = listRoleGroups(config);
  const limits = { lateAfterMs: lag.captureLateAfterMs, slotBytesWarning: lag.slotBytesWarning };
  return async () => {
    const [capture, alarms, held, ...queued] = await Promise.all([
      orUnknown('capture', async () => toCaptureRows(await readCapture(config, sources, reads), limits)),
      orUnknown('alarms', async () => toAlarmRows(await sources.listOpenAlarms(), Date.now())),
      orUnknown('held', async () => toHeldRows(await sources.countHeld(), Date.now())),
      ...queues.map((queue) =>
        orUnknown(`queue: ${queue.name}`, async () => {
          const isServed = queue.vendor === null || (await sources.isEnabled(queue.vendor));
          const row = toQueueRow(await watch.read(queue));
          return [isServed ? row : toDisabledRow(row)];
        }),
      ),
      ...roles.map(({ role, group }) =>
        orUnknown(`role: ${role}`, async () => [toRoleRow(role, await reads.countMembers(group))]),
      ),
    ]);
    return [...capture, ...queued.flat(), ...alarms, ...held];
  };
}

async function orUnknown(what: string, read: () => Promise<LagRow[]>): Promise<LagRow[]> {
  try {
    return await read();
  } catch (error) {
    return [toUnknownRow(what, toSentence(error))];
  }
}

async function readCapture(config: Config, sources: LagSources, reads: QueueReads) {
  const [heartbeatAgeMs, slot, status] = await Promise.all([
    readHeartbeatAge(topicNames(config.kafka.topicPrefix).heartbeat, reads),
    sources.readSlot(),
    sources.connect.readStatus(config.connector.name),
  ]);
  return { heartbeatAgeMs, slot, connector: status === null ? null : toStateOf(status) };
}

/** When the newest heartbeat reached Kafka. */
async function readHeartbeatAge(topic: string, reads: QueueReads): Promise<number | null> {
  const bounds = await reads.readBounds(topic);
  const nowMs = reads.nowMs();
  const ages = await Promise.all(
    bounds
      .filter(({ low, high }) => low < high)
      .map(async ({ partition, high }) => {
        const offsetsAt = async (atMs: number) =>
          new Map((await reads.readOffsetsAt(topic, atMs)).map((one) => [one.partition, one.offset]));
        return (
          nowMs - (await findOldestAtMs({ partition, committed: high - 1n, end: high }, offsetsAt, nowMs))
        );
      }),
  );
  return ages.length === 0 ? null : Math.max(0, Math.min(...ages));
}

/** `vendor`: the one that is served; null: read also while vendors are disabled. */
type ServedQueue = Queue & { readonly vendor: VendorName | null };

/** Every consumer group of this installation with what it reads, as the roles open them. */
export function listQueues({ kafka: { topicPrefix: prefix }, vendors }: Config): ServedQueue[] {
  const names = topicNames(prefix);
  const group = (name: string): string => `${prefix}pics-sync.${name}`;
  const isOn = ({ configName }: Vendor): boolean => vendors[configName]?.kind === 'enabled';
  const served = allVendors.flatMap((vendor): ServedQueue[] => [
    {
      name: `PICS to ${vendor.title}`,
      group: group(`${vendor.name}.outbound`),
      topics: Object.values(names.pics),
      role: isOn(vendor) ? 'outbound' : null,
      vendor: vendor.name,
    },
    {
      name: 'commands',
      group: group(`${vendor.name}.command`),
      topics: [names.request],
      role: 'outbound',
      vendor: null,
    },
    {
      name: 'vendors to PICS',
      group: group(reconcilerGroupOf(vendor, allVendors)),
      topics: [...entityTopicsOf(vendor, names), names.link],
      role: isOn(vendor) ? 'reconciler' : null,
      vendor: vendor.name,
    },
  ]);
  const answers: ServedQueue = {
    name: 'answers to commands',
    group: group('answers'),
    topics: [names.requestResult],
    role: 'reconciler',
    vendor: null,
  };
  return [...served, answers];
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
