import { type Pass, readPeople } from './pass.ts';
import { createPassMeter } from './pass-meter.ts';
import { passResource } from './pass-resource.ts';
import type { Lease, PassScope, PassSummary, PollEffects } from './poll-effects.ts';

export type PassEnd = PassSummary | 'fenced' | 'stopped';

export type PassOptions = {
  /** Of a new pass; one that was broken off keeps its own. */
  readonly scope: PassScope;
  readonly interlude: Pass['interlude'];
};

const submittedAtOnce = 16;

/**
 * Reads everything the vendor has, publishes every record of a linked learner, and hands each learner to outbound.
 *
 * Killed anywhere it goes on where it stood. What is read by then is not read again in the same run.
 */
export async function runFullPass(
  effects: PollEffects,
  lease: Lease,
  options: PassOptions,
  signal: AbortSignal,
): Promise<PassEnd> {
  const { store } = effects;
  const begun = await beginRun(effects, lease, options.scope);
  if (begun === 'fenced') return 'fenced';
  const { run, scope } = begun;
  const people = await readPeople(effects, scope);
  const claimedCount = (await readClaimed(effects, scope)).length;
  const learnerCount = people.asked.length + claimedCount;
  const forecast = await effects.readForecast(learnerCount);
  const meter = createPassMeter({ ...effects, run, learnerCount, forecast });
  const counts = { records: 0, published: 0, deleted: 0, gaps: 0, linked: 0 };
  const { interlude } = options;
  const pass: Pass = { effects, lease, run, scope, signal, interlude, people, meter, counts };
  for (const { resource } of effects.plans) {
    const end = await passResource(pass, resource);
    if (end !== 'complete') return end;
  }
  await effects.submitOwners?.();
  await submitLearners(pass);
  if (signal.aborted) return 'stopped';
  if ((await store.recordRun(run, { kind: 'completed' }, lease.epoch)) === 'fenced') return 'fenced';
  return toSummary(pass);
}

async function beginRun(
  { store, nowMs }: PollEffects,
  { epoch }: Lease,
  wanted: PassScope,
): Promise<{ readonly run: number; readonly scope: PassScope } | 'fenced'> {
  const { open, lastCompleted, scope = 'daily' } = await store.readRuns();
  if (open !== null) return { run: open, scope };
  // Later than the last one even when the clock went back: progress is told apart by it.
  const run = Math.max(nowMs(), (lastCompleted ?? 0) + 1);
  const recorded = await store.recordRun(run, { kind: 'begun', scope: wanted }, epoch);
  return recorded === 'fenced' ? 'fenced' : { run, scope: wanted };
}

async function readClaimed(effects: PollEffects, scope: PassScope) {
  const claimed = await effects.readClaimed();
  return scope === 'daily' ? effects.selectDaily(claimed) : claimed;
}

/**
 * A few at once: the budget is the limit, and the first ones' calls need not wait for the last one's read.
 *
 * Whoever has no link yet although PICS names an id is asked for by itself: it may be new, or another's, or nobody's.
 */
async function submitLearners({ effects, scope, people, signal }: Pass): Promise<void> {
  const claimed = await readClaimed(effects, scope);
  const all = [
    ...people.asked.map((learner) => ({ learner, isRead: true })),
    ...claimed.map((learner) => ({ learner, isRead: false })),
  ];
  const waiting = all[Symbol.iterator]();
  const submitNext = async (): Promise<void> => {
    for (let next = waiting.next(); !next.done && !signal.aborted; next = waiting.next()) {
      await effects.submitLearner(next.value.learner, next.value.isRead);
    }
  };
  await Promise.all(Array.from({ length: submittedAtOnce }, submitNext));
}

function toSummary({ run, scope, people, counts, meter }: Pass): PassSummary {
  return {
    run,
    scope,
    learnerCount: people.asked.length,
    linkedCount: counts.linked,
    callCount: meter.calls(),
    recordCount: counts.records,
    publishedCount: counts.published,
    deletedCount: counts.deleted,
    gapCount: counts.gaps,
  };
}
