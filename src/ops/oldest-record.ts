/** For each partition, the first offset whose record is at or after a time, or the end of the partition. */
export type OffsetsAt = (atMs: number) => Promise<ReadonlyMap<number, bigint>>;

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
export function rememberOffsets(ask: OffsetsAt): OffsetsAt {
  const answers = new Map<number, Promise<ReadonlyMap<number, bigint>>>();
  return (atMs) => {
    const known = answers.get(atMs);
    if (known !== undefined) return known;
    const answer = ask(atMs);
    answers.set(atMs, answer);
    return answer;
  };
}
