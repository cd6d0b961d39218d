import { findOldestAtMs, type OffsetsAt, rememberOffsets } from './oldest-record.ts';

/** A consumer group with the topics it reads. */
export type Queue = {
  readonly name: string;
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * The role whose processes are members of the group; null if none should run, for example while the
   * vendor is disabled.
   */
  readonly role: string | null;
};

type PartitionOffset = { readonly topic: string; readonly partition: number; readonly offset: bigint };
type PartitionBounds = {
  readonly topic: string;
  readonly partition: number;
  readonly low: bigint;
  readonly high: bigint;
};

/** What is asked of the brokers. */
export type QueueReads = {
  readonly readCommitted: (group: string, topics: readonly string[]) => Promise<readonly PartitionOffset[]>;
  readonly readBounds: (topic: string) => Promise<readonly PartitionBounds[]>;
  readonly readOffsetsAt: (topic: string, atMs: number) => Promise<readonly PartitionOffset[]>;
  readonly countMembers: (group: string) => Promise<number>;
  /** How far each partition of a group (`topic/partition`) ever was, as earlier processes have kept it. */
  readonly readFurthest: (group: string) => Promise<ReadonlyMap<string, bigint>>;
  /** Keeps those that have changed. */
  readonly keepFurthest: (group: string, places: ReadonlyMap<string, bigint>) => Promise<void>;
  readonly nowMs: () => number;
};

export type QueueLag = {
  readonly name: string;
  readonly group: string;
  readonly role: string | null;
  readonly count: bigint;
  /** Age of the oldest record without a disposition; 0 if nothing waits. */
  readonly ageMs: number;
  readonly status: LagStatus;
  /** Null: it has had this status since the first look of this process, or before. */
  readonly sinceMs: number | null;
};

/**
 * Reads the lag of queues and remembers earlier samples, from which it decides the status.
 *
 * Each read takes one sample of every partition: committed offset, end, and the age of the oldest waiting
 * record. `decideLagStatus` compares it with the earlier samples of that partition. The status of a queue
 * is the worst of its partitions, or `no-worker` if its group should have members but has none. Use one
 * watch per process: two samples at one moment would look as if the queue stood still.
 *
 * Samples are few and end with the process. How far a group ever was is kept in the sync database, so that a group
 * that was moved back is known as such by every process, for as long as it takes to come back to where it was.
 */
type QueueWatch = { read(queue: Queue): Promise<QueueLag> };

