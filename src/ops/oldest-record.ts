/** By partition: the first offset whose record is at or after a time, or the end of the partition. */
export type OffsetsAt = (atMs: number) => Promise<ReadonlyMap<number, bigint>>;

/** `end`: the offset of the next record to be written. */
export type WaitingFrom = { readonly partition: number; readonly committed: bigint; readonly end: bigint };

/** Times are found to within this, or 1 % of the age where that is more. */
const finestMs = 500;

/** Younger records are all still there: topics are compacted no sooner (`min.compaction.lag.ms`). */
const gapFreeMs = 7 * 24 * 60 * 60 * 1_000;

/**
 * When the first record at or after a committed offset was written.
 *
 * Brokers tell offsets by time, not times by offset: so the time is searched, by doubling steps back from now and then
 * by halves. It costs a handful of small questions and needs no consumer. Where compaction took the record itself,
 * the next one that is left counts. The caller made sure that something waits.
 */
export async function findOldestAtMs(
  { partition, committed, end }: WaitingFrom,
  offsetsAt: OffsetsAt,
  nowMs: number,
): Promise<number> {
  const offsetAt = async (atMs: number) => (await offsetsAt(atMs)).get(partition) ?? 0n;
  const { untilMs, offsetBefore, offsetAfter } = await search(offsetAt, committed, nowMs);
  if (offsetBefore === committed || offsetAfter === committed) return untilMs;
  // No answer named the record itself: either it shares its time with the one before it, or compaction took it.
  const isCompacted = nowMs - untilMs > gapFreeMs && offsetAfter < end;
  return isCompacted ? (await search(offsetAt, offsetAfter, nowMs)).untilMs : untilMs;
}

type Found = {
  /** The last moment, nearly, from which the record at `wanted` is still ahead. */
  readonly untilMs: number;
  readonly offsetBefore: bigint;
  readonly offsetAfter: bigint;
};

/** The boundary between times from which `wanted` is not passed yet and times from which it is. */
async function search(
  offsetAt: (atMs: number) => Promise<bigint>,
  wanted: bigint,
  nowMs: number,
): Promise<Found> {
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
  // Even the oldest record lies behind it: what was wanted is gone, and the oldest left is the next.
  if (offsetBefore > wanted) return { untilMs: aheadMs, offsetBefore, offsetAfter: offsetBefore };
  while (passedMs - aheadMs > toleranceOf(nowMs - passedMs)) {
    const middleMs = Math.floor((aheadMs + passedMs) / 2);
    const offset = await offsetAt(middleMs);
    if (offset <= wanted) [aheadMs, offsetBefore] = [middleMs, offset];
    else [passedMs, offsetAfter] = [middleMs, offset];
  }
  return { untilMs: Math.floor((aheadMs + passedMs) / 2), offsetBefore, offsetAfter };
}

/** Where records may be missing, neighbours must be told apart, so the time is searched to the millisecond. */
function toleranceOf(ageMs: number): number {
  return ageMs > gapFreeMs ? 1 : Math.max(finestMs, ageMs / 100);
}

/** Remembers answers, so that the partitions of a topic share them. */
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
