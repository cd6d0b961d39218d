import { mostSkewMs, type Observation } from '../domain/observation.ts';
import {
  interludeShare,
  type Lease,
  type PassProgress,
  type PassScope,
  type PassSummary,
  type PollPage,
  type PollResource,
  type ResourceRead,
} from '../domain/polling.ts';
import type { PollLearner } from '../domain/schedule.ts';
import {
  linkSeenLearners,
  linkSeenOwners,
  readClaimedLearners,
  readLinked,
  submitLearner,
  submitOthers,
} from './learners.ts';
import { type PollPorts, publish, readAhead, takePage } from './page.ts';
import {
  concludeDeletions,
  countUnread,
  createPassMeter,
  type PassMeter,
  recordUnread,
} from './pass-report.ts';
import type { SteadyReader } from './read-steadily.ts';

export type PassEnd = PassSummary | 'fenced' | 'stopped';

type PassOptions = {
  /** Of a new pass; one that was broken off keeps its own. */
  readonly scope: PassScope;
  readonly interlude: Pass['interlude'];
  readonly reader: SteadyReader;
};

const submittedAtOnce = 16;

/**
 * Reads everything the vendor has, publishes every record of a linked learner, and hands each learner to outbound.
 *
 * Killed anywhere it goes on where it stood. What is read by then is not read again in the same run. A learner whose
 * records cannot be read, while others' can, is left out of this run and named in its result (G-9).
 */
export async function runFullPass(
  ports: PollPorts,
  lease: Lease,
  options: PassOptions,
  signal: AbortSignal,
): Promise<PassEnd> {
  const { passes, vendor } = ports;
  const begun = await beginRun(ports, lease, options.scope);
  if (begun === 'fenced') return 'fenced';
  const { run, scope } = begun;
  const people = await readPeople(ports, scope);
  const claimedCount = (await readClaimed(ports, scope)).length;
  const claimedIds = new Set((await readClaimedLearners(ports)).map(({ vendorId }) => vendorId));
  const learnerCount = people.asked.length + claimedCount;
  const forecast = await vendor.polling.forecast(learnerCount);
  ports.meter.forecast(vendor.name, forecast);
  const meter = createPassMeter(ports, { run, learnerCount, forecast });
  const counts = { records: 0, published: 0, deleted: 0, gaps: 0, linked: 0 };
  const { interlude, reader } = options;
  const pass: Pass = {
    ports,
    lease,
    run,
    scope,
    signal,
    interlude,
    reader,
    people,
    claimedIds,
    meter,
    counts,
    unread: new Set(),
    partlyKept: new Set(),
  };
  for (const { resource } of ports.vendor.polling.plans) {
    const end = await passResource(pass, resource);
    if (end !== 'complete') return end;
  }
  await submitOthers(ports);
  await submitLearners(pass);
  if (signal.aborted) return 'stopped';
  const inRow = countUnread((await passes.readRuns()).unread ?? {}, pass);
  await recordUnread(ports, inRow);
  const completed = { kind: 'completed', unread: inRow } as const;
  if ((await passes.recordRun(run, completed, lease.epoch)) === 'fenced') return 'fenced';
  return toSummary(pass);
}

async function beginRun(
  { passes, clock }: PollPorts,
  { epoch }: Lease,
  wanted: PassScope,
): Promise<{ readonly run: number; readonly scope: PassScope } | 'fenced'> {
  const { open, lastCompleted, scope = 'daily' } = await passes.readRuns();
  if (open !== null) return { run: open, scope };
  // Later than the last one even when the clock went back a little: progress is distinguished by it. One that was stamped
  // by a clock far ahead is left behind.
  const nowMs = clock.nowMs();
  const isAhead = lastCompleted !== null && lastCompleted > nowMs + mostSkewMs;
  const run = isAhead ? nowMs : Math.max(nowMs, (lastCompleted ?? 0) + 1);
  const recorded = await passes.recordRun(run, { kind: 'begun', scope: wanted }, epoch);
  return recorded === 'fenced' ? 'fenced' : { run, scope: wanted };
}

