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
  readonly sinceMs: number;
};

/**
 * Reads the lag of queues and remembers earlier samples, from which it decides the status.
 *
 * Each read takes one sample of every partition: committed offset, end, and the age of the oldest waiting
 * record. `decideLagStatus` compares it with the earlier samples of that partition. The status of a queue
 * is the worst of its partitions, or `no-worker` if its group should have members but has none. Use one
 * watch per process: two samples at one moment would look as if the queue stood still.
 */
type QueueWatch = { read(queue: Queue): Promise<QueueLag> };

export function createQueueWatch(reads: QueueReads, limits: LagLimits): QueueWatch {
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
      const looks = await readSamples(queue, reads);
      const statuses: LagStatus[] = [...looks].map(([key, sample]) =>
        decideLagStatus(remember(`${queue.group} ${key}`, sample), limits),
      );
      const isLeft = queue.role !== null && (await reads.countMembers(queue.group)) === 0;
      const status = worstOf(isLeft ? ['no-worker', ...statuses] : statuses);
      const known = states.get(queue.group);
      const sinceMs = known?.status === status ? known.sinceMs : reads.nowMs();
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
async function readSamples(queue: Queue, reads: QueueReads): Promise<Map<string, LagSample>> {
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
        found.set(key, await toSample(one, { committed: committed.get(key), offsetsAt, nowMs }));
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
  readonly offsetsAt: OffsetsAt;
  readonly nowMs: number;
};

/** A group that never committed starts with the oldest record. */
async function toSample({ partition, low, high }: PartitionBounds, look: SampleQuery): Promise<LagSample> {
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

/** One sample of one partition of one consumer group. */
export type LagSample = {
  readonly atMs: number;
  /** Next offset to read, as committed. */
  readonly committed: bigint;
  /** Records between the committed offset and the end. Offsets removed by compaction are counted too. */
  readonly lag: bigint;
  /** Age of the oldest waiting record; 0 when none waits. */
  readonly ageMs: number;
  /** The committed offset is older than the oldest stored record: records were dropped unread. */
  readonly isBehindRetention: boolean;
};

/** From worst to mildest. */
const lagStatuses = ['behind-retention', 'no-worker', 'rewound', 'stalled', 'slow', 'ok', 'idle'] as const;
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
 * `leastSpanMs` while the oldest record is that old. It is `slow` when the oldest record is old and the lag
 * never shrank.
 */
export function decideLagStatus(
  samples: readonly LagSample[],
  limits: LagLimits,
): Exclude<LagStatus, 'no-worker'> {
  const newest = samples.at(-1);
  if (newest === undefined) return 'idle';
  if (newest.isBehindRetention) return 'behind-retention';
  if (anyStep(samples, (from, to) => to.committed < from.committed)) return 'rewound';
  if (newest.lag === 0n) return 'idle';
  const waiting = sinceLevel(samples);
  if (isStanding(waiting, limits)) return 'stalled';
  const isShrinking = anyStep(waiting, (from, to) => to.lag < from.lag);
  return newest.ageMs >= limits.slowAfterMs && !isShrinking ? 'slow' : 'ok';
}

function isStanding(samples: readonly LagSample[], { stalledAfterMs, leastSpanMs }: LagLimits): boolean {
  const [newest, rest] = [samples.at(-1), samples.slice(0, -1)];
  if (newest === undefined) return false;
  const same = rest.filter(({ committed }) => committed === newest.committed);
  const spanMs = newest.atMs - (same[0]?.atMs ?? newest.atMs);
  return spanMs >= stalledAfterMs || (spanMs >= leastSpanMs && newest.ageMs >= stalledAfterMs);
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

/** For each partition, the first offset whose record is at or after a time, or the end of the partition. */
type OffsetsAt = (atMs: number) => Promise<ReadonlyMap<number, bigint>>;

/** `end`: the offset of the next record to be written. */
type WaitingFrom = { readonly partition: number; readonly committed: bigint; readonly end: bigint };

/** Times are accurate to this, or to 1 % of the age if that is more. */
const finestMs = 500;

/** Younger records all still exist: topics are not compacted earlier (`min.compaction.lag.ms`). */
const gapFreeMs = 7 * 24 * 60 * 60 * 1_000;

/**
 * Finds when the first record at or after a committed offset was written.
 *
 * Brokers return offsets for times, but not times for offsets, so the time is searched: in doubling steps
 * back from now, then by bisection. This needs a few small requests and no consumer. If compaction removed
 * the record itself, the next remaining one counts. The caller has made sure that a record waits.
 */
export async function findOldestAtMs(
  { partition, committed, end }: WaitingFrom,
  offsetsAt: OffsetsAt,
  nowMs: number,
): Promise<number> {
  const offsetAt = async (atMs: number) => (await offsetsAt(atMs)).get(partition) ?? 0n;
  const { untilMs, offsetBefore, offsetAfter } = await search(offsetAt, committed, nowMs);
  if (offsetBefore === committed || offsetAfter === committed) return untilMs;
  // No answer returned the record's own offset: either it has the same time as the record before it, or
  // compaction removed it.
  const isCompacted = nowMs - untilMs > gapFreeMs && offsetAfter < end;
  return isCompacted ? (await search(offsetAt, offsetAfter, nowMs)).untilMs : untilMs;
}

type Boundary = {
  /** About the last time for which the record at `wanted` is still ahead. */
  readonly untilMs: number;
  readonly offsetBefore: bigint;
  readonly offsetAfter: bigint;
};

/**
 * Searches the boundary between times for which `wanted` is still ahead and times for which it has passed.
 */
async function search(
  offsetAt: (atMs: number) => Promise<bigint>,
  wanted: bigint,
  nowMs: number,
): Promise<Boundary> {
  let passedMs = nowMs + 1;
  let offsetAfter = await offsetAt(passedMs);
  let aheadMs = nowMs;
  let offsetBefore = offsetAfter;
  for (let backMs = 1_000; ; backMs *= 2) {
    aheadMs = Math.max(0, nowMs - backMs);
    offsetBefore = await offsetAt(aheadMs);
    if (offsetBefore <= wanted || aheadMs === 0) break;
    [passedMs, offsetAfter] = [aheadMs, offsetBefore];
  }
  // Even the oldest record comes after `wanted`: the wanted record no longer exists, and the oldest one is
  // the next.
  if (offsetBefore > wanted) return { untilMs: aheadMs, offsetBefore, offsetAfter: offsetBefore };
  while (passedMs - aheadMs > toleranceOf(nowMs - passedMs)) {
    const middleMs = Math.floor((aheadMs + passedMs) / 2);
    const offset = await offsetAt(middleMs);
    if (offset <= wanted) [aheadMs, offsetBefore] = [middleMs, offset];
    else [passedMs, offsetAfter] = [middleMs, offset];
  }
  return { untilMs: Math.floor((aheadMs + passedMs) / 2), offsetBefore, offsetAfter };
}

/**
 * Where records may be missing, neighbouring ones must be distinguished, so the search goes down to the
 * millisecond.
 */
function toleranceOf(ageMs: number): number {
  return ageMs > gapFreeMs ? 1 : Math.max(finestMs, ageMs / 100);
}

/** Caches answers, so that the partitions of a topic share them. */
function rememberOffsets(ask: OffsetsAt): OffsetsAt {
  const answers = new Map<number, Promise<ReadonlyMap<number, bigint>>>();
  return (atMs) => {
    const known = answers.get(atMs);
    if (known !== undefined) return known;
    const answer = ask(atMs);
    answers.set(atMs, answer);
    return answer;
  };
}
