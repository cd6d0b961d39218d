import type { Observation } from '../core/observation.ts';
import type { PollResource } from '../core/poll.ts';
import { decideDeletions, type PollLearner } from '../core/poll-schedule.ts';
import type { Lease, PassProgress, PassSummary, PollEffects } from './poll-effects.ts';
import { readSteadily } from './read-steadily.ts';
import { takePage } from './take-page.ts';

export type PassEnd = PassSummary | 'fenced' | 'stopped';

type Pass = {
  readonly effects: PollEffects;
  readonly lease: Lease;
  readonly run: number;
  readonly learners: readonly PollLearner[];
  readonly linked: ReadonlySet<string>;
  readonly signal: AbortSignal;
  /** Called between learners, so that what changes often stays fresh during a long pass. */
  readonly interlude: () => Promise<void>;
  readonly counts: { records: number; published: number; deleted: number; gaps: number };
};

const learnersBetweenInterludes = 25;
const submittedAtOnce = 16;

/**
 * Reads everything the vendor has, publishes every record of a linked learner, and hands each learner to outbound.
 *
 * Killed anywhere it goes on where it stood. What is read by then is not read again in the same run.
 */
export async function runFullPass(
  effects: PollEffects,
  lease: Lease,
  interlude: () => Promise<void>,
  signal: AbortSignal,
): Promise<PassEnd> {
  const { store } = effects;
  const { open, lastCompleted } = await store.readRuns();
  // Later than the last one even when the clock went back: progress is told apart by it.
  const run = open ?? Math.max(effects.nowMs(), (lastCompleted ?? 0) + 1);
  if (open === null && (await store.recordRun(run, 'begun', lease.epoch)) === 'fenced') return 'fenced';
  const learners = [...(await effects.readLearners())].sort((a, b) => (a.vendorId < b.vendorId ? -1 : 1));
  const linked = new Set(learners.map(({ vendorId }) => vendorId));
  const counts = { records: 0, published: 0, deleted: 0, gaps: 0 };
  const pass: Pass = { effects, lease, run, learners, linked, signal, interlude, counts };
  for (const { resource } of effects.plans) {
    const end = await passResource(pass, resource);
    if (end !== 'complete') return end;
  }
  await submitLearners(pass);
  if (signal.aborted) return 'stopped';
  if ((await store.recordRun(run, 'completed', lease.epoch)) === 'fenced') return 'fenced';
  return {
    run,
    learnerCount: learners.length,
    recordCount: counts.records,
    publishedCount: counts.published,
    deletedCount: counts.deleted,
    gapCount: counts.gaps,
  };
}

type Step = 'complete' | 'fenced' | 'stopped';

async function passResource(pass: Pass, resource: PollResource): Promise<Step> {
  const { store } = pass.effects;
  const known = await store.readProgress(resource.name);
  let progress: PassProgress;
  if (known !== null && known.run === pass.run) {
    if (known.isComplete) return 'complete';
    progress = known;
  } else {
    const passId = await store.beginPass(resource.entity, pass.lease.epoch);
    progress = { run: pass.run, passId, cursor: null, isComplete: false, hasGaps: false };
  }
  const end =
    resource.scope === 'centre'
      ? await passPages(pass, resource, progress, null)
      : await passLearners(pass, resource, progress);
  if (typeof end === 'string') return end;
  return concludeResource(pass, resource, end.progress);
}

type Passed = { readonly progress: PassProgress } | 'fenced' | 'stopped';

/** All pages of a resource, or of one learner's part of it: then the place is kept when the learner is done. */
async function passPages(
  pass: Pass,
  resource: PollResource,
  begin: PassProgress,
  learner: PollLearner | null,
): Promise<Passed> {
  const { effects, lease, signal } = pass;
  let progress = begin;
  let cursor = learner === null ? begin.cursor : null;
  do {
    const page = await readSteadily(
      effects,
      { resource, cursor, learnerVendorId: learner?.vendorId ?? null, extent: 'full', cause: 'poll' },
      signal,
    );
    if (signal.aborted) return 'stopped';
    if (page === null) pass.counts.gaps += 1;
    cursor = page?.next ?? null;
    const isDone = cursor === null;
    progress = {
      ...progress,
      cursor: learner === null ? cursor : isDone ? learner.vendorId : progress.cursor,
      hasGaps: progress.hasGaps || page === null,
    };
    const observations: readonly Observation[] = page?.observations ?? [];
    const taken = await takePage(effects, {
      entity: resource.entity,
      observations,
      epoch: lease.epoch,
      publishAllOf: pass.linked,
      progress: { resource: resource.name, value: progress },
    });
    if (taken.kind === 'fenced') return 'fenced';
    pass.counts.records += observations.length;
    pass.counts.published += taken.published.length;
  } while (cursor !== null);
  return { progress };
}

async function passLearners(pass: Pass, resource: PollResource, begin: PassProgress): Promise<Passed> {
  let progress = begin;
  let sinceInterlude = 0;
  for (const learner of pass.learners) {
    if (progress.cursor !== null && learner.vendorId <= progress.cursor) continue;
    const passed = await passPages(pass, resource, progress, learner);
    if (typeof passed === 'string') return passed;
    progress = passed.progress;
    sinceInterlude += 1;
    if (sinceInterlude < learnersBetweenInterludes) continue;
    sinceInterlude = 0;
    await pass.interlude();
  }
  return { progress };
}

/** A pass with a gap proves nothing about what it did not show. */
async function concludeResource(pass: Pass, resource: PollResource, progress: PassProgress): Promise<Step> {
  const { effects, lease } = pass;
  if (!progress.hasGaps) {
    if ((await effects.store.completePass(progress.passId, lease.epoch)) === 'fenced') return 'fenced';
    if ((await concludeDeletions(pass, resource)) === 'fenced') return 'fenced';
  }
  const recorded = await effects.store.recordPage({
    epoch: lease.epoch,
    observations: [],
    progress: { resource: resource.name, value: { ...progress, isComplete: true } },
  });
  return recorded === 'fenced' ? 'fenced' : 'complete';
}

async function concludeDeletions({ effects, lease, counts }: Pass, { entity }: PollResource): Promise<Step> {
  const { missing, totalCount } = await effects.store.readMissing(entity);
  const decision = decideDeletions(missing.length, totalCount);
  if (decision.kind === 'none') return 'complete';
  if (decision.kind === 'hold') {
    await effects.holdDeletions(entity, decision.missingCount, decision.limit);
    return 'complete';
  }
  const observedAtMs = effects.nowMs();
  await effects.publish(
    missing.map(({ centre, vendorId, learnerVendorId }) => ({
      vendor: effects.vendor,
      centre,
      entity,
      vendorId,
      learnerVendorId,
      observedAtMs,
      cause: 'sweep',
      deleted: true,
      record: null,
    })),
  );
  counts.deleted += missing.length;
  const ids = missing.map(({ vendorId }) => vendorId);
  return (await effects.store.forgetShadows(entity, ids, lease.epoch)) === 'fenced' ? 'fenced' : 'complete';
}

/** A few at once: the budget is the limit, and the first ones' calls need not wait for the last one's read. */
async function submitLearners({ effects, learners, signal }: Pass): Promise<void> {
  const waiting = learners[Symbol.iterator]();
  const submitNext = async (): Promise<void> => {
    for (let next = waiting.next(); !next.done && !signal.aborted; next = waiting.next()) {
      await effects.submitLearner(next.value);
    }
  };
  await Promise.all(Array.from({ length: submittedAtOnce }, submitNext));
}
