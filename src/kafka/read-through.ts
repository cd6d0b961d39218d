import { Fault } from '../base/fault.ts';
import type { Log } from '../base/log.ts';
import { pollFor, sleep } from '../base/sleep.ts';
import type { PartitionReading, ReadStart } from '../domain/topic-records.ts';
import {
  type Broker,
  type BrokerAdmin,
  type ConsumedRecord,
  partitionKey,
  type RetentionLoss,
  type TopicPartition,
} from './broker.ts';
import { createConsumePartitions } from './consume.ts';

/** A topic, and the name under which the caller knows it. */
type NamedTopic = { readonly name: string; readonly topic: string };

type ReadThroughOptions = {
  readonly broker: Broker;
  readonly group: string;
  readonly topics: readonly NamedTopic[];
  readonly start: ReadStart;
  /** Handles records of one partition and answers how many of them cannot be read. */
  readonly read: (name: string, records: readonly ConsumedRecord[]) => Promise<number>;
  readonly log: Log;
  /** How long a group of this name may have other members, milliseconds. A killed member stays for 45 s. */
  readonly busyForMs?: number;
  /** How often it is looked whether the topics are still the same, milliseconds. */
  readonly lookEveryMs?: number;
  /** How long an end waits for what is being handled, milliseconds. */
  readonly drainMs?: number;
};

/** One partition on its way from its start to its end. */
type Reading = {
  readonly name: string;
  readonly topic: string;
  readonly partition: number;
  readonly low: bigint;
  readonly start: bigint;
  readonly end: bigint;
  /** The next offset to read. */
  next: bigint;
  count: number;
  unreadable: number;
  isBeginningDeleted: boolean;
};

/**
 * Reads topics once, from a start up to the high watermarks that stand at the call.
 *
 * The bounds of all partitions are read first. Then a consumer alone in its group reads those that have something
 * between start and end, each from its own place, in bounded batches. A partition is done when a record at or after
 * its last offset was handled, or when the brokers have nothing more to give: offsets at the end of a partition may have
 * no records any more. The reading ends with its last partition, and the group is deleted.
 *
 * Beside it a look at the topics is repeated. A topic that is gone, or ends before the place where it ended at the call,
 * was deleted, and the reading ends with that sentence; the client alone would wait for ever. A topic that was made again
 * and is longer than the old one cannot be distinguished from it.
 */
export async function readThrough(
  options: ReadThroughOptions,
  signal: AbortSignal,
): Promise<readonly PartitionReading[]> {
  const { broker, group, topics, start, log, busyForMs = 60_000 } = options;
  const { admin } = broker;
  signal.throwIfAborted();
  const readings = await findReadings(admin, topics, start);
  await untilGroupIsFree(admin, { group, busyForMs }, signal);
  try {
    if (readings.some(isOpen)) await readOpen(options, readings, signal);
    signal.throwIfAborted();
    await requireSameTopics(admin, readings);
  } finally {
    await deleteGroup(admin, { group, busyForMs, log });
  }
  return readings.map(({ name, partition, low, start, end, count, unreadable, isBeginningDeleted }) => {
    return { topic: name, partition, low, start, end, count, unreadable, isBeginningDeleted };
  });
}

async function readOpen(
  { broker, group, read, log, busyForMs = 60_000, lookEveryMs = 2_000, drainMs = 10_000 }: ReadThroughOptions,
  readings: readonly Reading[],
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const known = new Map(readings.map((reading) => [partitionKey(reading), reading]));
  const open = new Map([...known].filter(([, reading]) => isOpen(reading)));
  let fault: Fault | null = null;
  const consumer = broker.createConsumer({
    group,
    topics: [...new Set([...open.values()].map(({ topic }) => topic))],
    onRetentionLoss: async (loss) => {
      const reading = open.get(partitionKey(loss));
      if (reading === undefined) return;
      if (wasMadeAgain(loss)) {
        fault = madeAgain(loss.topic);
        throw fault;
      }
      reading.isBeginningDeleted = true;
    },
  });

  function finish(at: TopicPartition): void {
    open.delete(partitionKey(at));
    if (open.size === 0) stop.abort();
    else consumer.pause([at]);
  }

  const consume = createConsumePartitions({
    consumer,
    startAt: async (at) => known.get(partitionKey(at))?.next ?? null,
    handleBatch: async ({ topic, partition, records }) => {
      const reading = open.get(partitionKey({ topic, partition }));
      // Records that came after the end, of a partition that was done before this assignment.
      if (reading === undefined) return consumer.pause([{ topic, partition }]);
      const wanted = records.filter(({ offset }) => offset < reading.end);
      if (wanted.length > 0) reading.unreadable += await read(reading.name, wanted);
      reading.count += wanted.length;
      reading.next = (records.at(-1)?.offset ?? reading.next) + 1n;
      if (reading.next >= reading.end) finish({ topic, partition });
    },
    onDrained: (at) => open.has(partitionKey(at)) && finish(at),
    drainMs,
    log,
  });

  /** Rejects when the topics are others than before, or another process has partitions of the group. */
  async function watch(end: AbortSignal): Promise<void> {
    let completeAtMs = performance.now();
    for (;;) {
      await sleep(lookEveryMs, end);
      if (end.aborted) return;
      const other = await findOther(broker.admin, readings);
      if (other !== null) throw other;
      const assigned = new Set(consume.positions().map(partitionKey));
      if ([...open.keys()].every((key) => assigned.has(key))) completeAtMs = performance.now();
      else if (performance.now() - completeAtMs > busyForMs) throw busy(group);
    }
  }

  const end = AbortSignal.any([signal, stop.signal]);
  const running = consume.run(end);
  try {
    await Promise.all([running, watch(end)]);
  } catch (error) {
    // The client's error for a topic that is gone says less than ours.
    throw fault ?? (await findOther(broker.admin, readings)) ?? error;
  } finally {
    stop.abort();
    await running.catch(() => {});
  }
}