async function readClaimed(ports: PollPorts, scope: PassScope) {
  const claimed = await readClaimedLearners(ports);
  return scope === 'daily' ? ports.vendor.polling.selectDaily(claimed) : claimed;
}

/**
 * A few at once: the budget is the limit, and the first ones' calls need not wait for the last one's read.
 *
 * A learner without a link whose id PICS shows is asked for by itself: the id may be new, another learner's, or unknown.
 */
async function submitLearners(pass: Pass): Promise<void> {
  const { ports, scope, people, signal, unread } = pass;
  const claimed = await readClaimed(ports, scope);
  const leftOut = new Set([...unread].map((one) => one.split(' ')[1]));
  const all = [
    ...people.asked
      .filter(({ ident }) => !leftOut.has(ident))
      .map((learner) => ({ learner, isRead: !pass.partlyKept.has(learner.vendorId) })),
    ...claimed.map((learner) => ({ learner, isRead: false })),
  ];
  const waiting = all[Symbol.iterator]();
  const submitNext = async (): Promise<void> => {
    for (let next = waiting.next(); !next.done && !signal.aborted; next = waiting.next()) {
      await submitLearner(ports, next.value.learner, next.value.isRead);
    }
  };
  await Promise.all(Array.from({ length: submittedAtOnce }, submitNext));
}

function toSummary({ run, scope, people, counts, meter, unread }: Pass): PassSummary {
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
    unread: [...unread].sort(),
  };
}

/** A full pass in work: what its parts share. */
type Pass = {
  readonly ports: PollPorts;
  readonly lease: Lease;
  readonly run: number;
  readonly scope: PassScope;
  readonly signal: AbortSignal;
  /** Called between learners, so that what changes often stays fresh during a long pass; returns what it cost. */
  readonly interlude: () => Promise<{ readonly pageCount: number }>;
  readonly reader: SteadyReader;
  /** Changes once, when learners of this pass get their links. */
  people: People;
  readonly meter: PassMeter;
  readonly counts: { records: number; published: number; deleted: number; gaps: number; linked: number };
  /** Vendor ids that PICS names although they are not linked. */
  readonly claimedIds: ReadonlySet<string>;
  /** Who got a link in this pass when only what finds a match was kept of them: a look reads them whole. */
  readonly partlyKept: Set<string>;
  /** What could not be read, as `PassSummary` names it. */
  readonly unread: Set<string>;
};

/** How a part of the pass ended. */
type PassStep = 'complete' | 'fenced' | 'stopped';

type People = {
  /** All learners with a link, in the order in which the pass reads them. */
  readonly linked: readonly PollLearner[];
  /** Those of them that this pass is for. */
  readonly asked: readonly PollLearner[];
  readonly askedIds: ReadonlySet<string>;
  /** The others: for them this pass is as if they were not there (OF-40). */
  readonly unaskedIds: ReadonlySet<string>;
};

async function readPeople(ports: PollPorts, scope: PassScope): Promise<People> {
  const linked = [...(await readLinked(ports))].sort((a, b) => (a.vendorId < b.vendorId ? -1 : 1));
  const asked = scope === 'daily' ? await ports.vendor.polling.selectDaily(linked) : linked;
  const askedIds = new Set(asked.map(({ vendorId }) => vendorId));
  const unasked = linked.map(({ vendorId }) => vendorId).filter((id) => !askedIds.has(id));
  return { linked, asked, askedIds, unaskedIds: new Set(unasked) };
}

const leastLearnersBetweenInterludes = 25;
const learnersReadAhead = 8;

