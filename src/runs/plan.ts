import type { NewLink } from '../domain/link.ts';
import { fromOwnerLane } from '../domain/owner.ts';
import type { PassForecast } from '../domain/polling.ts';
import type { Store } from '../domain/ports.ts';
import {
  type CompletedTable,
  countLines,
  digestOfPlan,
  type Foreseen,
  isWork,
  type Run,
  type RunFilter,
  type RunItem,
  type RunItemFilter,
  type RunPlan,
} from '../domain/run.ts';
import type { Subject } from '../engine/glance.ts';
import type { OpenVendor } from '../vendors/vendor.ts';
import { type ImaginePorts, imagineLook } from './imagine.ts';

/** The records that a run concerns, before its filter. */
export type Collected = {
  /** Idents of learners and lanes of officers and organisations, sorted. */
  readonly lanes: readonly string[];
  readonly completed: readonly CompletedTable[];
  /** Links that the run would make before anything else, by ident. */
  readonly links: ReadonlyMap<string, NewLink>;
};

export type PlanPorts = ImaginePorts & {
  readonly vendor: Pick<OpenVendor, 'callsPerMinute'>;
  readonly store: Pick<Store, 'runs'>;
  /** Keeps what an audit has found to differ. */
  readonly keepAudited: (items: readonly Item[]) => Promise<void>;
};

/** What goes on around a plan in work. */
type Surroundings = {
  /** The share of the call budget that the run may take, above 0 up to 1. */
  readonly share: number;
  /** Called between portions. False: the run was paused or stopped meanwhile. */
  readonly mayGoOn: () => Promise<boolean>;
  readonly signal: AbortSignal;
};

/** `left`: the run is no longer this process's to plan. */
export type Planned = { readonly kind: 'planned'; readonly plan: RunPlan } | { readonly kind: 'left' };

const lanesAtOnce = 8;
const lanesInPortion = 16;
const itemsInPage = 1_000;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

/**
 * Makes the plan of a run: looks at each record that it concerns, in imagination, and keeps what that look would do.
 *
 * In portions, so that what else is to be done meanwhile is not kept waiting, and memory holds one portion and what would be
 * done. After a kill it goes on with those that were not looked at yet. While the vendor does not answer, it waits.
 */
export async function planRun(
  ports: PlanPorts,
  run: Run,
  collected: Collected,
  surroundings: Surroundings,
): Promise<Planned> {
  const { runs } = ports.store;
  const known = new Map<string, Foreseen>();
  const kept = new Set<string>();
  const summary = createSummary();
  await eachItem(ports, run, {}, ({ ident, planned }) => {
    if (fromOwnerLane(ident) !== null) known.set(ident, planned);
    else summary.add({ ident, planned });
    kept.add(ident);
  });
  const lanes = collected.lanes.filter((lane) => !kept.has(lane));
  const looked = await lookAtAll(
    ports,
    run,
    { ...collected, ...surroundings, lanes, known },
    async (some) => {
      await runs.addItems(run.id, some);
      if (run.order.kind === 'audit') await ports.keepAudited(some);
      for (const one of some) summary.add(one);
    },
  );
  if (looked === null) return { kind: 'left' };
  const { learners, equal, unlinked, reads, items } = summary.read();
  const work = items.filter(({ planned }) => planned.lines.some(isWork));
  const calls = work.reduce((sum, { planned }) => sum + planned.calls, 0);
  const plan: RunPlan = {
    digest: digestOfPlan(items),
    plannedAtMs: ports.clock.nowMs(),
    learners,
    equal,
    unlinked,
    counts: countLines(items.map(({ planned }) => planned)),
    owners: items.filter(isCreated).map(({ ident }) => ident),
    reads,
    forecast: forecast(ports, { calls, learners, share: surroundings.share }),
    completed: collected.completed,
    strangers: looked.strangers,
  };
  return { kind: 'planned', plan };
}

