import type { Observation } from '../core/observation.ts';
import type { PollPage, PollResource } from '../core/poll.ts';
import { interludeShare } from '../core/poll-forecast.ts';
import type { PollLearner } from '../core/poll-schedule.ts';
import type { Pass, PassStep } from './pass.ts';
import { concludeResource } from './pass-conclude.ts';
import type { PassProgress } from './poll-effects.ts';
import { readAhead } from './read-ahead.ts';
import { readSteadily } from './read-steadily.ts';
import { takePage } from './take-page.ts';

const leastLearnersBetweenInterludes = 25;
const learnersReadAhead = 8;

/** Reads one resource whole, from where a pass that was broken off stood. */
export async function passResource(pass: Pass, resource: PollResource): Promise<PassStep> {
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
      ? await passPages(pass, resource, progress)
      : await passLearners(pass, resource, progress);
  if (typeof end === 'string') return end;
  return concludeResource(pass, resource, end.progress);
}

type Passed = { readonly progress: PassProgress } | 'fenced' | 'stopped';

/** All pages of a list. */
async function passPages(pass: Pass, resource: PollResource, begin: PassProgress): Promise<Passed> {
  let progress = begin;
  do {
    const page = await readPage(pass, resource, { cursor: progress.cursor, learner: null });
    if (pass.signal.aborted) return 'stopped';
    progress = { ...progress, cursor: page?.next ?? null, hasGaps: progress.hasGaps || page === null };
    if ((await keepPage(pass, resource, { page, progress })) === 'fenced') return 'fenced';
  } while (progress.cursor !== null);
  return { progress };
}

/** Everybody's part of a resource. The place is kept when a learner is done. */
async function passLearners(pass: Pass, resource: PollResource, begin: PassProgress): Promise<Passed> {
  const { asked } = pass.people;
  const left = asked.filter(({ vendorId }) => begin.cursor === null || vendorId > begin.cursor);
  let progress = begin;
  let untilInterlude = leastLearnersBetweenInterludes;
  let done = asked.length - left.length;
  const read = (learner: PollLearner) => readPage(pass, resource, { cursor: null, learner });
  for await (const [learner, first] of readAhead(left, learnersReadAhead, read)) {
    const passed = await passLearner(pass, resource, { learner, first, progress });
    if (typeof passed === 'string') return passed;
    progress = passed.progress;
    done += 1;
    pass.meter.reached(done);
    untilInterlude -= 1;
    if (untilInterlude > 0) continue;
    const { pageCount } = await pass.interlude();
    untilInterlude = Math.max(leastLearnersBetweenInterludes, Math.ceil(pageCount / interludeShare));
  }
  return { progress };
}

type LearnerPart = {
  readonly learner: PollLearner;
  readonly first: PollPage | null;
  readonly progress: PassProgress;
};

async function passLearner(
  pass: Pass,
  resource: PollResource,
  { learner, first, progress: begin }: LearnerPart,
): Promise<Passed> {
  let [page, progress] = [first, begin];
  for (;;) {
    if (pass.signal.aborted) return 'stopped';
    const next = page?.next ?? null;
    const cursor = next === null ? learner.vendorId : progress.cursor;
    progress = { ...progress, cursor, hasGaps: progress.hasGaps || page === null };
    if ((await keepPage(pass, resource, { page, progress })) === 'fenced') return 'fenced';
    if (next === null) return { progress };
    page = await readPage(pass, resource, { cursor: next, learner });
  }
}

/** Null: refused, or stopped. */
async function readPage(
  { effects, signal, meter }: Pass,
  resource: PollResource,
  { cursor, learner }: { readonly cursor: string | null; readonly learner: PollLearner | null },
): Promise<PollPage | null> {
  const learnerVendorId = learner?.vendorId ?? null;
  const request = { resource, cursor, learnerVendorId, extent: 'full', cause: 'poll' } as const;
  const page = await readSteadily(effects, request, signal);
  meter.counted();
  return page;
}

async function keepPage(
  { effects, lease, counts, people }: Pass,
  resource: PollResource,
  { page, progress }: { readonly page: PollPage | null; readonly progress: PassProgress },
): Promise<'taken' | 'fenced'> {
  if (page === null) counts.gaps += 1;
  const observations = (page?.observations ?? []).filter((one) => isAsked(one, people));
  const taken = await takePage(effects, {
    entity: resource.entity,
    observations,
    epoch: lease.epoch,
    publishAllOf: people.askedIds,
    publishesAll: effects.publishesAll?.(resource.entity) ?? false,
    progress: { resource: resource.name, value: progress },
  });
  if (taken.kind === 'fenced') return 'fenced';
  counts.records += observations.length;
  counts.published += taken.published.length;
  return 'taken';
}

/**
 * OF-40: whoever is not of this run is left as they were, changes included; looks between the runs show those.
 *
 * The list of learners is kept whole: that an id or a ULN is there once is known only from all of them.
 */
function isAsked({ entity, learnerVendorId }: Observation, { unaskedIds }: Pass['people']): boolean {
  return entity === 'learner' || learnerVendorId === null || !unaskedIds.has(learnerVendorId);
}
