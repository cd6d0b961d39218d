import type { Config } from '../config/config.ts';
import type { ConnectClient } from '../connect/connect-client.ts';
import { topicNames } from '../contract/topics.ts';
import type { BrokerAdmin } from '../kafka/broker.ts';
import {
  type HeldCount,
  type LagRow,
  toCaptureRows,
  toDisabledRow,
  toHeldRows,
  toQueueRow,
  toRoleRow,
  toUnknownRow,
} from '../ops/lag-report.ts';
import { findOldestAtMs } from '../ops/oldest-record.ts';
import { createQueueWatch, type QueueEffects } from '../ops/queue-lag.ts';
import type { SlotState } from '../pics/capture-state.ts';
import { toStateOf } from './connector-command.ts';
import { toSentence } from './failure.ts';
import { listQueues, listRoleGroups } from './queues.ts';

/** Where lag is read. Each may be away without hiding the others. */
export type LagSources = {
  readonly admin: BrokerAdmin;
  readonly connect: ConnectClient;
  readonly readSlot: () => Promise<SlotState | null>;
  readonly countHeld: () => Promise<HeldCount[]>;
  /** Whether OneFile is at work; while it is not, its queues wait on purpose (G-8). */
  readonly isEnabled: () => Promise<boolean>;
};

/** Reads all rows. Keep it for a second look: what moves is told by comparing. */
export function createLagReader(config: Config, sources: LagSources): () => Promise<LagRow[]> {
  const { lag } = config;
  const effects: QueueEffects = {
    readCommitted: sources.admin.readCommitted,
    readBounds: sources.admin.readBounds,
    readOffsetsAt: sources.admin.readOffsetsAt,
    countMembers: sources.admin.countMembers,
    nowMs: Date.now,
  };
  const watch = createQueueWatch(effects, { ...lag, leastSpanMs: 2_000 });
  const queues = listQueues(config);
  const roles = listRoleGroups(config);
  const limits = { lateAfterMs: lag.captureLateAfterMs, slotBytesWarning: lag.slotBytesWarning };
  return async () => {
    const [capture, held, ...queued] = await Promise.all([
      orUnknown('capture', async () => toCaptureRows(await readCapture(config, sources, effects), limits)),
      orUnknown('held', async () => toHeldRows(await sources.countHeld(), Date.now())),
      ...queues.map((queue) =>
        orUnknown(`queue: ${queue.name}`, async () => {
          const isServed = queue.isAlways || (await sources.isEnabled());
          const row = toQueueRow(await watch.read(queue));
          return [isServed ? row : toDisabledRow(row)];
        }),
      ),
      ...roles.map(({ role, group }) =>
        orUnknown(`role: ${role}`, async () => [toRoleRow(role, await effects.countMembers(group))]),
      ),
    ]);
    return [...capture, ...queued.flat(), ...held];
  };
}

async function orUnknown(what: string, read: () => Promise<LagRow[]>): Promise<LagRow[]> {
  try {
    return await read();
  } catch (error) {
    return [toUnknownRow(what, toSentence(error))];
  }
}

async function readCapture(config: Config, sources: LagSources, effects: QueueEffects) {
  const [heartbeatAgeMs, slot, status] = await Promise.all([
    readHeartbeatAge(topicNames(config.kafka.topicPrefix).heartbeat, effects),
    sources.readSlot(),
    sources.connect.readStatus(config.connector.name),
  ]);
  return { heartbeatAgeMs, slot, connector: status === null ? null : toStateOf(status) };
}

/** When the newest heartbeat reached Kafka. */
async function readHeartbeatAge(topic: string, effects: QueueEffects): Promise<number | null> {
  const bounds = await effects.readBounds(topic);
  const nowMs = effects.nowMs();
  const ages = await Promise.all(
    bounds
      .filter(({ low, high }) => low < high)
      .map(async ({ partition, high }) => {
        const offsetsAt = async (atMs: number) =>
          new Map((await effects.readOffsetsAt(topic, atMs)).map((one) => [one.partition, one.offset]));
        return (
          nowMs - (await findOldestAtMs({ partition, committed: high - 1n, end: high }, offsetsAt, nowMs))
        );
      }),
  );
  return ages.length === 0 ? null : Math.max(0, Math.min(...ages));
}
