import { fromOwnerLane } from '../domain/owner.ts';
import type { Demand } from '../domain/view.ts';
import type { Settled, Work } from '../domain/work.ts';
import type { EngineOptions, EnginePorts } from './desk.ts';
import { Breaker, createGate, RefusalStreak } from './gate.ts';
import { Lanes, type Turn } from './lanes.ts';
import { createLook, type Look } from './look.ts';
import { OwnerNeeds } from './owners.ts';

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
   * known to be done, and whoever asked must ask again.
   */
  readonly submit: (work: Work) => Promise<Settled>;
  /** Learners in work and works that wait. */
  readonly backlog: () => { readonly running: number; readonly waiting: number };
  /** Why the vendor is not called at present, or null. */
  readonly pausedBecause: () => string | null;
};

/**
 * Drives learners to where PICS, links and shadow leave nothing to do: one lane per learner, one step at a time.
 *
 * Officers and organisations have lanes too. A learner waits for them while it holds its own place, so they have places
 * of their own: else learners that all wait would leave none for whom they wait for.
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
  const look = createLook({ ports, options, gate, hasMore, need, signal });
  const learners = createPool(look, options.concurrency, signal);
  const owners = createPool(look, options.concurrency, signal);
  return {
    submit,
    backlog: () => ({
      running: learners.running() + owners.running(),
      waiting: learners.waiting() + owners.waiting(),
    }),
    pausedBecause: () => breaker.reason,
  };
}

type Pool = {
  readonly submit: (work: Work) => Promise<Settled>;
  readonly hasMore: (key: string) => boolean;
  readonly running: () => number;
  readonly waiting: () => number;
};

/** Looks at so many lanes at once, the most urgent first. */
function createPool(look: Look, size: number, signal: AbortSignal): Pool {
  const lanes = new Lanes<Ticket>();
  let running = 0;

  const run = async ({ key, works: tickets, priority }: Turn<Ticket>): Promise<void> => {
    try {
      const settled = await look({ ...mergeWorks(tickets.map(({ work }) => work)), priority });
      for (const ticket of tickets) ticket.resolve(settled);
    } catch (error) {
      for (const ticket of tickets) ticket.reject(error);
    } finally {
      running -= 1;
      lanes.done(key);
      pump();
    }
  };

  const pump = (): void => {
    while (running < size && !signal.aborted) {
      const turn = lanes.take();
      if (turn === null) return;
      running += 1;
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
    running: () => running,
    waiting: () => lanes.waitingCount,
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
  };
}
