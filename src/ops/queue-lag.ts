import {
  decideLagStatus,
  type LagLimits,
  type LagSample,
  type LagStatus,
  worstOf,
} from '../core/lag-status.ts';
import { findOldestAtMs, type OffsetsAt, rememberOffsets } from './oldest-record.ts';

/** A consumer group with the topics it reads. */
export type Queue = {
  readonly name: string;
  readonly group: string;
  readonly topics: readonly string[];
  /** Whose processes are its members; null when nobody is meant to work, as while the vendor is off. */
  readonly role: string | null;
};

export type PartitionOffset = { readonly topic: string; readonly partition: number; readonly offset: bigint };
export type PartitionBounds = {
  readonly topic: string;
  readonly partition: number;
  readonly low: bigint;
  readonly high: bigint;
};

/** What is asked of the brokers. */
export type QueueEffects = {
  readonly readCommitted: (group: string, topics: readonly string[]) => Promise<readonly PartitionOffset[]>;
  readonly readBounds: (topic: string) => Promise<readonly PartitionBounds[]>;
  readonly readOffsetsAt: (topic: string, atMs: number) => Promise<readonly PartitionOffset[]>;
  readonly countMembers: (group: string) => Promise<number>;
  readonly nowMs: () => number;
};

export type QueueLag = {
  readonly name: string;
  readonly group: string;
  readonly role: string | null;
  readonly count: bigint;
  /** Age of the oldest record without a disposition; 0 when nothing waits. */
  readonly ageMs: number;
  readonly status: LagStatus;
  readonly sinceMs: number;
};

/** Remembers looks and says what they mean. One per process: two looks at one moment would count as standing still. */
export type QueueWatch = { read(queue: Queue): Promise<QueueLag> };

export function createQueueWatch(effects: QueueEffects, limits: LagLimits): QueueWatch {
  const samples = new Map<string, LagSample[]>();
  const states = new Map<string, { status: LagStatus; sinceMs: number }>();

  function remember(key: string, sample: LagSample): readonly LagSample[] {
    const fromMs = sample.atMs - Math.max(limits.stalledAfterMs, limits.leastSpanMs) * 2;
    const kept = (samples.get(key) ?? []).filter(({ atMs }) => atMs >= fromMs);
    kept.push(sample);
    samples.set(key, kept);
    return kept;
  }

  return {
    async read(queue) {
      const looks = await readSamples(queue, effects);
      const statuses: LagStatus[] = [...looks].map(([key, sample]) =>
        decideLagStatus(remember(`${queue.group} ${key}`, sample), limits),
      );
      const isLeft = queue.role !== null && (await effects.countMembers(queue.group)) === 0;
      const status = worstOf(isLeft ? ['no-worker', ...statuses] : statuses);
      const known = states.get(queue.group);
      const sinceMs = known?.status === status ? known.sinceMs : effects.nowMs();
      states.set(queue.group, { status, sinceMs });
      const all = [...looks.values()];
      return {
        name: queue.name,
        group: queue.group,
        role: queue.role,
        count: all.reduce((sum, { lag }) => sum + lag, 0n),
        ageMs: Math.max(0, ...all.map(({ ageMs }) => ageMs)),
        status,
        sinceMs,
      };
    },
  };
}

/** One look at every partition of a queue, by `topic/partition`. */
async function readSamples(queue: Queue, effects: QueueEffects): Promise<Map<string, LagSample>> {
  // Committed first: what arrives between the two questions counts as waiting, never as negative.
  const offsets = await effects.readCommitted(queue.group, queue.topics);
  const committed = new Map(offsets.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
  const found = new Map<string, LagSample>();
  await Promise.all(
    queue.topics.map(async (topic) => {
      const bounds = await effects.readBounds(topic);
      const nowMs = effects.nowMs();
      const offsetsAt = rememberOffsets(toOffsetsAt(topic, effects));
      for (const one of bounds) {
        const key = `${topic}/${one.partition}`;
        found.set(key, await toSample(one, { committed: committed.get(key), offsetsAt, nowMs }));
      }
    }),
  );
  return found;
}

function toOffsetsAt(topic: string, { readOffsetsAt }: QueueEffects): OffsetsAt {
  return async (atMs) =>
    new Map((await readOffsetsAt(topic, atMs)).map(({ partition, offset }) => [partition, offset]));
}

type Look = { readonly committed: bigint | undefined; readonly offsetsAt: OffsetsAt; readonly nowMs: number };

/** A group that never committed begins with the oldest record. */
async function toSample({ partition, low, high }: PartitionBounds, look: Look): Promise<LagSample> {
  const { offsetsAt, nowMs } = look;
  const committed = look.committed ?? low;
  const from = committed < low ? low : committed;
  const lag = from < high ? high - from : 0n;
  const oldestAtMs =
    lag === 0n ? nowMs : await findOldestAtMs({ partition, committed: from, end: high }, offsetsAt, nowMs);
  return {
    atMs: nowMs,
    committed,
    lag,
    ageMs: Math.max(0, nowMs - oldestAtMs),
    isBehindRetention: committed < low && low < high,
  };
}