/** Counts items as they come, and keeps those that have lines. An item that comes again takes the place of the one before. */
function createSummary() {
  let [learners, equal, unlinked, reads] = [0, 0, 0, 0];
  const items = new Map<string, Foreseen>();
  return {
    add: ({ ident, planned }: Item): void => {
      reads += planned.reads;
      if (planned.lines.length > 0) items.set(ident, planned);
      if (fromOwnerLane(ident) !== null) return;
      learners += 1;
      if (!planned.lines.some(isWork)) equal += 1;
      if (!planned.isLinked) unlinked += 1;
    },
    read: () => ({ learners, equal, unlinked, reads, items: sortItems(items) }),
  };
}

function sortItems(items: ReadonlyMap<string, Foreseen>): readonly Item[] {
  return [...items]
    .map(([ident, planned]) => ({ ident, planned }))
    .toSorted((a, b) => (a.ident < b.ident ? -1 : 1));
}

/** Every item of a run, page by page. */
export async function eachItem(
  { store }: Pick<PlanPorts, 'store'>,
  { id }: Run,
  filter: RunItemFilter,
  take: (item: RunItem) => void,
): Promise<void> {
  for (let afterIdent: string | null = null; ; ) {
    const page: readonly RunItem[] = await store.runs.listItems(id, filter, {
      afterIdent,
      limit: itemsInPage,
    });
    for (const item of page) take(item);
    if (page.length < itemsInPage) return;
    afterIdent = page.at(-1)?.ident ?? null;
  }
}

/**
 * Whether nothing would be done now that was not planned. What has been done meanwhile by a live change is no reason to ask the
 * person again, and that another learner has come to need something is no matter of this plan: only those are looked at for
 * whom something was planned. Null: the run is no longer this process's.
 */
export async function isPlanTrue(
  ports: PlanPorts,
  run: Run,
  { links, ...surroundings }: Pick<Collected, 'links'> & Surroundings,
): Promise<boolean | null> {
  const planned = new Map<string, Foreseen>();
  await eachItem(ports, run, { onlyWithLines: true }, (item) => planned.set(item.ident, item.planned));
  let isTrue = true;
  const look = { lanes: [...planned.keys()], links, known: new Map(), ...surroundings };
  const looked = await lookAtAll(ports, run, look, async (some) => {
    for (const { ident, planned: now } of some) isTrue &&= isWithin(now, planned.get(ident));
  });
  return looked === null ? null : isTrue;
}

/** Whether every change that would be made now was planned, down to its fields. */
function isWithin(now: Foreseen, planned: Foreseen | undefined): boolean {
  const known = new Map(planned?.lines.map((line) => [`${line.does} ${line.subject}`, line.fields]));
  return now.lines.filter(isWork).every(({ does, subject, fields }) => {
    const approved = known.get(`${does} ${subject}`);
    return approved !== undefined && fields.every((field) => approved.includes(field));
  });
}

type Item = Pick<RunItem, 'ident' | 'planned'>;

type LookedAt = Pick<Collected, 'lanes' | 'links'> &
  Surroundings & {
    /** Officers and organisations that were looked at before. */
    readonly known: ReadonlyMap<string, Foreseen>;
  };

