import { assert } from '../base/fault.ts';
import type { LaneKey } from '../domain/ledger.ts';
import { fromOwnerLane } from '../domain/owner.ts';
import { type Priority, priorities } from '../domain/priority.ts';
import type { Trace } from '../domain/trace.ts';
import { createIsCautious } from '../domain/vendor-state.ts';
import type { Demand } from '../domain/view.ts';
import type { Settled, Work } from '../domain/work.ts';
import type { Desk, EngineOptions, EnginePorts } from './desk.ts';
import { Breaker, createGate, FailureSpread, RefusalStreak } from './gate.ts';
import { createLook, type Look } from './look.ts';
import { OwnerNeeds } from './owners.ts';
import { Stumbles } from './unexpected.ts';

type Ticket = {
  readonly work: Work;
  readonly resolve: (settled: Settled) => void;
  readonly reject: (error: unknown) => void;
};

export type Engine = {
  /**
   * Resolves when everything this work calls for is delivered or held, durably.
   *
   * Rejects with the signal's reason at a stop, or with an infrastructure error (database, broker): then nothing is
   * known to be done, and the caller must ask again.
   */
  readonly submit: (work: Work) => Promise<Settled>;
  /** Learners in work and works that wait. */
  readonly backlog: () => { readonly running: number; readonly waiting: number };
  /** Why the vendor is not called at present, or null. */
  readonly pausedBecause: () => string | null;
  /** Resolves when no look is going on: after a stop, when the last call has ended and is recorded. */
  readonly idle: () => Promise<void>;
};

/**
 * Drives learners to where PICS, links and shadow leave nothing to do: one lane per learner, one step at a time.
 *
 * Officers and organisations have lanes too, with places of their own, so that learners that are many cannot keep an
 * officer from its turn. A look that waits, for an officer or until an outcome is certain, lends its place to others.
 *
 * An error in a look is about its lane alone or about what all of them stand on: `Stumbles` decides which.
 */
export function createEngine(ports: EnginePorts, options: EngineOptions, signal: AbortSignal): Engine {
  const { vendor, clock, meter } = ports;
  const breaker = new Breaker({ ...options.breaker, maxInHand: options.concurrency });
  const gate = createGate({
    breaker,
    streak: new RefusalStreak(),
    vendor: vendor.name,
    clock,
    meter,
    signal,
  });
  const needs = new OwnerNeeds((work) => owners.submit(work), clock);
  const submit = (work: Work): Promise<Settled> => {
    if (fromOwnerLane(work.ident) === null) return learners.submit(work);
    needs.changed(work.ident);
    return owners.submit(work);
  };
  const need = (work: Work): Promise<Settled> => needs.need(work);
  const hasMore = (ident: string): boolean => learners.hasMore(ident) || owners.hasMore(ident);
  const tracesOfMore = (ident: string): readonly Trace[] => [
    ...learners.tracesOfMore(ident),
    ...owners.tracesOfMore(ident),
  ];
  const spread = new FailureSpread();
  const isCautious = createIsCautious(() => ports.vendors.readState(ports.vendor.name));
  const stumbles = new Stumbles(ports.ledger);
  const toLook = (aside: Desk['aside']): Look =>
    untilHeld(
      createLook({ ports, options, gate, spread, isCautious, aside, hasMore, tracesOfMore, need, signal }),
      {
        ports,
        stumbles,
        aside,
        signal,
      },
    );
  const learners = createPool(toLook, options.concurrency, signal);
  const owners = createPool(toLook, options.concurrency, signal);
  return {
    submit,
    backlog: () => ({
      running: learners.running() + owners.running(),
      waiting: learners.waiting() + owners.waiting(),
    }),
    pausedBecause: () => breaker.reason,
    idle: async () => {
      await Promise.all([learners.idle(), owners.idle()]);
    },
  };
}

type Stumbling = Pick<Desk, 'ports' | 'aside' | 'signal'> & { readonly stumbles: Stumbles };

/** Looks again after an error that is about the lane, until the lane is held for it (G-9). */
function untilHeld(look: Look, { ports, stumbles, aside, signal }: Stumbling): Look {
  const { vendor, clock } = ports;
  return async (request) => {
    const key: LaneKey = { vendor: vendor.name, centre: vendor.centre, ident: request.ident };
    for (;;) {
      try {
        const settled = await look(request);
        stumbles.settled();
        return settled;
      } catch (error) {
        signal.throwIfAborted();
        const next = await stumbles.stumbled(key, error);
        if (next.kind === 'held') return { kind: 'settled', isLinked: false, calls: {}, holds: [next.hold] };
        await aside(() => clock.sleep(next.afterMs, signal));
      }
    }
  };
}