async function findReadings(
  admin: BrokerAdmin,
  topics: readonly NamedTopic[],
  start: ReadStart,
): Promise<readonly Reading[]> {
  await requireTopics(admin, topics);
  const readings = await Promise.all(topics.map((topic) => findReadingsOf(admin, topic, start)));
  const all = readings.flat();
  if (start.kind !== 'offsets') return all;
  for (const { topic, partition } of start.offsets) {
    if (all.some((reading) => reading.name === topic && reading.partition === partition)) continue;
    throw new Fault(`The start names ${topic}, partition ${partition}, which is not among what is read.`);
  }
  return all;
}

async function findReadingsOf(
  admin: BrokerAdmin,
  { name, topic }: NamedTopic,
  start: ReadStart,
): Promise<readonly Reading[]> {
  const bounds = (await admin.readBounds(topic)).toSorted((a, b) => a.partition - b.partition);
  const atTime = start.kind === 'time' ? await admin.readOffsetsAt(topic, start.atMs) : [];
  const findStart = (partition: number, low: bigint, end: bigint): bigint => {
    if (start.kind === 'beginning') return low;
    const known =
      start.kind === 'time'
        ? atTime.find((at) => at.partition === partition)
        : start.offsets.find((at) => at.topic === name && at.partition === partition);
    if (known === undefined) return end;
    if (known.offset <= end) return known.offset;
    if (start.kind === 'time') return end;
    throw new Fault(
      `The topic ${topic} ends at offset ${end} in partition ${partition}, so it cannot be read from ${known.offset} on. It may have been deleted and made again.`,
    );
  };
  return bounds.map(({ partition, low, high }) => {
    const first = findStart(partition, low, high);
    const isBeginningDeleted = start.kind === 'beginning' ? low > 0n : first < low;
    const next = first < low ? low : first;
    const counts = { count: 0, unreadable: 0, isBeginningDeleted };
    return { name, topic, partition, low, start: first, end: high, next, ...counts };
  });
}

async function requireTopics(admin: BrokerAdmin, topics: readonly { topic: string }[]): Promise<void> {
  const present = new Set(await admin.listTopics());
  const missing = topics.find(({ topic }) => !present.has(topic));
  if (missing !== undefined)
    throw new Fault(`The topic ${missing.topic} does not exist. Create it with: pics-sync topics create`);
}

async function requireSameTopics(admin: BrokerAdmin, readings: readonly Reading[]): Promise<void> {
  await requireTopics(admin, readings);
  for (const topic of new Set(readings.map((reading) => reading.topic))) {
    const bounds = new Map((await admin.readBounds(topic)).map(({ partition, high }) => [partition, high]));
    const isSame = readings
      .filter((reading) => reading.topic === topic)
      .every(({ partition, end }) => (bounds.get(partition) ?? -1n) >= end);
    if (!isSame) throw madeAgain(topic);
  }
}

/** Why the topics are not those of the beginning; null: they are, or the brokers do not answer at present. */
async function findOther(admin: BrokerAdmin, readings: readonly Reading[]): Promise<Fault | null> {
  try {
    await requireSameTopics(admin, readings);
    return null;
  } catch (error) {
    return error instanceof Fault ? error : null;
  }
}

function isOpen({ next, end }: Reading): boolean {
  return next < end;
}

function wasMadeAgain({ expected, continuedAt }: RetentionLoss): boolean {
  return continuedAt < expected;
}

function madeAgain(topic: string): Fault {
  return new Fault(`The topic ${topic} was deleted and made again while it was read. Start again.`);
}

function busy(group: string): Fault {
  return new Fault(
    `The consumer group ${group} has other members: another process reads the same. Wait for its end, or stop it.`,
  );
}

/** A process that was killed has left the group behind, and is a member until its session times out. */
async function untilGroupIsFree(
  admin: BrokerAdmin,
  { group, busyForMs }: { readonly group: string; readonly busyForMs: number },
  signal: AbortSignal,
): Promise<void> {
  const isFree = async () => ((await admin.deleteGroup(group)) === 'deleted' ? true : null);
  const free = await pollFor(isFree, { everyMs: 500, timeoutMs: busyForMs, signal });
  signal.throwIfAborted();
  if (free === null) throw busy(group);
}

/** A group that stays is deleted by the next reading of its name. */
async function deleteGroup(
  admin: BrokerAdmin,
  { group, busyForMs, log }: { readonly group: string; readonly busyForMs: number; readonly log: Log },
): Promise<void> {
  const isDeleted = async () => ((await admin.deleteGroup(group)) === 'deleted' ? true : null);
  const timeoutMs = Math.min(busyForMs, 5_000);
  const deleted = await pollFor(isDeleted, { everyMs: 100, timeoutMs }).catch(() => null);
  if (deleted === null)
    log.warn('a consumer group of a reading that has ended could not be deleted', { group });
}