/** Null: left. Else those of the named ones that PICS does not have. */
async function lookAtAll(
  ports: PlanPorts,
  run: Run,
  { lanes, links, known, mayGoOn, signal }: LookedAt,
  keep: (some: readonly Item[]) => Promise<void>,
): Promise<{ readonly strangers: readonly string[] } | null> {
  const { filter, readsVendor } = run.order;
  const demand = isRefresh(run) ? 'refresh' : 'change';
  const owners = new Map(known);
  const strangers: string[] = [];
  const isWanted = (subject: Subject): boolean => fits(subject, filter);
  let isLeft = false;

  /** Null: the record is not one of those that are asked for, or not there. */
  async function look(ident: string): Promise<Foreseen | null> {
    const link = links.get(ident);
    const asked = { ident, demand, readsVendor, priority: 'replay', owners, isWanted, signal } as const;
    for (let pauseMs = firstPauseMs; !isLeft; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const imagined = await imagineLook(ports, { ...asked, ...(link !== undefined && { links: [link] }) });
      if (imagined.kind === 'foreseen' && fromOwnerLane(ident) === null)
        return ofKind(run, imagined.foreseen);
      if (imagined.kind === 'foreseen') owners.set(ident, imagined.foreseen);
      if (imagined.kind === 'vanished' && filter.idents !== undefined) strangers.push(ident);
      if (imagined.kind !== 'unanswered') return null;
      const change = { code: 'RUN_WAITS', params: { reason: imagined.code } };
      await ports.store.runs.move(run.id, { from: [run.state], to: run.state }, change);
      await ports.clock.sleep(pauseMs, signal);
      signal.throwIfAborted();
      isLeft ||= !(await mayGoOn());
    }
    return null;
  }

  let kept: ReadonlyMap<string, Foreseen> = known;
  for (const portion of portionsOf(lanes, lanesInPortion)) {
    isLeft ||= !(await mayGoOn());
    if (isLeft) return null;
    signal.throwIfAborted();
    const looked = await eachOf(portion, lanesAtOnce, async (ident) => ({ ident, found: await look(ident) }));
    const own = looked.flatMap(({ ident, found }) => (found === null ? [] : [{ ident, planned: found }]));
    const fresh = [...owners].filter(([lane, foreseen]) => kept.get(lane) !== foreseen);
    kept = new Map(owners);
    await keep([...own, ...fresh.map(([ident, planned]) => ({ ident, planned }))]);
  }
  return isLeft || !(await mayGoOn()) ? null : { strangers };
}

/** A reapplication brings what the vendor showed into PICS, and does nothing else. */
function ofKind({ order: { kind } }: Run, foreseen: Foreseen): Foreseen {
  if (kind !== 'reapply') return foreseen;
  const lines = foreseen.lines.filter(({ does }) => does === 'pull' || does === 'insert');
  return { ...foreseen, lines, calls: 0, reads: 0 };
}

/** Whether it makes the whole daily exchange of each learner, and not only what a change would bring. */
export function isRefresh({ order: { kind, readsVendor } }: Pick<Run, 'order'>): boolean {
  return readsVendor || kind === 'initial' || kind === 'synchronise';
}

/** Several at once, in their order. */
export async function eachOf<T, R>(
  list: readonly T[],
  atOnce: number,
  act: (one: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  for (const some of portionsOf(list, atOnce)) results.push(...(await Promise.all(some.map(act))));
  return results;
}

export function* portionsOf<T>(list: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}

/** Whether a learner is one of those that were asked for. Officers and organisations have none of what a filter names. */
function fits(subject: Subject, filter: RunFilter): boolean {
  if (subject.kind === 'owner') return Object.keys(filter).length === 0;
  const { learner } = subject;
  const { status, officer, organisation, site } = filter;
  return (
    (status === undefined || learner.status === status) &&
    (officer === undefined || learner.mainOfficer === officer) &&
    (organisation === undefined || learner.placements.some((one) => one.organisation === organisation)) &&
    (site === undefined || learner.site === site)
  );
}

function isCreated({ ident, planned: { lines } }: Item): boolean {
  return fromOwnerLane(ident) !== null && lines.some(({ does }) => does === 'create');
}

/** How long the calls take at the present budget, of which the run gets its share. */
function forecast(
  { vendor }: Pick<PlanPorts, 'vendor'>,
  { calls, learners, share }: { readonly calls: number; readonly learners: number; readonly share: number },
): PassForecast {
  const minutes = calls / (vendor.callsPerMinute * share);
  return {
    calls,
    minutes: Math.ceil(minutes * 10) / 10,
    callsPerLearner: learners === 0 ? 0 : Math.round((calls / learners) * 100) / 100,
  };
}
