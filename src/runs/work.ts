import { Fault } from '../base/fault.ts';
import type { Log } from '../base/log.ts';
import { fromOwnerLane } from '../domain/owner.ts';
import type { PassScope, PollRunWork } from '../domain/polling.ts';
import type { Store, Topics } from '../domain/ports.ts';
import {
  endedStates,
  type Foreseen,
  isPass,
  isWork,
  type Run,
  type RunItem,
  type RunLine,
  type RunState,
} from '../domain/run.ts';
import type { Engine } from '../engine/engine.ts';
import { imagineLook, readBoth, toObservations } from './imagine.ts';
import {
  type Collected,
  eachItem,
  eachOf,
  isPlanTrue,
  isRefresh,
  type Planned,
  type PlanPorts,
  planRun,
  portionsOf,
} from './plan.ts';

/** What the process that works on runs stands on. */
type RunPorts = PlanPorts & {
  readonly store: Pick<Store, 'runs' | 'vendors'>;
  readonly topics: Pick<Topics, 'publishObservations'>;
  /** The records that a run concerns. It may take long: topics are read to their end. */
  readonly collect: (run: Run, signal: AbortSignal) => Promise<Collected | null>;
  /** Lends an engine that takes no more of the call budget than the share of runs, with lanes of its own. */
  readonly lendEngine: (
    use: (engine: Pick<Engine, 'submit'>, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ) => Promise<void>;
  /** OF-9: from now on the next synchronisation of all learners links who was matched. False: the vendor does not answer. */
  readonly allowMatches: () => Promise<boolean>;
  /** The share of the call budget, above 0 up to 1. */
  readonly share: number;
  readonly log: Log;
};

/** What else is to be done meanwhile. */
type Interlude = () => Promise<unknown>;

const lookedAtTogether = 16;
const itemsInPage = 1_000;
/** Of so many items that ended last … */
const judgedItems = 200;
/** … more than this share failed for one reason: it is not about them. */
const mostFailed = 0.05;
const settleForMs = 60_000;
const awayMs = 5_000;
const firstLookMs = 500;
const longestLookMs = 5_000;
/** In a row, so that the journal has had the time to say what has come. */
const enoughLevelLooks = 3;
const interludeEveryMs = 1_000;

/**
 * Works on the runs of one vendor: plans them, checks what was approved, looks at each learner, and says what came of it.
 *
 * All that is known of a run stands in the sync database, and each step of it is done again harmlessly: a plan goes on where it stood, a
 * learner who was looked at twice is found equal. So a process that is killed anywhere is taken over by the next one that holds
 * the poller's lease. What a person does to a run meanwhile is seen between two portions.
 */
export function createRunWork(ports: RunPorts): PollRunWork {
  const { vendor, store, clock, log } = ports;
  const { runs } = store;

  const isOn = async ({ id, state }: Run): Promise<boolean> => (await runs.readState(id)) === state;

  function around(run: Run, interlude: Interlude, signal: AbortSignal) {
    const mayGoOn = async (): Promise<boolean> => {
      await interlude();
      return isOn(run);
    };
    return { share: ports.share, mayGoOn, signal };
  }

  async function plan(run: Run, interlude: Interlude, signal: AbortSignal): Promise<void> {
    const collected = await collect(run, interlude, signal);
    if (collected === null) return;
    log.info('a run is planned', { run: run.id, code: run.order.kind, learners: collected.lanes.length });
    await keepPlan(run, await planRun(ports, run, collected, around(run, interlude, signal)), null);
  }

  /**
   * The records that the run concerns; null: the run has ended meanwhile, or the vendor does not say. Topics are read for minutes, so what
   * else is to be done is not kept waiting, and a person can stop the run. A topic that is missing or was made again, or a start
   * that there cannot be, fails the run with its sentence.
   */
  async function collect(run: Run, interlude: Interlude, signal: AbortSignal): Promise<Collected | null> {
    const stop = new AbortController();
    const collecting = ports.collect(run, AbortSignal.any([signal, stop.signal]));
    let isOver = false;
    const over = new AbortController();
    const end = (): void => {
      isOver = true;
      over.abort();
    };
    collecting.then(end, end);
    while (!isOver) {
      await clock.sleep(interludeEveryMs, AbortSignal.any([signal, over.signal]));
      if (isOver || signal.aborted) break;
      await interlude();
      if (!(await isOn(run))) stop.abort();
    }
    try {
      const collected = await collecting;
      if (collected === null) await waitForVendor(run, signal);
      return collected;
    } catch (error) {
      if (stop.signal.aborted) return null;
      const readsTopics = run.order.kind === 'replay' || run.order.kind === 'reapply';
      if (!readsTopics || !(error instanceof Fault)) throw error;
      const params = { reason: error.message };
      await runs.move(run.id, { from: [run.state], to: 'failed' }, { code: 'RUN_SOURCE', params });
      return null;
    }
  }

  /** Says that the vendor does not answer; the run is taken up again at the next turn. */
  async function waitForVendor({ id, state }: Run, signal: AbortSignal): Promise<void> {
    await runs.move(
      id,
      { from: [state], to: state },
      { code: 'RUN_WAITS', params: { reason: 'unreachable' } },
    );
    await clock.sleep(awayMs, signal);
  }

  /** An audit has done all that it is for; whatever else is planned waits for a person. */
  async function keepPlan(run: Run, planned: Planned, code: string | null): Promise<void> {
    if (planned.kind === 'left') return;
    const { plan: made } = planned;
    const isNobody = made.learners === 0 && made.owners.length === 0;
    const to: RunState = isNobody ? 'failed' : run.order.kind === 'audit' ? 'done' : 'planned';
    await runs.move(run.id, { from: [run.state], to }, { plan: made, code: isNobody ? 'RUN_NOBODY' : code });
  }

  /**
   * What was approved is looked at once more before anything is done. Has it become another plan, the run is planned again and
   * waits for the person again.
   */
  async function begin(run: Run, interlude: Interlude, signal: AbortSignal): Promise<void> {
    const surroundings = around(run, interlude, signal);
    // One that has begun and was paused goes on: what is done by now is not planned any more.
    if (run.plan !== null && run.startedAtMs === null) {
      const matched = run.order.kind === 'initial' ? await collect(run, interlude, signal) : null;
      if (matched === null && run.order.kind === 'initial') return;
      const links = matched?.links ?? new Map();
      const isTrue = await isPlanTrue(ports, run, { links, ...surroundings });
      if (isTrue === null) return;
      if (!isTrue) {
        const collected = await collect(run, interlude, signal);
        if (collected === null) return;
        await runs.clearItems(run.id);
        return keepPlan(run, await planRun(ports, run, collected, surroundings), 'PLAN_STALE');
      }
    }
    const isFirst = run.order.kind === 'initial' && run.startedAtMs === null;
    if (isFirst && !(await ports.allowMatches())) return waitForVendor(run, signal);
    await runs.move(run.id, { from: ['approved'], to: 'running' }, {});
  }

  /**
   * Looks at each record with something planned, officers and organisations first, since learners need them. The others
   * end together when all is done, so that a run costs what it does and not what it concerns.
   */
  async function apply(run: Run, interlude: Interlude, signal: AbortSignal): Promise<void> {
    await ports.lendEngine(async (engine, engineSignal) => {
      const judge = createJudge();
      for (;;) {
        const page = { afterIdent: null, limit: itemsInPage };
        const items = await runs.listItems(run.id, { state: 'planned', onlyWithLines: true }, page);
        for (const some of portionsOf(items, lookedAtTogether)) {
          await interlude();
          if (engineSignal.aborted || !(await isOn(run))) return;
          const ends = await eachOf(some, lookedAtTogether, (item) =>
            run.order.kind === 'reapply' ? showAgain(ports, item) : lookAt(engine, run, item),
          );
          for (const end of ends) await runs.endItem(run.id, end);
          const reason = judge(ends);
          if (reason === null) continue;
          const params = { n: String(reason.count), of: String(judgedItems), reason: reason.code };
          await runs.move(run.id, { from: ['running'], to: 'paused' }, { code: 'MANY_FAILED', params });
          log.warn('a run is paused: many of its learners fail for one reason', {
            run: run.id,
            code: reason.code,
          });
          return;
        }
        if (items.length === 0) break;
      }
      if (engineSignal.aborted || !(await isOn(run))) return;
      await conclude(run, engine, interlude, engineSignal);
    }, signal);
  }

  /**
   * What was created is looked at once more, for the vendor shows values of its own in it which belong in PICS; then the run is
   * settled.
   */
  async function conclude(
    run: Run,
    engine: Pick<Engine, 'submit'>,
    interlude: Interlude,
    signal: AbortSignal,
  ): Promise<void> {
    const lanes: string[] = [];
    await eachItem(ports, run, { onlyWithLines: true }, ({ ident, planned }) => {
      const isMade = planned.lines.some(({ does }) => does === 'create') && fromOwnerLane(ident) === null;
      if (isMade) lanes.push(ident);
    });
    await eachOf(lanes, lookedAtTogether, (ident) => engine.submit({ ident, demand: 'refresh', ...runWork }));
    await runs.endItems(run.id);
    await settle(run, interlude, signal);
  }

  /**
   * What the vendor showed goes through topics, so it reaches PICS a little after the last look. What is planned to come there
   * is waited for, a minute at most; then what has happened is written beside what was planned.
   */
  async function settle(run: Run, interlude: Interlude, signal: AbortSignal): Promise<void> {
    const untilMs = clock.steadyMs() + settleForMs;
    let levelLooks = 0;
    for (let waitMs = firstLookMs; ; waitMs = Math.min(waitMs * 2, longestLookMs)) {
      await runs.recordHappened(run.id);
      const arrival = await findArrival(run, signal);
      levelLooks = arrival === 'level' ? levelLooks + 1 : 0;
      if (arrival === 'told' || levelLooks >= enoughLevelLooks || clock.steadyMs() >= untilMs) break;
      await clock.sleep(waitMs, signal);
      await interlude();
      if (signal.aborted || !(await isOn(run))) return;
    }
    await runs.move(run.id, { from: ['running'], to: 'done' }, {});
    log.info('a run has ended', { run: run.id, code: run.order.kind });
  }

  /**
   * Whether everything has come to PICS that was planned to. `told`: the journal says so. `level`: there is nothing left to come;
   * the journal may say so in a moment, or never, because a live change or another run has brought it before.
   */
  async function findArrival(run: Run, signal: AbortSignal): Promise<'told' | 'level' | 'awaited'> {
    const awaited: string[] = [];
    await eachItem(ports, run, { onlyWithLines: true }, (item) => {
      if (!hasArrived(item)) awaited.push(item.ident);
    });
    for (const ident of awaited) {
      const owners = new Map<string, Foreseen>();
      const asked = {
        ident,
        demand: 'change',
        readsVendor: false,
        priority: 'replay',
        owners,
        signal,
      } as const;
      const imagined = await imagineLook(ports, asked);
      if (imagined.kind === 'foreseen' && imagined.foreseen.lines.some(isPull)) return 'awaited';
    }
    return awaited.length === 0 ? 'told' : 'level';
  }

  return {
    isInWork: async () => {
      const next = await runs.readNext(vendor.name);
      return next?.state === 'running' && !isPass(next.order);
    },
    isWaited: async () => (await runs.readNext(vendor.name)) !== null,
    work: async (interlude, signal) => {
      const run = await runs.readNext(vendor.name);
      if (run === null) return;
      if (run.state === 'asked') await plan(run, interlude, signal);
      else if (run.state === 'approved') await begin(run, interlude, signal);
      else if (!isPass(run.order)) await apply(run, interlude, signal);
    },
    wantedPass: async () => {
      const next = await runs.readNext(vendor.name);
      if (next?.state !== 'running' || !isPass(next.order)) return null;
      return next.order.kind === 'initial' ? 'all' : 'daily';
    },
    beginPass: async (scope, pass) => {
      const kind = scope === 'all' ? 'initial' : 'synchronise';
      const known = (await runs.list(vendor.name, recentRuns)).find(
        ({ order, state }) => order.kind === kind && isPass(order) && isInTheWay(scope, state),
      );
      // What a person reads or has paused waits for the person, and what is approved is checked first.
      if (known !== undefined) return known.state === 'running' ? known : null;
      const order = {
        kind,
        filter: {},
        start: { kind: 'beginning' },
        topics: [],
        readsVendor: true,
      } as const;
      const { name, centre } = vendor;
      const asked = {
        vendor: name,
        centre,
        request: `pass:${name}:${centre}:${pass}`,
        order,
        by: 'schedule',
        isApproved: true,
      };
      const { id } = await runs.ask(asked);
      return runs.move(id, { from: ['approved'], to: 'running' }, {});
    },
    isOn,
    endPass: async (run, summary, signal) => {
      const { learnerCount, callCount, publishedCount, linkedCount } = summary;
      const params = {
        learners: learnerCount,
        linked: linkedCount,
        published: publishedCount,
        calls: callCount,
      };
      await runs.addCalls(run.id, callCount);
      if (run.plan !== null)
        return ports.lendEngine((engine, held) => conclude(run, engine, async () => {}, held), signal);
      const texts = Object.fromEntries(Object.entries(params).map(([name, count]) => [name, String(count)]));
      await runs.move(
        run.id,
        { from: ['running', 'paused'], to: 'done' },
        { code: 'RUN_PASSED', params: texts },
      );
    },
  };
}

const recentRuns = 50;

/** Whether a full pass is that run, or has to wait for it. The daily run waits for no plan without an approval. */
function isInTheWay(scope: PassScope, state: RunState): boolean {
  return scope === 'all' ? !endedStates.includes(state) : state === 'running' || state === 'paused';
}

const runWork = { priority: 'replay', txIds: [], committedAtMs: null } as const;

type End = Pick<RunItem, 'ident' | 'code' | 'calls'> & { readonly state: 'done' | 'failed' };

/** A look at one of the run. It fails where something is held that the plan does not name. */
async function lookAt(engine: Pick<Engine, 'submit'>, run: Run, { ident, planned }: RunItem): Promise<End> {
  if (!planned.lines.some(isWork)) return { ident, state: 'done', code: null, calls: 0 };
  const isNeeded = fromOwnerLane(ident) !== null && planned.lines.some(({ does }) => does === 'create');
  const isPulled = planned.lines.some(isPull);
  const demand = isNeeded ? 'need' : isRefresh(run) || isPulled ? 'refresh' : 'change';
  const { holds, calls } = await engine.submit({ ident, demand, ...runWork });
  const known = new Set(planned.lines.filter(({ does }) => does === 'held').map(({ subject }) => subject));
  const code = holds.find(({ subject }) => !known.has(subject))?.code ?? null;
  const count = Object.values(calls).reduce((sum, one) => sum + one, 0);
  return { ident, state: code === null ? 'done' : 'failed', code, calls: count };
}

/** What the vendor showed last goes to the reconciler once more; the vendor is not asked. */
async function showAgain(ports: RunPorts, { ident, planned }: RunItem): Promise<End> {
  const both = planned.lines.some(isWork) ? await readBoth(ports, { ident }) : null;
  if (both !== null) await ports.topics.publishObservations(toObservations(both.lane));
  return { ident, state: 'done', code: null, calls: 0 };
}

/** Remembers the last ends and says which reason too many of them share. */
function createJudge(): (ends: readonly End[]) => { readonly code: string; readonly count: number } | null {
  const codes: (string | null)[] = [];
  return (ends) => {
    codes.push(...ends.map(({ code }) => code));
    codes.splice(0, Math.max(0, codes.length - judgedItems));
    const counts = Map.groupBy(
      codes.filter((code) => code !== null),
      (code) => code,
    );
    for (const [code, some] of counts)
      if (some.length > judgedItems * mostFailed) return { code, count: some.length };
    return null;
  };
}

function isPull({ does }: Pick<RunLine, 'does'>): boolean {
  return does === 'pull' || does === 'insert';
}

function hasArrived({ state, planned, happened }: RunItem): boolean {
  if (state !== 'done') return true;
  const seen = new Set(happened?.filter(({ does }) => does === 'pull').map(({ subject }) => subject));
  return planned.lines.every((line) => !isPull(line) || seen.has(line.subject));
}