export function createQueueWatch(reads: QueueReads, limits: LagLimits): QueueWatch {
  const samples = new Map<string, LagSample[]>();
  const states = new Map<string, Pick<QueueLag, 'status' | 'sinceMs'>>();
  const furthest = createFurthest(reads);

  function remember(key: string, sample: LagSample): readonly LagSample[] {
    const fromMs = sample.atMs - Math.max(limits.stalledAfterMs, limits.leastSpanMs) * 2;
    const kept = (samples.get(key) ?? []).filter(({ atMs }) => atMs >= fromMs);
    kept.push(sample);
    samples.set(key, kept);
    return kept;
  }

  return {
    async read(queue) {
      const [members, known] = await Promise.all([
        reads.countMembers(queue.group),
        furthest.read(queue.group),
      ]);
      const looks = await readSamples(queue, { reads, known, hasMembers: members > 0 });
      await furthest.keep(queue.group, looks);
      const statuses: LagStatus[] = [...looks].map(([key, sample]) =>
        decideLagStatus(remember(`${queue.group} ${key}`, sample), limits),
      );
      const isLeft = queue.role !== null && members === 0;
      const status = worstOf(isLeft ? ['no-worker', ...statuses] : statuses);
      const state = states.get(queue.group);
      const hasChanged = state !== undefined && state.status !== status;
      const sinceMs = hasChanged ? reads.nowMs() : (state?.sinceMs ?? null);
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

type Furthest = {
  read(group: string): Promise<ReadonlyMap<string, bigint>>;
  keep(group: string, looks: ReadonlyMap<string, LagSample>): Promise<void>;
};

/** What is kept is read once for each group. While the sync database is away, only this process remembers. */
function createFurthest({ readFurthest, keepFurthest }: QueueReads): Furthest {
  const groups = new Map<string, Map<string, bigint>>();
  const loaded = new Set<string>();
  return {
    async read(group) {
      const places = groups.get(group) ?? new Map<string, bigint>();
      groups.set(group, places);
      if (loaded.has(group)) return places;
      const kept = await readFurthest(group).catch(() => null);
      if (kept === null) return places;
      loaded.add(group);
      for (const [key, offset] of kept) places.set(key, later(places.get(key), offset));
      return places;
    },
    async keep(group, looks) {
      const places = groups.get(group);
      const changed = [...looks].flatMap(([key, { furthest }]): [string, bigint][] =>
        furthest === null || places?.get(key) === furthest ? [] : [[key, furthest]],
      );
      if (changed.length === 0) return;
      const isKept = await keepFurthest(group, new Map(changed)).then(
        () => true,
        () => false,
      );
      if (isKept) for (const [key, offset] of changed) places?.set(key, offset);
    },
  };
}

function later(one: bigint | undefined, other: bigint): bigint {
  return one !== undefined && one > other ? one : other;
}

/** One look at every partition of a queue, by `topic/partition`. */
async function readSamples(
  queue: Queue,
  {
    reads,
    known,
    hasMembers,
  }: Pick<SampleQuery, 'hasMembers'> & {
    readonly reads: QueueReads;
    readonly known: ReadonlyMap<string, bigint>;
  },
): Promise<Map<string, LagSample>> {
  // Committed first: what arrives between the two questions counts as waiting, never as negative.
  const offsets = await reads.readCommitted(queue.group, queue.topics);
  const committed = new Map(offsets.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
  const found = new Map<string, LagSample>();
  await Promise.all(
    queue.topics.map(async (topic) => {
      const bounds = await reads.readBounds(topic);
      const nowMs = reads.nowMs();
      const offsetsAt = rememberOffsets(toOffsetsAt(topic, reads));
      for (const one of bounds) {
        const key = `${topic}/${one.partition}`;
        const place = { committed: committed.get(key), furthest: known.get(key) ?? null, hasMembers };
        found.set(key, await toSample(one, { ...place, offsetsAt, nowMs }));
      }
    }),
  );
  return found;
}

function toOffsetsAt(topic: string, { readOffsetsAt }: QueueReads): OffsetsAt {
  return async (atMs) =>
    new Map((await readOffsetsAt(topic, atMs)).map(({ partition, offset }) => [partition, offset]));
}

type SampleQuery = {
  readonly committed: bigint | undefined;
  readonly furthest: bigint | null;
  readonly hasMembers: boolean;
  readonly offsetsAt: OffsetsAt;
  readonly nowMs: number;
};

/** A group that never committed starts with the oldest record. */
async function toSample({ partition, low, high }: PartitionBounds, look: SampleQuery): Promise<LagSample> {
  const { offsetsAt, nowMs, hasMembers } = look;
  const committed = look.committed ?? low;
  const from = committed < low ? low : committed;
  const lag = from < high ? high - from : 0n;
  const oldestAtMs =
    lag === 0n ? nowMs : await findOldestAtMs({ partition, committed: from, end: high }, offsetsAt, nowMs);
  // A topic that was made again begins anew: an offset beyond its end says nothing of it.
  const known = look.furthest !== null && look.furthest <= high ? look.furthest : null;
  return {
    atMs: nowMs,
    committed,
    furthest: look.committed === undefined ? known : later(known ?? undefined, look.committed),
    lag,
    ageMs: Math.max(0, nowMs - oldestAtMs),
    // Members that have nothing left to read have noticed the loss: it is an alarm now (G-11).
    isBehindRetention: committed < low && (low < high || !hasMembers),
  };
}

/** One sample of one partition of one consumer group. */
export type LagSample = {
  readonly atMs: number;
  /** Next offset to read, as committed. */
  readonly committed: bigint;
  /** The largest offset that the group has ever committed, as far as is known; null = none. */
  readonly furthest: bigint | null;
  /** Records between the committed offset and the end. Offsets removed by compaction are counted too. */
  readonly lag: bigint;
  /** Age of the oldest waiting record; 0 when none waits. */
  readonly ageMs: number;
  /** The committed offset is older than the oldest stored record: records were dropped unread. */
  readonly isBehindRetention: boolean;
};

/** From worst to mildest. */
const lagStatuses = ['behind-retention', 'no-worker', 'stalled', 'rewound', 'slow', 'ok', 'idle'] as const;
export type LagStatus = (typeof lagStatuses)[number];

type LagLimits = {
  /** Age from which a queue that does not shrink is slow. */
  readonly slowAfterMs: number;
  /** How long the committed offset may stand still while records wait. */
  readonly stalledAfterMs: number;
  /** Minimum time between two samples that may prove a standstill when the oldest record is already old. */
  readonly leastSpanMs: number;
};

/**
 * Judges one partition by its samples, oldest sample first.
 *
 * The rules run from worst to mildest, and the first that applies decides. An empty queue at any sample
 * means that the group had caught up then, so only the samples after it count for `stalled` and `slow`. A
 * group is `stalled` when its committed offset stood still for `stalledAfterMs`, or for at least
 * `leastSpanMs` while the oldest record is that old. It is `rewound` until it has come back to where it was, and
 * for as long as the samples show the step back; then every record is old, so only standing still makes it
 * `stalled`. It is `slow` when the oldest record is old and the lag never shrank.
 */
export function decideLagStatus(
  samples: readonly LagSample[],
  limits: LagLimits,
): Exclude<LagStatus, 'no-worker'> {
  const newest = samples.at(-1);
  if (newest === undefined) return 'idle';
  if (newest.isBehindRetention) return 'behind-retention';
  const isBehindItself = newest.furthest !== null && newest.committed < newest.furthest;
  const isRewound = isBehindItself || anyStep(samples, (from, to) => to.committed < from.committed);
  const waiting = newest.lag === 0n ? [] : sinceLevel(samples);
  if (isStanding(waiting, limits, isRewound)) return 'stalled';
  if (isRewound) return 'rewound';
  if (newest.lag === 0n) return 'idle';
  const isShrinking = anyStep(waiting, (from, to) => to.lag < from.lag);
  return newest.ageMs >= limits.slowAfterMs && !isShrinking ? 'slow' : 'ok';
}

function isStanding(
  samples: readonly LagSample[],
  { stalledAfterMs, leastSpanMs }: LagLimits,
  isRewound: boolean,
): boolean {
  const [newest, rest] = [samples.at(-1), samples.slice(0, -1)];
  if (newest === undefined) return false;
  const same = rest.filter(({ committed }) => committed === newest.committed);
  const spanMs = newest.atMs - (same[0]?.atMs ?? newest.atMs);
  if (spanMs >= stalledAfterMs) return true;
  return !isRewound && spanMs >= leastSpanMs && newest.ageMs >= stalledAfterMs;
}

/** The samples after the last one with an empty queue. */
function sinceLevel(samples: readonly LagSample[]): readonly LagSample[] {
  return samples.slice(samples.findLastIndex(({ lag }) => lag === 0n) + 1);
}

function anyStep(samples: readonly LagSample[], is: (from: LagSample, to: LagSample) => boolean): boolean {
  return samples.some((to, index) => {
    const from = samples[index - 1];
    return from !== undefined && is(from, to);
  });
}

export function worstOf(statuses: readonly LagStatus[]): LagStatus {
  return lagStatuses.find((status) => statuses.includes(status)) ?? 'idle';
}

/** What an operator should do. */
export const lagAdvice: Readonly<Record<LagStatus, string>> = {
  'behind-retention': 'Records were dropped before they were read: run a full synchronisation.',
  'no-worker': 'No worker: start the role.',
  rewound: 'The group was moved back: records are processed again, which is harmless.',
  stalled:
    'No progress: is the role running, is the vendor away, is the sign-in refused? See its /readyz and its log.',
  slow: 'More arrives than is processed: the call budget may be the limit, or start another process.',
  ok: '',
  idle: '',
};
