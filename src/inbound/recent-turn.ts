import { type PollLearner, toPollOrder } from '../core/poll-schedule.ts';
import type { Lease, PollEffects, PollPlan } from './poll-effects.ts';
import { readSteadily } from './read-steadily.ts';
import { takePage } from './take-page.ts';

/** What one process remembers of its polling; lost at a restart without harm. */
export type PollMemory = {
  learners: readonly PollLearner[];
  learnersReadAtMs: number;
  /** Pages read by centre in this turn. */
  pageCount: number;
  /** By resource and vendor id. */
  readonly lastReadAtMs: Map<string, Map<string, number>>;
  /** When a learner was last seen to change, by vendor id. */
  readonly changedAtMs: Map<string, number>;
};

export function createPollMemory(): PollMemory {
  return {
    learners: [],
    learnersReadAtMs: Number.NEGATIVE_INFINITY,
    pageCount: 0,
    lastReadAtMs: new Map(),
    changedAtMs: new Map(),
  };
}

export type RecentTurn = {
  readonly effects: PollEffects;
  readonly lease: Lease;
  readonly memory: PollMemory;
  readonly signal: AbortSignal;
};

const learnersFreshMs = 30_000;

/** Reads the resources whose own filter shows what changes soon. False when somebody else polls by now. */
export async function pollEveryTurn(turn: RecentTurn): Promise<boolean> {
  const { effects, memory } = turn;
  memory.pageCount = 0;
  for (const plan of effects.plans.filter(({ recent }) => recent === 'every-turn')) {
    const lastRead = memory.lastReadAtMs.get(plan.resource.name) ?? new Map<string, number>();
    memory.lastReadAtMs.set(plan.resource.name, lastRead);
    const sinceMs = effects.nowMs() - (lastRead.get('') ?? Number.NEGATIVE_INFINITY);
    if (sinceMs < (plan.recentEveryMs ?? 0)) continue;
    lastRead.set('', effects.nowMs());
    if (!(await pollPages(turn, plan, null))) return false;
  }
  return true;
}

/** Reads learner by learner, the most expected change first. */
export async function pollLearners(turn: RecentTurn, count: number): Promise<boolean> {
  const { effects, memory } = turn;
  if (effects.nowMs() - memory.learnersReadAtMs > learnersFreshMs) {
    memory.learners = await effects.readLearners();
    memory.learnersReadAtMs = effects.nowMs();
  }
  for (const plan of effects.plans.filter(({ recent }) => recent === 'by-learner')) {
    const lastRead = memory.lastReadAtMs.get(plan.resource.name) ?? new Map<string, number>();
    memory.lastReadAtMs.set(plan.resource.name, lastRead);
    const learners = memory.learners.map((learner) => withActivity(learner, memory));
    for (const learner of toPollOrder(learners, lastRead, effects.nowMs(), count)) {
      if (!(await pollPages(turn, plan, learner))) return false;
      lastRead.set(learner.vendorId, effects.nowMs());
    }
  }
  return true;
}

async function pollPages(
  { effects, lease, memory, signal }: RecentTurn,
  { resource }: PollPlan,
  learner: PollLearner | null,
): Promise<boolean> {
  let cursor: string | null = null;
  do {
    const learnerVendorId = learner?.vendorId ?? null;
    const request = { resource, cursor, learnerVendorId, extent: 'recent', cause: 'poll' } as const;
    const page = await readSteadily(effects, request, signal);
    if (page === null) return true;
    if (learner === null) memory.pageCount += 1;
    const taken = await takePage(effects, {
      entity: resource.entity,
      observations: page.observations,
      epoch: lease.epoch,
      publishAllOf: null,
      progress: null,
    });
    if (taken.kind === 'fenced') return false;
    for (const { learnerVendorId: owner, observedAtMs } of taken.published)
      if (owner !== null) memory.changedAtMs.set(owner, observedAtMs);
    cursor = page.next;
  } while (cursor !== null && !signal.aborted);
  return true;
}

function withActivity(learner: PollLearner, { changedAtMs }: PollMemory): PollLearner {
  const changed = changedAtMs.get(learner.vendorId);
  if (changed === undefined || changed <= (learner.lastActivityAtMs ?? 0)) return learner;
  return { ...learner, lastActivityAtMs: changed };
}