/** Reads one resource whole, from where a pass that was broken off stood. */
async function passResource(pass: Pass, resource: PollResource): Promise<PassStep> {
  const { passes } = pass.ports;
  const known = await passes.readProgress(resource.name);
  let progress: PassProgress;
  if (known !== null && known.run === pass.run) {
    for (const name of known.unread ?? []) pass.unread.add(unreadName(resource, name));
    if (known.isComplete) return 'complete';
    progress = inForm(pass, known, known);
  } else {
    const passId = await passes.beginPass(resource.entity, pass.lease.epoch);
    progress = { run: pass.run, passId, cursor: null, isComplete: false, hasGaps: false };
    progress = inForm(pass, progress, known);
  }
  const end =
    progress.isRead === true
      ? { progress }
      : resource.scope === 'centre'
        ? await passPages(pass, resource, progress)
        : await passLearners(pass, resource, progress);
  if (typeof end === 'string') return end;
  return concludeResource(pass, resource, end.progress);
}

/** D-21: a reading in another form than the one before it, or in two forms, is compared with none. */
function inForm({ ports }: Pass, progress: PassProgress, before: PassProgress | null): PassProgress {
  const { form } = ports.vendor.polling;
  if (before === null || before.form === form) return form === undefined ? progress : { ...progress, form };
  const { form: _, ...rest } = progress;
  return { ...rest, ...(form !== undefined && { form }), isOtherForm: true };
}

type Passed = { readonly progress: PassProgress } | 'fenced' | 'stopped';

/** All pages of a list. */
async function passPages(pass: Pass, resource: PollResource, begin: PassProgress): Promise<Passed> {
  let progress = begin;
  do {
    const page = await readPage(pass, resource, { cursor: progress.cursor, learner: null });
    if (pass.signal.aborted) return 'stopped';
    progress = { ...progress, cursor: page?.next ?? null, hasGaps: progress.hasGaps || isGap(page) };
    if (isGap(page)) progress = leftOut(pass, resource, progress, null);
    // Of learners that are linked afterwards what went by is published once more: then the list is read again.
    if (progress.cursor === null && resource.entity !== 'learner') progress = { ...progress, isRead: true };
    if ((await keepPage(pass, resource, { page, progress })) === 'fenced') return 'fenced';
  } while (progress.cursor !== null);
  return { progress };
}

/** Each learner's part of a resource. The place is kept when a learner is done. */
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
    progress = { ...progress, cursor };
    if (isGap(page)) progress = leftOut(pass, resource, progress, learner.ident);
    if ((await keepPage(pass, resource, { page, progress })) === 'fenced') return 'fenced';
    if (next === null) return { progress };
    page = await readPage(pass, resource, { cursor: next, learner });
  }
}

/** Remembers what could not be read, in this process and with the place. */
function leftOut(
  pass: Pass,
  resource: PollResource,
  progress: PassProgress,
  ident: string | null,
): PassProgress {
  pass.unread.add(unreadName(resource, ident ?? ''));
  return { ...progress, unread: [...new Set([...(progress.unread ?? []), ident ?? ''])] };
}

function unreadName({ name }: PollResource, ident: string): string {
  return `${name} ${ident}`.trim();
}

/** Null: refused or left out, or stopped. */
async function readPage(
  { signal, meter, reader }: Pass,
  resource: PollResource,
  { cursor, learner }: { readonly cursor: string | null; readonly learner: PollLearner | null },
): Promise<PollPage | null> {
  const learnerVendorId = learner?.vendorId ?? null;
  const request = { resource, cursor, learnerVendorId, extent: 'full', cause: 'poll' } as const;
  const page = await reader.read(request, signal);
  meter.counted();
  return page;
}

/** Whether something may be there that the page does not show. */
function isGap(page: PollPage | null): boolean {
  return page === null || page.isPartial === true;
}

async function keepPage(
  { ports, lease, counts, people, claimedIds }: Pass,
  resource: PollResource,
  { page, progress }: { readonly page: PollPage | null; readonly progress: PassProgress },
): Promise<'taken' | 'fenced'> {
  if (isGap(page)) counts.gaps += 1;
  const observations = (page?.observations ?? []).filter((one) => isAsked(one, people));
  const taken = await takePage(ports, {
    entity: resource.entity,
    observations,
    epoch: lease.epoch,
    publishAllOf: people.askedIds,
    publishesAll: ports.vendor.polling.publishesAll(resource.entity),
    progress: { resource: resource.name, value: progress },
    claimedIds,
    isOfLinked: resource.scope === 'learner',
  });
  if (taken.kind === 'fenced') return 'fenced';
  counts.records += observations.length;
  counts.published += taken.published.length;
  return 'taken';
}

