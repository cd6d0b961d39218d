import { priorities } from '../domain/priority.ts';

/** One number for each of `priorities`, in their order. */
export type Counts = readonly [number, number, number, number];
export const none: Counts = [0, 0, 0, 0];

/**
 * The limits of a window. They are whole calls and milliseconds, so that they can be passed to the Redis
 * script unchanged.
 */
export type WindowLimits = {
  /** The maximum number of calls in any `windowMs`. */
  readonly limit: number;
  readonly windowMs: number;
  /** The calls of the window that each priority gets before others get more than theirs. */
  readonly minimum: Counts;
  /** The maximum number of calls of the window for each priority. */
  readonly maximum: Counts;
  /** D-18: the share of the calls that `command` and `live` leave that `replay`, spare polling, may take. */
  readonly spareShare: number;
  /** How far ahead of an even pace `poll` and `replay` may be. */
  readonly burstMs: number;
  /**
   * Calls granted within this time count as one entry, made at its end. This bounds the number of entries
   * to remember.
   */
  readonly grainMs: number;
};

export type Grants = {
  readonly granted: Counts;
  /** When to ask again for the calls that were not granted; 0 if all were granted. */
  readonly waitMs: number;
};

type Entry = { firstMs: number; lastMs: number; counts: Counts; isReported: boolean };

/** How soon to ask again if calls are free but left to a more urgent process. */
const yieldMs = 25;

/**
 * Remembers the calls of the last `windowMs` and decides which calls are granted next.
 *
 * Entries hold the time and the counts per priority of granted calls; an entry leaves after `windowMs`, and
 * its calls become free. Free calls go first to priorities that are below their minimum, then by rank. The
 * minimum of `command` is also reserved: a user who waits must not queue behind a burst that has used up
 * the window.
 *
 * `poll` and `replay` are granted at an even pace over the calls that the others leave, because a window
 * that is used up at once stays full for its whole length. A full pass takes nearly all of it; polling
 * between passes takes its share of it and no more (D-18): the allowance belongs to the customer.
 *
 * The script in `call-window-script.ts` does the same in Redis. A test compares the two.
 */
