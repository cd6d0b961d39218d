import { type BlankAim, readBlankAims } from '../support/deployment/aims.ts';
import type { Deployment } from '../support/deployment/deployment.ts';
import { type Line, rowOf } from './calls/line.ts';
import { untilQuiet } from './open-loop.ts';
import { driveLive, ratePerSecond } from './replay/live.ts';
import { measurePlanner } from './replay/planner-process.ts';
import { makeDifferences, type PlannedReplay, Replays } from './replay/replays.ts';
import { readBare } from './replay/source.ts';
import { percentile, publishReport, say } from './report.ts';
import { unlimited, withDeployment } from './with-deployment.ts';

const learnerCount = 10_000;
const warmUpCount = 100;
const lapCount = 300;
const differenceCount = 50;
const vendorLatencyMs = 50;
const mostSlower = 1.2;
const laps = ['without', 'with', 'with', 'without', 'without', 'with'] as const;

/** What a replay costs: calls, time, memory, and the time of the changes that come meanwhile. */
export async function runReplay(): Promise<void> {
  const lines: Line[] = [];
  const add = (...some: Line[]): void => {
    for (const line of some) say(`  ${rowOf(line).join(' · ')}\n`);
    lines.push(...some);
  };
  say('Planning 100,000 learners in memory …\n');
  add(...(await measurePlanner()));
  const inputs = { learners: learnerCount, vendors: { onefile: 100, smartassessor: 0, none: 0 } };
  await withDeployment({ inputs, settings: unlimited }, async (deployment) => {
    await deployment.oneFile.patch('/switches', { 'rate-limit': 0 });
    await Promise.all([deployment.startRoles('poller'), deployment.startRoles('reconciler')]);
    say('  linking all learners (full pass)\n');
    await deployment.mustCli('onefile', 'pull', '--timeout', '300');
    await deployment.startRoles('outbound');
    await untilQuiet(deployment.oneFile);
    await deployment.oneFile.patch('/switches', { 'latency-ms': vendorLatencyMs });
    const aims = await readBlankAims(deployment);
    const site: Site = { deployment, replays: new Replays(deployment), aims };
    const { first, second, bare } = await replayTwice(site);
    add(judgeFirst(first), judgeSecond(second), judgePace(second, bare));
    // A learner of whom a plan says something would make it another plan while its own change is on its way.
    const concerned = await site.replays.readConcerned(second);
    const quiet = aims.filter(({ ident }) => !concerned.has(ident));
    add(await measureLive({ ...site, aims: quiet }));
  });
  publish(lines);
}

type Site = {
  readonly deployment: Deployment;
  readonly replays: Replays;
  /** Qualifications that are blank on both sides, each used once. */
  readonly aims: BlankAim[];
};

/** The first replay finds what was changed, the second nothing. */
async function replayTwice({ deployment, replays, aims }: Site) {
  say('  two replays of everything\n');
  const { oneFile } = deployment;
  await makeDifferences(deployment, aims.splice(0, differenceCount));
  await untilQuiet(oneFile);
  const bare = await readBare(deployment);
  const replay = async () => {
    const since = await oneFile.mark();
    const planned = await replays.plan();
    const beganMs = performance.now();
    await replays.apply(planned);
    const applySeconds = (performance.now() - beganMs) / 1000;
    const calls = await oneFile.calls(since);
    return {
      ...planned,
      applySeconds,
      calls: calls.length,
      writes: calls.filter(({ applied }) => applied).length,
    };
  };
  const first = await replay();
  const second = await replay();
  return { first, second, bare };
}

type Replayed = PlannedReplay & {
  readonly applySeconds: number;
  readonly calls: number;
  readonly writes: number;
};

function lineText({ plan }: PlannedReplay): string {
  const parts = Object.entries(plan.counts).map(([does, count]) => `${count} ${does}`);
  return parts.length === 0 ? 'nothing' : parts.toSorted().join(', ');
}

function judgeFirst(replay: Replayed): Line {
  const { plan, calls, writes, applySeconds } = replay;
  const updates = plan.counts.update ?? 0;
  return {
    measure: `first replay, ${differenceCount} qualifications differ`,
    seen: `planned ${lineText(replay)}; ${calls} calls, ${writes} writes, ${applySeconds.toFixed(1)} s`,
    bar: `${differenceCount} planned, as many writes`,
    isMet: updates === differenceCount && writes === differenceCount,
    figures: { updates, calls, writes, applySeconds },
  };
}

function judgeSecond(replay: Replayed): Line {
  const { calls, writes, applySeconds, plan } = replay;
  const work = plan.learners - plan.equal;
  return {
    measure: `second replay of the same, ${plan.learners} learners`,
    seen: `${work} learners with something to do (${lineText(replay)}), ${writes} writes, ${calls} calls, ${applySeconds.toFixed(1)} s`,
    bar: '0, 0 writes',
    isMet: work === 0 && writes === 0,
    figures: { work, writes, calls, applySeconds },
  };
}