/**
 * OF-40: a learner that is not of this run is left as it was, changes included; looks between the runs show those.
 *
 * The list of learners is kept whole: that an id or a ULN is there once is known only from all of them.
 */
function isAsked({ entity, learnerVendorId }: Observation, { unaskedIds }: Pass['people']): boolean {
  return entity === 'learner' || learnerVendorId === null || !unaskedIds.has(learnerVendorId);
}

/**
 * What follows when a resource has been read to its end. Killed in between, all of it is done again.
 *
 * A reading with a gap, or in another form than the last one, proves nothing about what it did not show.
 */
async function concludeResource(
  pass: Pass,
  resource: PollResource,
  progress: PassProgress,
): Promise<PassStep> {
  const { ports, lease, run } = pass;
  const { passId, hasGaps, isOtherForm = false } = progress;
  const read: ResourceRead = { run, passId, isWhole: !hasGaps };
  if (resource.entity === 'learner') await linkReadLearners(pass, read);
  else {
    await linkSeenOwners(ports, resource.entity, read);
    await ports.vendor.polling.afterRead(resource.entity, read);
  }
  if (!hasGaps && !isOtherForm) {
    if ((await keepUnasked(pass, resource, passId)) === 'fenced') return 'fenced';
    if ((await ports.passes.completePass(passId, lease.epoch)) === 'fenced') return 'fenced';
    if ((await concludeDeletions(pass, resource.entity)) === 'fenced') return 'fenced';
  }
  const recorded = await ports.passes.recordPage({
    epoch: lease.epoch,
    observations: [],
    progress: { resource: resource.name, value: { ...progress, isComplete: true } },
  });
  return recorded === 'fenced' ? 'fenced' : 'complete';
}

/**
 * G-2: whom PICS only names is linked from what the list showed, before anything else of theirs is read.
 *
 * Their own records went by before it was known to which learner they belong: they are published once more.
 */
async function linkReadLearners(pass: Pass, read: ResourceRead): Promise<void> {
  const { ports, counts } = pass;
  const before = new Set(pass.people.linked.map(({ vendorId }) => vendorId));
  await linkSeenLearners(ports, read);
  await ports.vendor.polling.afterRead('learner', read);
  pass.people = await readPeople(ports, pass.scope);
  const added = pass.people.linked.filter(({ vendorId }) => !before.has(vendorId));
  counts.linked += added.length;
  const isWhole = (id: string): boolean => pass.claimedIds.has(id);
  for (const { vendorId } of added) if (!isWhole(vendorId)) pass.partlyKept.add(vendorId);
  const asked = added
    .map(({ vendorId }) => vendorId)
    .filter((id) => pass.people.askedIds.has(id) && isWhole(id));
  if (asked.length === 0) return;
  const observations = await ports.passes.readObservations('learner', asked);
  await publish(ports, observations);
  counts.published += observations.length;
}

const keptAtOnce = 500;

/**
 * OF-40, G-9: who was left out of this run, or could not be read in it, has not lost what the run did not look at.
 *
 * In portions, so that each statement is short however many there are. Killed in between, all are kept once more.
 */
async function keepUnasked(pass: Pass, resource: PollResource, passId: string): Promise<PassStep> {
  const { asked, unaskedIds } = pass.people;
  const unread = asked.filter(({ ident }) => pass.unread.has(unreadName(resource, ident)));
  const kept = [...unaskedIds, ...unread.map(({ vendorId }) => vendorId)];
  const place = { passId, epoch: pass.lease.epoch };
  for (let at = 0; at < kept.length; at += keptAtOnce) {
    const some = kept.slice(at, at + keptAtOnce);
    if ((await pass.ports.passes.keepUnasked(resource.entity, some, place)) === 'fenced') return 'fenced';
  }
  return 'complete';
}
