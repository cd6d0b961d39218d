import type { Observation } from '../core/observation.ts';
import type { PollResource } from '../core/poll.ts';
import { decideDeletions } from '../core/poll-schedule.ts';
import { type Pass, type PassStep, readPeople } from './pass.ts';
import type { PassProgress, ResourceRead } from './poll-effects.ts';

/**
 * What follows when a resource has been read to its end. Killed in between, all of it is done again.
 *
 * A reading with a gap proves nothing about what it did not show.
 */
export async function concludeResource(
  pass: Pass,
  resource: PollResource,
  progress: PassProgress,
): Promise<PassStep> {
  const { effects, lease, run } = pass;
  const { passId, hasGaps } = progress;
  const read: ResourceRead = { run, passId, isWhole: !hasGaps };
  if (resource.entity === 'standard') await effects.afterStandards(read);
  if (resource.entity === 'learner') await linkSeenLearners(pass, read);
  if (!hasGaps) {
    if ((await keepUnasked(pass, resource, passId)) === 'fenced') return 'fenced';
    if ((await effects.store.completePass(passId, lease.epoch)) === 'fenced') return 'fenced';
    if ((await concludeDeletions(pass, resource)) === 'fenced') return 'fenced';
  }
  const recorded = await effects.store.recordPage({
    epoch: lease.epoch,
    observations: [],
    progress: { resource: resource.name, value: { ...progress, isComplete: true } },
  });
  return recorded === 'fenced' ? 'fenced' : 'complete';
}

/**
 * G-2: whom PICS only names is linked from what the list showed, before anything else of theirs is read.
 *
 * Their own records went by before anybody knew whose they were: they are published once more.
 */
async function linkSeenLearners(pass: Pass, read: ResourceRead): Promise<void> {
  const { effects, counts } = pass;
  const before = new Set(pass.people.linked.map(({ vendorId }) => vendorId));
  await effects.afterLearners(read);
  pass.people = await readPeople(effects, pass.scope);
  const added = pass.people.linked.filter(({ vendorId }) => !before.has(vendorId));
  counts.linked += added.length;
  const asked = added.map(({ vendorId }) => vendorId).filter((id) => pass.people.askedIds.has(id));
  if (asked.length === 0) return;
  const observations = await effects.store.readObservations('learner', asked);
  await effects.publish(observations);
  counts.published += observations.length;
}

/** OF-40: whoever was left out of this run has not lost what nobody looked for. */
async function keepUnasked(pass: Pass, { entity }: PollResource, passId: string): Promise<PassStep> {
  const unasked = [...pass.people.unaskedIds];
  if (unasked.length === 0) return 'complete';
  const { epoch } = pass.lease;
  const kept = await pass.effects.store.keepUnasked(entity, unasked, { passId, epoch });
  return kept === 'fenced' ? 'fenced' : 'complete';
}

async function concludeDeletions(
  { effects, lease, counts }: Pass,
  { entity }: PollResource,
): Promise<PassStep> {
  const { missing, totalCount } = await effects.store.readMissing(entity);
  const decision = decideDeletions(missing.length, totalCount);
  if (decision.kind === 'none') return 'complete';
  if (decision.kind === 'hold') {
    await effects.holdDeletions(entity, decision.missingCount, decision.limit);
    return 'complete';
  }
  const gone = { vendor: effects.vendor, entity, observedAtMs: effects.nowMs(), cause: 'sweep' } as const;
  await effects.publish(
    missing.map((one): Observation => ({ ...gone, ...one, deleted: true, record: null })),
  );
  counts.deleted += missing.length;
  const ids = missing.map(({ vendorId }) => vendorId);
  return (await effects.store.forgetShadows(entity, ids, lease.epoch)) === 'fenced' ? 'fenced' : 'complete';
}