function judgePace(
  { plan, seconds }: Replayed,
  bare: { readonly records: number; readonly seconds: number },
): Line {
  const perSecond = plan.learners / seconds;
  return {
    measure: `plan of ${plan.learners} learners beside the bare read of the ${bare.records} records`,
    seen: `${Math.round(perSecond)} learners/s: ${seconds.toFixed(1)} s, of which reading alone takes ${bare.seconds.toFixed(1)} s`,
    bar: 'none',
    isMet: null,
    figures: { perSecond, seconds, bareSeconds: bare.seconds, bareRecords: bare.records },
  };
}

/**
 * The same changes with and without a replay under way, in turn. A lap with one begins with the approval of a plan that was
 * made in quiet, for what is planned beside live changes is seldom the same a moment later; then replays of everything are
 * planned until it ends.
 */
async function measureLive({ deployment, replays, aims }: Site): Promise<Line> {
  const needed = warmUpCount + laps.length * (lapCount + differenceCount);
  if (aims.length < needed) throw new Error(`${aims.length} blank qualifications; ${needed} are needed`);
  const seen = { with: [] as number[], without: [] as number[] };
  let appliedSeconds = 0;
  let plannedCount = 0;
  const live = (count: number): Promise<number[]> => driveLive(deployment, aims.splice(0, count));
  await live(warmUpCount);
  for (const lap of laps) {
    say(`  ${lapCount} changes at ${ratePerSecond} a second, ${lap} a replay\n`);
    await untilQuiet(deployment.oneFile);
    if (lap === 'without') {
      seen.without.push(...(await live(lapCount)));
      continue;
    }
    const changed = aims.splice(0, differenceCount);
    await makeDifferences(deployment, changed);
    const planned = await replays.plan(changed.map(({ ident }) => ident));
    let isOver = false;
    const replaying = async (): Promise<void> => {
      const beganMs = performance.now();
      await replays.apply(planned);
      appliedSeconds += (performance.now() - beganMs) / 1000;
      plannedCount += await replays.keepPlanning(() => isOver);
    };
    const changing = live(lapCount).finally(() => {
      isOver = true;
    });
    const [latencies] = await Promise.all([changing, replaying()]);
    seen.with.push(...latencies);
  }
  return judgeLive(seen, { appliedSeconds, plannedCount });
}

function judgeLive(
  seen: { readonly with: readonly number[]; readonly without: readonly number[] },
  under: { readonly appliedSeconds: number; readonly plannedCount: number },
): Line {
  const p = (list: readonly number[], share: number): number => Math.round(percentile(list, share));
  const [p99With, p99Without] = [p(seen.with, 0.99), p(seen.without, 0.99)];
  const ratio = p99With / p99Without;
  const [p50With, p50Without] = [p(seen.with, 0.5), p(seen.without, 0.5)];
  const isWhole = seen.with.length === seen.without.length;
  return {
    measure: `live changes with and without a replay, p99 of ${seen.with.length} each`,
    seen: `${p99With} and ${p99Without} ms: ${percentText(ratio)}; p50 ${p50With} and ${p50Without} ms; ${laps.filter((lap) => lap === 'with').length} replays applied in ${under.appliedSeconds.toFixed(1)} s, then planning to the end of each lap`,
    bar: '≤ 20 % more',
    isMet: isWhole && ratio <= mostSlower,
    figures: { p99With, p99Without, ratio, p50With, p50Without, ...under },
  };
}

function percentText(ratio: number): string {
  const percent = Math.round((ratio - 1) * 100);
  return percent < 0 ? `${-percent} % less` : `${percent} % more`;
}

function publish(lines: readonly Line[]): void {
  const missed = lines.filter(({ isMet }) => isMet === false);
  publishReport({
    title: 'Replay',
    how: `${learnerCount.toLocaleString('en-GB')} learners on the real stack, each role in a process of its own, OneFile answers after ${vendorLatencyMs} ms and has no limit of calls. Live changes take two calls each, as those of "Latency", and come ${ratePerSecond} a second (open loop), in laps with and without a replay in turn; with one, ${differenceCount} updates are applied and everything is planned. Memory is that of planning 100,000 learners in a process of its own, with databases and topics in memory; growth is that of the heap, and of the largest resident size.`,
    table: { head: ['', 'seen', 'bar', 'verdict'], rows: lines.map(rowOf) },
    observations: [
      missed.length === 0
        ? 'All bars are met.'
        : `Missed: ${missed.map(({ measure }) => measure).join('; ')}.`,
      'All processes share two cores, so a replay slows live changes by what it computes, and not by the calls that it makes: those have lanes and a share of the budget of their own.',
    ],
    figures: { lines: lines.map(({ measure, isMet, figures }) => ({ measure, isMet, ...figures })) },
  });
}