export class CallWindow {
  readonly #limits: WindowLimits;
  #entries: Entry[] = [];
  #used: Counts = none;
  #hasUnreported = false;
  /** The time at which an even pace reaches the number of calls that poll and replay have been given. */
  #pacedUntilMs = 0;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
  }

  /**
   * Grants as many of the `wanted` calls as possible. `others` are calls that other processes wait for;
   * they may be more urgent.
   */
  grant(nowMs: number, wanted: Counts, others: Counts = none): Grants {
    this.#forget(nowMs);
    const decided = decideGrants(this.#limits, {
      nowMs,
      wanted,
      others,
      used: this.#used,
      pacedUntilMs: this.#pacedUntilMs,
      freesAtMs: this.#freesAtMs(nowMs),
    });
    this.#pacedUntilMs = decided.pacedUntilMs;
    this.record(nowMs, decided.granted, false);
    return decided;
  }

  /** Records calls that were granted elsewhere. */
  record(nowMs: number, counts: Counts, isReported: boolean): void {
    if (sum(counts) === 0) return;
    this.#used = add(this.#used, counts);
    if (!isReported) this.#hasUnreported = true;
    const last = this.#entries.at(-1);
    if (last !== undefined && last.isReported === isReported && nowMs - last.firstMs < this.#limits.grainMs) {
      last.lastMs = nowMs;
      last.counts = add(last.counts, counts);
    } else this.#entries.push({ firstMs: nowMs, lastMs: nowMs, counts, isReported });
  }

  used(nowMs: number): Counts {
    this.#forget(nowMs);
    return this.#used;
  }

  /** The calls of this window that the shared window does not know, with their age. */
  unreported(nowMs: number): { readonly ageMs: number; readonly counts: Counts }[] {
    if (!this.#hasUnreported) return [];
    this.#forget(nowMs);
    return this.#entries
      .filter(({ isReported }) => !isReported)
      .map(({ lastMs, counts }) => ({ ageMs: Math.max(0, Math.floor(nowMs - lastMs)), counts }));
  }

  /** Records that the shared window knows all calls (`true`) or has lost them all (`false`). */
  setReported(isReported: boolean): void {
    if (isReported && !this.#hasUnreported) return;
    for (const entry of this.#entries) entry.isReported = isReported;
    this.#hasUnreported = !isReported;
  }

  #freesAtMs(nowMs: number): number {
    return (this.#entries[0]?.lastMs ?? nowMs) + this.#limits.windowMs;
  }

  #forget(nowMs: number): void {
    const kept = this.#entries.findIndex(({ lastMs }) => lastMs > nowMs - this.#limits.windowMs);
    const gone = this.#entries.splice(0, kept === -1 ? this.#entries.length : kept);
    for (const { counts } of gone) this.#used = subtract(this.#used, counts);
  }
}

type Situation = {
  readonly nowMs: number;
  readonly wanted: Counts;
  readonly others: Counts;
  readonly used: Counts;
  readonly pacedUntilMs: number;
  /** When the oldest calls leave the window. */
  readonly freesAtMs: number;
};

const command = 0;
const isPaced = priorities.map((priority) => priority === 'poll' || priority === 'replay');

/**
 * Decides, without side effects, which calls are granted now, when to ask again, and how far the pace has
 * advanced.
 *
 * The first loop gives each priority its minimum, the second the rest up to its maximum, in order of rank.
 * Both count the calls that other processes want as given, so that a less urgent call here does not take
 * one from a more urgent call there.
 */
function decideGrants(
  limits: WindowLimits,
  situation: Situation,
): Grants & { readonly pacedUntilMs: number } {
  const { nowMs, wanted, others, used } = situation;
  const intervals = ranks.map((rank) => limits.windowMs / toPaced(limits, rank, used));
  const intervalOf = (rank: number): number => intervals[rank] ?? 0;
  const burstOf = (rank: number): number => Math.max(limits.burstMs, intervalOf(rank));
  let pacedUntilMs = Math.max(situation.pacedUntilMs, nowMs);
  /** As `pacedUntilMs`, but including the calls left to other processes. */
  let spokenForMs = pacedUntilMs;
  // The small extra compensates rounding: a pace within a thousandth of a call counts as reached.
  const paceLeft = (rank: number): number =>
    Math.max(0, Math.floor((burstOf(rank) - (spokenForMs - nowMs)) / intervalOf(rank) + 0.001));
  let free = limits.limit - sum(used);
  const given = [0, 0, 0, 0];
  const granted = [0, 0, 0, 0];
  const room = (rank: number, ceiling: number, isPaceKept: boolean): number => {
    const reserved = rank === command ? 0 : Math.max(0, at(limits.minimum, command) - at(used, command));
    const keep = Math.max(0, reserved - (given[command] ?? 0));
    const share = ceiling - at(used, rank) - (given[rank] ?? 0);
    const pace = isPaced[rank] && isPaceKept ? paceLeft(rank) : Number.MAX_SAFE_INTEGER;
    return Math.max(0, Math.min(free - keep, share, pace));
  };
  const give = (rank: number, ceiling: number, isPaceKept: boolean): void => {
    const open = at(wanted, rank) + at(others, rank) - (given[rank] ?? 0);
    const count = Math.min(open, room(rank, ceiling, isPaceKept));
    if (count <= 0) return;
    const mine = Math.min(count, at(wanted, rank) - (granted[rank] ?? 0));
    given[rank] = (given[rank] ?? 0) + count;
    granted[rank] = (granted[rank] ?? 0) + mine;
    free -= count;
    if (isPaced[rank]) {
      spokenForMs += count * intervalOf(rank);
      pacedUntilMs += mine * intervalOf(rank);
    }
  };
  // The minimum is not paced: calls that become free together would be taken by others before the pace
  // allows the next one.
  for (const rank of ranks) give(rank, Math.min(at(limits.minimum, rank), at(limits.maximum, rank)), false);
  for (const rank of ranks) give(rank, at(limits.maximum, rank), true);
  let waitMs = Number.POSITIVE_INFINITY;
  for (const rank of ranks) {
    if ((granted[rank] ?? 0) >= at(wanted, rank)) continue;
    const isFull = room(rank, at(limits.maximum, rank), true) <= 0;
    const isBehind = isPaced[rank] === true && paceLeft(rank) <= 0;
    const paceMs = isBehind ? pacedUntilMs + intervalOf(rank) - burstOf(rank) - nowMs : 0;
    const spaceMs = isFull && !(paceMs > 0 && free > 0) ? situation.freesAtMs - nowMs : 0;
    waitMs = Math.min(waitMs, Math.max(paceMs, spaceMs, 0) || yieldMs);
  }
  return {
    granted: granted as unknown as Counts,
    waitMs: waitMs === Number.POSITIVE_INFINITY ? 0 : Math.ceil(waitMs),
    pacedUntilMs,
  };
}

const ranks = [0, 1, 2, 3] as const;

/** A pass must be able to finish: it gets so much of the limit at least, and all that `command` and `live` leave. */
export const leastPoll = 0.1;

/**
 * The calls of a window that a paced priority may be given at an even pace, given the use by higher
 * priorities. What a pass uses does not count for spare polling: a pass waits for the looks in between.
 */
function toPaced({ limit, spareShare }: WindowLimits, rank: number, [command, live]: Counts): number {
  const left = limit - command - live;
  return rank === 2 ? Math.max(limit * leastPoll, 1, left) : Math.max(1, left * spareShare);
}

function at(counts: Counts, rank: number): number {
  return counts[rank] ?? 0;
}

export function sum(counts: Counts): number {
  return counts[0] + counts[1] + counts[2] + counts[3];
}

function add(a: Counts, b: Counts): Counts {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];
}

function subtract(a: Counts, b: Counts): Counts {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2], a[3] - b[3]];
}