type Pool = {
  readonly submit: (work: Work) => Promise<Settled>;
  readonly hasMore: (key: string) => boolean;
  readonly tracesOfMore: (key: string) => readonly Trace[];
  readonly running: () => number;
  readonly waiting: () => number;
  readonly idle: () => Promise<void>;
};

/** Looks at so many lanes at once, the most urgent first. Looks that come back from a wait go before new ones. */
function createPool(toLook: (aside: Desk['aside']) => Look, size: number, signal: AbortSignal): Pool {
  const lanes = new Lanes<Ticket>();
  let running = 0;
  /** Looks that have begun and not ended, with a place or aside. */
  let open = 0;
  const returning: (() => void)[] = [];
  const onIdle: (() => void)[] = [];

  const look = toLook(async (wait) => {
    running -= 1;
    pump();
    try {
      return await wait();
    } finally {
      if (running < size) running += 1;
      else await new Promise<void>((resolve) => returning.push(resolve));
    }
  });

  const run = async ({ key, works: tickets, priority }: Turn<Ticket>): Promise<void> => {
    try {
      const settled = await look({ ...mergeWorks(tickets.map(({ work }) => work)), priority });
      for (const ticket of tickets) ticket.resolve(settled);
    } catch (error) {
      for (const ticket of tickets) ticket.reject(error);
    } finally {
      running -= 1;
      open -= 1;
      lanes.done(key);
      pump();
      if (open === 0) for (const resolve of onIdle.splice(0)) resolve();
    }
  };

  const pump = (): void => {
    while (running < size) {
      const back = returning.shift();
      if (back !== undefined) {
        running += 1;
        back();
        continue;
      }
      if (signal.aborted) return;
      const turn = lanes.take();
      if (turn === null) return;
      running += 1;
      open += 1;
      void run(turn);
    }
  };

  signal.addEventListener('abort', () => {
    for (const ticket of lanes.drop()) ticket.reject(signal.reason);
  });

  return {
    submit: (work) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        lanes.add(work.ident, { work, resolve, reject }, work.priority);
        pump();
      }),
    hasMore: (key) => lanes.hasMore(key),
    tracesOfMore: (key) => lanes.waitingFor(key).flatMap(({ work }) => work.traces ?? []),
    running: () => running,
    waiting: () => lanes.waitingCount,
    idle: () => (open === 0 ? Promise.resolve() : new Promise((resolve) => onIdle.push(resolve))),
  };
}

/** From the least to the most that a look can be asked for. */
const demands: readonly Demand[] = ['change', 'refresh', 'need'];

/** Merges what waits for one learner into one request. */
function mergeWorks(works: readonly Work[]): Omit<Work, 'priority'> & { readonly reads: readonly string[] } {
  const commits = works.flatMap((work) => (work.committedAtMs === null ? [] : [work.committedAtMs]));
  const demand = demands.findLast((one) => works.some((work) => work.demand === one)) ?? 'change';
  const strongest = works.filter((work) => work.demand === demand);
  return {
    ident: works[0]?.ident ?? '',
    demand,
    txIds: [...new Set(works.flatMap((work) => work.txIds))],
    committedAtMs: commits.length === 0 ? null : Math.min(...commits),
    // Reads made for one refresh do not serve another that was asked for later.
    reads: strongest.length === 1 ? (strongest[0]?.reads ?? []) : [],
    traces: works.flatMap((work) => work.traces ?? []),
  };
}

type Lane<W> = { readonly works: W[]; priority: Priority; isRunning: boolean };

/** One turn of a lane, with all work that arrived for it since its last turn. */
type Turn<W> = { readonly key: string; readonly works: readonly W[]; readonly priority: Priority };

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
    return this.waitingFor(key).length > 0;
  }

  /** What has arrived for a key since its turn was taken. */
  waitingFor(key: string): readonly W[] {
    return this.#lanes.get(key)?.works ?? [];
  }

  /** Number of works that wait for their turn. */
  get waitingCount(): number {
    return this.#workCount;
  }
}

function isAtLeast(held: Priority, asked: Priority): boolean {
  return priorities.indexOf(held) <= priorities.indexOf(asked);
}
