import type { Lease, PassScope, PollPage, PollPlan } from '../domain/polling.ts';
import type { Run } from '../domain/run.ts';
import { type DailyTime, isDailyRunDue, type PollLearner, toPollOrder } from '../domain/schedule.ts';
import { type PassEnd, runFullPass } from './full-pass.ts';
import { readLinked } from './learners.ts';
import { type PollPorts, readAhead, takePage } from './page.ts';
import { createSteadyReader, type SteadyReader } from './read-steadily.ts';

export type PollSettings = {
  readonly dailyTime: DailyTime;
  /** `off`: full passes alone. */
  readonly polling: 'spare' | 'off';
  readonly leaseMs: number;
  /** Shortest time between two turns. */
  readonly turnMs: number;
  /** Learners read one by one between two looks at what changes often; as many more as those looks take pages. */
  readonly learnersPerTurn: number;
};

export const defaultPollSettings: Omit<PollSettings, 'dailyTime'> = {
  polling: 'spare',
  leaseMs: 15_000,
  turnMs: 1_000,
  learnersPerTurn: 10,
};

/**
 * Polls one vendor until the signal aborts: full passes when due or asked for, spare-budget polling in between.
 *
 * One process at a time holds the lease; the others stand by and take over when it ends.
 */
export async function runPoll(ports: PollPorts, settings: PollSettings, signal: AbortSignal): Promise<void> {
  const startedAtMs = ports.clock.nowMs();
  while (!signal.aborted) {
    const lease = await ports.passes.acquireLease();
    if (lease === null) {
      await ports.clock.sleep(settings.leaseMs / 3, signal);
      continue;
    }
    await withLease(ports, lease, settings.leaseMs, signal, async (held) => {
      await pollWhileHeld(ports, settings, lease, startedAtMs, held);
    });
  }
}

async function pollWhileHeld(
  ports: PollPorts,
  settings: PollSettings,
  lease: Lease,
  startedAtMs: number,
  signal: AbortSignal,
): Promise<void> {
  const reader = createSteadyReader(ports);
  const turn: RecentTurn = { ports, lease, memory: createPollMemory(), reader, signal };
  while (!signal.aborted) {
    const beganAtMs = ports.clock.nowMs();
    const isHeld = await runTurn(turn, settings, startedAtMs);
    if (!isHeld) return;
    const leftMs = settings.turnMs - (ports.clock.nowMs() - beganAtMs);
    if (leftMs > 0) await ports.clock.sleep(leftMs, signal);
  }
}

/**
 * False when another process polls by now.
 *
 * One run of the vendor is in work at a time. A full pass waits while a run looks at learners one by one, and goes before one
 * that has not begun.
 */
async function runTurn(turn: RecentTurn, settings: PollSettings, startedAtMs: number): Promise<boolean> {
  const { ports } = turn;
  if (!(await ports.runs.isInWork())) {
    const command = await ports.commands.take();
    if (command !== null) {
      const end = await pass(turn, settings, 'daily');
      await ports.commands.conclude(command, end === 'paused' ? 'stopped' : end);
      return end !== 'fenced';
    }
    const due = (await findDue(ports, settings, startedAtMs)) ?? (await ports.runs.wantedPass());
    const end = due === null ? 'paused' : await pass(turn, settings, due);
    if (end !== 'paused') return end !== 'fenced';
  }
  await ports.runs.work(interludeOf(turn, settings), turn.signal);
  if (settings.polling === 'off') return true;
  if (!(await pollEveryTurn(turn))) return false;
  if (!(await pollLearners(turn, Math.max(settings.learnersPerTurn, turn.memory.pageCount)))) return false;
  await ports.spare?.turn(turn.signal);
  return true;
}

/** What changes often is looked at also while a pass or a run is in work. */
function interludeOf(turn: RecentTurn, { polling }: Pick<PollSettings, 'polling'>) {
  return async (): Promise<{ readonly pageCount: number }> => {
    if (polling === 'off') return { pageCount: 0 };
    await pollEveryTurn(turn);
    return { pageCount: turn.memory.pageCount };
  };
}

/** A pass that was broken off goes on; else a synchronisation of all learners (OF-9) goes before the daily run. */
async function findDue(
  { passes, store, vendor, clock }: PollPorts,
  { dailyTime: time }: PollSettings,
  startedAtMs: number,
): Promise<PassScope | null> {
  const { open, lastCompleted, scope = 'daily' } = await passes.readRuns();
  if (open !== null) return scope;
  if ((await store.vendors.readState(vendor.name)).syncDueAtMs !== null) return 'all';
  const isDue = isDailyRunDue({ time, nowMs: clock.nowMs(), startedAtMs, lastPassAtMs: lastCompleted });
  return isDue ? 'daily' : null;
}

