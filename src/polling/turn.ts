import type { Lease, PollPage, PollPlan } from '../domain/polling.ts';
import { type PollLearner, toPollOrder } from '../domain/schedule.ts';
import { readLinked } from './learners.ts';
import { type PollPorts, readAhead, takePage } from './page.ts';
import type { SteadyReader } from './read-steadily.ts';

/** What one process remembers of its polling; lost at a restart without harm. */
type PollMemory = {
  learners: readonly PollLearner[];
  learnersDueAtMs: number;
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
    learnersDueAtMs: Number.NEGATIVE_INFINITY,
    pageCount: 0,
    lastReadAtMs: new Map(),
    changedAtMs: new Map(),
  };
}

export type RecentTurn = {
  readonly ports: PollPorts;
  readonly lease: Lease;
  readonly memory: PollMemory;
  readonly reader: SteadyReader;
  readonly signal: AbortSignal;
};

const learnersFreshMs = 30_000;
/** Reading the list of learners may take this share of the time at most. */
const learnersReadShare = 0.02;
const learnersReadAhead = 8;

/** Reads the resources whose own filter shows what changes soon. False when another process polls by now. */
export async function pollEveryTurn(turn: RecentTurn): Promise<boolean> {
  const { ports, memory } = turn;
  memory.pageCount = 0;
  for (const plan of ports.vendor.polling.plans.filter(({ recent }) => recent === 'every-turn')) {
    const lastRead = memory.lastReadAtMs.get(plan.resource.name) ?? new Map<string, number>();
    memory.lastReadAtMs.set(plan.resource.name, lastRead);
    const sinceMs = ports.clock.nowMs() - (lastRead.get('') ?? Number.NEGATIVE_INFINITY);
    if (sinceMs < (plan.recentEveryMs ?? 0)) continue;
    lastRead.set('', ports.clock.nowMs());
    if (!(await pollList(turn, plan))) return false;
  }
  return true;
}

/** Reads learner by learner, the most expected change first. */
export async function pollLearners(turn: RecentTurn, count: number): Promise<boolean> {
  const { ports, memory } = turn;
  const beganAtMs = ports.clock.nowMs();
  if (beganAtMs >= memory.learnersDueAtMs) {
    memory.learners = await readLinked(ports);
    const nowMs = ports.clock.nowMs();
    memory.learnersDueAtMs = nowMs + Math.max(learnersFreshMs, (nowMs - beganAtMs) / learnersReadShare);
  }
  for (const plan of ports.vendor.polling.plans.filter(({ recent }) => recent === 'by-learner')) {
    const lastRead = memory.lastReadAtMs.get(plan.resource.name) ?? new Map<string, number>();
    memory.lastReadAtMs.set(plan.resource.name, lastRead);
    const learners = memory.learners.map((learner) => withActivity(learner, memory));
    const order = toPollOrder(learners, lastRead, ports.clock.nowMs(), count);
    const read = (learner: PollLearner) => readRecent(turn, plan, { learner, cursor: null });
    for await (const [learner, first] of readAhead(order, learnersReadAhead, read)) {
      if (!(await takePages(turn, plan, { learner, first }))) return false;
      lastRead.set(learner.vendorId, ports.clock.nowMs());
    }
  }
  return true;
}

async function pollList(turn: RecentTurn, plan: PollPlan): Promise<boolean> {
  const first = await readRecent(turn, plan, { learner: null, cursor: null });
  return takePages(turn, plan, { learner: null, first });
}

async function takePages(
  turn: RecentTurn,
  plan: PollPlan,
  { learner, first }: { readonly learner: PollLearner | null; readonly first: PollPage | null },
): Promise<boolean> {
  const { ports, lease, memory, signal } = turn;
  for (let page = first; page !== null; ) {
    const taken = await takePage(ports, {
      entity: plan.resource.entity,
      observations: page.observations,
      epoch: lease.epoch,
      publishAllOf: null,
      progress: null,
      isOfLinked: plan.resource.scope === 'learner',
    });
    if (taken.kind === 'fenced') return false;
    for (const { learnerVendorId: owner, observedAtMs } of taken.published)
      if (owner !== null) memory.changedAtMs.set(owner, observedAtMs);
    const cursor = page.next;
    if (cursor === null || signal.aborted) return true;
    page = await readRecent(turn, plan, { learner, cursor });
  }
  return true;
}

async function readRecent(
  { memory, reader, signal }: RecentTurn,
  { resource }: PollPlan,
  { learner, cursor }: { readonly learner: PollLearner | null; readonly cursor: string | null },
): Promise<PollPage | null> {
  const learnerVendorId = learner?.vendorId ?? null;
  const request = { resource, cursor, learnerVendorId, extent: 'recent', cause: 'poll' } as const;
  const page = await reader.read(request, signal);
  if (learner === null && page !== null) memory.pageCount += 1;
  return page;
}

function withActivity(learner: PollLearner, { changedAtMs }: PollMemory): PollLearner {
  const changed = changedAtMs.get(learner.vendorId);
  if (changed === undefined || changed <= (learner.lastActivityAtMs ?? 0)) return learner;
  return { ...learner, lastActivityAtMs: changed };
}
