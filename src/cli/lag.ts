import type { Command } from 'commander';
import { Fault } from '../base/fault.ts';
import { sleep } from '../base/sleep.ts';
import type { Config } from '../config/config.ts';
import type { BrokerAdmin } from '../kafka/broker.ts';
import { topicNames } from '../kafka/topics.ts';
import type { ConnectClient } from '../ops/connector.ts';
import {
  type HeldCount,
  isHealthy,
  type LagRow,
  toCaptureRows,
  toDisabledRow,
  toHeldRows,
  toQueueRow,
  toRoleRow,
  toUnknownRow,
} from '../ops/lag.ts';
import { createQueueWatch, findOldestAtMs, type Queue, type QueueEffects } from '../ops/queue-lag.ts';
import { readSlot, type SlotState } from '../pics/capture.ts';
import type { RoleName } from '../roles/role.ts';
import { countHeldByReason } from '../store/held.ts';
import { readVendorState } from '../store/vendor-state.ts';
import { createConnect, withBroker, withPics, withStore } from './connections.ts';
import { toStateOf } from './connector.ts';
import { type Column, type Io, toAgeText, toJsonText, toSentence, toTable } from './io.ts';
import { type CommonOptions, loadConfig, withCommonOptions } from './options.ts';

/** Two looks this far apart tell whether anything moves. */
const betweenLooksMs = 2_500;

export function addLagCommand(program: Command, io: Io): void {
  withCommonOptions(program.command('lag'))
    .description('show how far everything is behind, in counts and seconds, and what to do')
    .action((options: CommonOptions) => showLag(io, options));
}

const columns: readonly Column<LagRow>[] = [
  { title: 'what', value: ({ what }) => what },
  {
    title: 'count',
    value: ({ count, unit }) => (count === null ? null : toCountText(count, unit)),
    isNumber: true,
  },
  {
    title: 'seconds',
    value: ({ ageMs }) => (ageMs === null ? null : (ageMs / 1_000).toFixed(1)),
    isNumber: true,
  },
  { title: 'status', value: ({ status }) => status },
  { title: 'what to do', value: ({ advice }) => advice },
];

function toCountText(count: number, unit: LagRow['unit']): string {
  if (unit !== 'bytes') return String(count);
  return count < 1_048_576 ? `${Math.ceil(count / 1_024)} kB` : `${Math.round(count / 1_048_576)} MB`;
}

async function showLag(io: Io, options: CommonOptions): Promise<void> {
  const config = loadConfig(io, options);
  const rows = await withBroker(config, async ({ admin }) => {
    const read = createLagReader(config, {
      admin,
      connect: createConnect(config),
      readSlot: () => withPics(config, (client) => readSlot(client, config.connector.slot)),
      countHeld: () => withStore(config, countHeldByReason),
      isEnabled: () => withStore(config, async (db) => (await readVendorState(db, 'onefile')).isEnabled),
    });
    const first = await read();
    const isWaiting = first.some(({ what, count }) => what.startsWith('queue') && (count ?? 0) > 0);
    if (!isWaiting) return first;
    await sleep(betweenLooksMs, io.signal);
    return read();
  });
  if (options.json) io.write(toJsonText(rows));
  else io.write(toTable(columns, rows));
  if (!isHealthy(rows)) {
    const bad = rows.filter((row) => !isHealthy([row]));
    throw new Fault(`Not well: ${bad.map(({ what, status }) => `${what} is ${status}`).join('; ')}.`);
  }
  const held = rows.filter(({ status }) => status === 'held');
  const oldest = Math.max(0, ...held.map(({ ageMs }) => ageMs ?? 0));
  if (held.length > 0 && !options.json) io.write(`The oldest held item waits for ${toAgeText(oldest)}.\n`);
}

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

/** `isAlways`: read also while the vendor is disabled. */
export type ServedQueue = Queue & { readonly isAlways: boolean };

/** Every consumer group of this installation with what it reads, as the roles open them. */
export function listQueues({ kafka: { topicPrefix: prefix }, vendors }: Config): ServedQueue[] {
  const names = topicNames(prefix);
  const toRole = (role: RoleName) => (vendors.onefile.kind === 'enabled' ? role : null);
  const group = (name: string) => `${prefix}pics-sync.${name}`;
  return [
    {
      name: 'PICS to OneFile',
      group: group('onefile.outbound'),
      topics: Object.values(names.pics),
      role: toRole('outbound'),
      isAlways: false,
    },
    {
      name: 'commands',
      group: group('onefile.command'),
      topics: [names.request],
      role: 'outbound',
      isAlways: true,
    },
    {
      name: 'vendors to PICS',
      group: group('reconciler'),
      topics: [...Object.values(names.entities), names.link],
      role: toRole('reconciler'),
      isAlways: false,
    },
    {
      name: 'answers to commands',
      group: group('answers'),
      topics: [names.requestResult],
      role: 'reconciler',
      isAlways: true,
    },
  ];
}

/** The groups of roles without a queue here: a full pass takes long, and its command would look like standing still. */
export function listRoleGroups({ kafka: { topicPrefix }, vendors }: Config): RoleGroup[] {
  if (vendors.onefile.kind !== 'enabled') return [];
  return [{ role: 'poller', group: `${topicPrefix}pics-sync.onefile.pass` }];
}

export type RoleGroup = { readonly role: RoleName; readonly group: string };