/** `paused`: a person keeps it from going on. */
async function pass(turn: RecentTurn, settings: PollSettings, scope: PassScope): Promise<PassEnd | 'paused'> {
  const { ports, lease, reader, signal } = turn;
  const interlude = interludeOf(turn, settings);
  // Read before: what is wanted while the pass runs is not done by it.
  const { store, vendor, commands, runs, clock } = ports;
  const dueAtMs = (await store.vendors.readState(vendor.name)).syncDueAtMs;
  const isResumed = (await ports.passes.readRuns()).open !== null;
  const run = await runs.beginPass(scope, clock.nowMs());
  if (run === null) return 'paused';
  const end = await whileOn(turn, run, (held) =>
    runFullPass(ports, lease, { scope, interlude, reader }, held),
  );
  if (typeof end === 'string') return end === 'stopped' && !signal.aborted ? 'paused' : end;
  await runs.endPass(run, end, signal);
  if (end.scope !== 'all' || dueAtMs === null) return end;
  if (isResumed && dueAtMs > end.run) return end;
  await store.vendors.clearSyncDue(vendor.name, dueAtMs);
  // The approval was for this run: what is unmatched from now on waits for a person.
  await store.vendors.noteConfirmed(vendor.name, { plan: null });
  await commands.concludeInitial(end);
  return end;
}

const lookAtRunMs = 2_000;

/** Lends a signal that aborts when a person pauses the run. */
async function whileOn<R>(
  { ports: { runs, clock }, signal }: RecentTurn,
  run: Run,
  use: (held: AbortSignal) => Promise<R>,
): Promise<R> {
  const left = new AbortController();
  const over = new AbortController();
  const watch = async (): Promise<void> => {
    const end = AbortSignal.any([signal, over.signal]);
    while (!end.aborted) {
      await clock.sleep(lookAtRunMs, end);
      if (!end.aborted && !(await runs.isOn(run))) left.abort(new Error('the run was paused'));
    }
  };
  const watching = watch();
  watching.catch(() => {});
  try {
    return await use(AbortSignal.any([signal, left.signal]));
  } finally {
    over.abort();
    await watching;
  }
}

/**
 * Lends a signal that aborts when the lease is lost, and keeps the lease meanwhile.
 *
 * A lost lease is no fault: the process that has it now goes on, and the epoch keeps our late writes from counting.
 */
export async function withLease(
  { passes, clock }: Pick<PollPorts, 'passes' | 'clock'>,
  lease: Lease,
  leaseMs: number,
  signal: AbortSignal,
  use: (held: AbortSignal) => Promise<void>,
): Promise<void> {
  const lost = new AbortController();
  const held = AbortSignal.any([signal, lost.signal]);
  const keep = async (): Promise<void> => {
    while (!held.aborted) {
      await clock.sleep(leaseMs / 3, held);
      if (!held.aborted && !(await passes.renewLease(lease))) lost.abort();
    }
  };
  // A renewal that fails ends the holding and is thrown; one that the end itself broke off is not.
  const keeping = keep().catch((fault: unknown) => {
    if (held.aborted) return;
    lost.abort();
    throw fault;
  });
  keeping.catch(() => {});
  try {
    await use(held);
  } finally {
    lost.abort();
    await keeping.finally(() => passes.releaseLease(lease).catch(() => {}));
  }
}

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

type RecentTurn = {
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
async function pollLearners(turn: RecentTurn, count: number): Promise<boolean> {
  const { ports, memory } = turn;
  const plans = ports.vendor.polling.plans.filter(({ recent }) => recent === 'by-learner');
  if (plans.length === 0) return true;
  const beganAtMs = ports.clock.nowMs();
  if (beganAtMs >= memory.learnersDueAtMs) {
    memory.learners = await readLinked(ports);
    const nowMs = ports.clock.nowMs();
    memory.learnersDueAtMs = nowMs + Math.max(learnersFreshMs, (nowMs - beganAtMs) / learnersReadShare);
  }
  for (const plan of plans) {
    const lastRead = memory.lastReadAtMs.get(plan.resource.name) ?? new Map<string, number>();
    memory.lastReadAtMs.set(plan.resource.name, lastRead);
    const learners = memory.learners.map((learner) => withActivity(learner, memory));
    const order = toPollOrder(learners, lastRead, ports.clock.nowMs(), count);
    const read = (learner: PollLearner) => readRecent(turn, plan, { learner, cursor: null });
    // A person who asks for a run does not wait for the rest of the turn.
    let isWaited = false;
    const untilWaited = function* (): Generator<PollLearner> {
      for (const learner of order) if (!isWaited) yield learner;
    };
    for await (const [learner, first] of readAhead(untilWaited(), learnersReadAhead, read)) {
      if (!(await takePages(turn, plan, { learner, first }))) return false;
      lastRead.set(learner.vendorId, ports.clock.nowMs());
      isWaited ||= await ports.runs.isWaited();
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
