import { assert } from '../base/fault.ts';
import { type Priority, priorities } from '../domain/priority.ts';

type Lane<W> = { readonly works: W[]; priority: Priority; isRunning: boolean };

/** One turn of a lane, with all work that arrived for it since its last turn. */
export type Turn<W> = { readonly key: string; readonly works: readonly W[]; readonly priority: Priority };

/**
 * Runs work in lanes, one lane per key: turns of one key never overlap, different keys run at the same time.
 *
 * Work that arrives while a turn runs is merged into that key's next turn. Each priority has a queue of
 * waiting lanes in order of arrival; `take` serves the most urgent queue first. A waiting lane moves to a
 * more urgent queue when more urgent work joins it.
 */
export class Lanes<W> {
  readonly #lanes = new Map<string, Lane<W>>();
  readonly #waiting: Record<Priority, Set<string>> = {
    command: new Set(),
    live: new Set(),
    poll: new Set(),
    replay: new Set(),
  };
  #workCount = 0;

  add(key: string, work: W, priority: Priority): void {
    this.#workCount += 1;
    const lane = this.#lanes.get(key);
    if (lane === undefined) {
      this.#lanes.set(key, { works: [work], priority, isRunning: false });
      this.#waiting[priority].add(key);
      return;
    }
    const isFirst = lane.works.length === 0;
    lane.works.push(work);
    if (!isFirst && isAtLeast(lane.priority, priority)) return;
    if (!lane.isRunning) {
      this.#waiting[lane.priority].delete(key);
      this.#waiting[priority].add(key);
    }
    lane.priority = priority;
  }

  /** The next turn, or null when no lane waits. The lane runs until `done`. */
  take(): Turn<W> | null {
    for (const priority of priorities) {
      for (const key of this.#waiting[priority]) {
        this.#waiting[priority].delete(key);
        const lane = this.#lanes.get(key);
        assert(lane !== undefined && !lane.isRunning, `lane ${key} was waiting and is not free`);
        lane.isRunning = true;
        const works = lane.works.splice(0);
        this.#workCount -= works.length;
        return { key, works, priority };
      }
    }
    return null;
  }

  done(key: string): void {
    const lane = this.#lanes.get(key);
    assert(lane?.isRunning, `lane ${key} was not running`);
    lane.isRunning = false;
    if (lane.works.length > 0) this.#waiting[lane.priority].add(key);
    else this.#lanes.delete(key);
  }

  /** Removes and returns all work that has not begun, for a stop. */
  drop(): W[] {
    const dropped: W[] = [];
    for (const [key, lane] of this.#lanes) {
      dropped.push(...lane.works.splice(0));
      if (!lane.isRunning) this.#lanes.delete(key);
    }
    for (const priority of priorities) this.#waiting[priority].clear();
    this.#workCount = 0;
    return dropped;
  }

  /** Whether more work has arrived for a key since its turn was taken. */
  hasMore(key: string): boolean {
    return (this.#lanes.get(key)?.works.length ?? 0) > 0;
  }

  /** Number of works that wait for their turn. */
  get waitingCount(): number {
    return this.#workCount;
  }
}

function isAtLeast(held: Priority, asked: Priority): boolean {
  return priorities.indexOf(held) <= priorities.indexOf(asked);
}
