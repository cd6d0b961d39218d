import { type Line, rowOf } from './calls/line.ts';
import { openPullWorld, type PullResult } from './pull/pull-world.ts';
import { publishReport, say } from './report.ts';

const learners = 10_000;
const size = { learners, aimsEach: 2, reviewsEach: 6, assessors: 50, placements: 200 };
const callsPerMinute = 280;
const vendorLimit = 300;
const halfDayMs = 43_200_000;

/** Reads a whole centre three times on a simulated clock, and counts by the simulator's own history. */
export async function runPull(): Promise<void> {
  const began = performance.now();
  say('Loading a centre into OneFile and PICS …\n');
  const world = await openPullWorld(size, callsPerMinute);
  const run = async (what: string, withLooks: boolean): Promise<PullResult> => {
    say(`  ${what}\n`);
    const result = await world.pull({ withLooks });
    await world.pass(halfDayMs);
    return result;
  };
  const first = await run('first pull: no learner is linked', false);
  const second = await run('second pull: nothing has changed', false);
  const third = await run('third pull, with looks at reviews in between', true);
  const lines = [
    judgeCalls('first full pull, no learner linked before', first),
    judgeTime('first full pull', first),
    judgeSilence('second full pull, nothing changed', second),
    judgeCalls('full pull with looks at reviews in between', third),
    judgeForecast(second),
  ];
  publish(lines, { first, second, third }, Math.round((performance.now() - began) / 1000));
}

function judgeCalls(measure: string, { calls, minutes, rowsWritten }: PullResult): Line {
  const each = calls / learners;
  return {
    measure,
    seen: `${calls} calls: ${each.toFixed(3)} a learner; ${minutes.toFixed(1)} min at callsPerMinute ${callsPerMinute}`,
    bar: '≤ 1.1 a learner',
    isMet: each <= 1.1,
    figures: { calls, callsPerLearner: each, minutes, rowsWritten },
  };
}

function judgeTime(measure: string, { calls, minutes, limited }: PullResult): Line {
  return {
    measure: `${measure}: simulated time and answers 429`,
    seen: `${minutes.toFixed(1)} min (${(calls / vendorLimit).toFixed(1)} at ${vendorLimit} a minute), ${limited} refused`,
    bar: '< 40 min, 0',
    isMet: minutes < 40 && limited === 0,
    figures: { minutes, limited },
  };
}

function judgeSilence(measure: string, { calls, writesAtVendor, rowsWritten }: PullResult): Line {
  return {
    measure,
    seen: `${writesAtVendor} writes at OneFile, ${rowsWritten} in PICS; ${calls} calls`,
    bar: '0, 0',
    isMet: writesAtVendor === 0 && rowsWritten === 0,
    figures: { calls, writesAtVendor, rowsWritten },
  };
}

/** The forecast leaves room for looks in between, so it may be a hundredth above a pull without them. */
function judgeForecast({ calls, forecast }: PullResult): Line {
  const error = (forecast.calls - calls) / calls;
  return {
    measure: 'forecast of the second pull',
    seen: `${forecast.calls} calls, ${forecast.minutes} min: ${(error * 100).toFixed(1)} % off`,
    bar: '≤ 2 %',
    isMet: Math.abs(error) <= 0.02,
    figures: { forecastCalls: forecast.calls, forecastMinutes: forecast.minutes, error },
  };
}

function publish(lines: readonly Line[], pulls: Readonly<Record<string, PullResult>>, seconds: number): void {
  const missed = lines.filter(({ isMet }) => isMet === false);
  const { first } = pulls;
  const routes = Object.entries(first?.byRoute ?? {})
    .sort(([, a], [, b]) => b - a)
    .map(([route, count]) => `${count} × \`${route}\``);
  publishReport({
    title: 'Full pull',
    how: `${learners.toLocaleString('en-GB')} learners with ${size.aimsEach} aims and ${size.reviewsEach} reviews each, in one process: the roles poller and reconciler with the OneFile client, rules and engine, the OneFile simulator with its limit of ${vendorLimit} calls in any 60 s, databases and topics in memory. Time is simulated: it passes where the call budget makes a call wait, by the budget's own rule. Counts are the simulator's.`,
    table: { head: ['', 'seen', 'bar', 'verdict'], rows: lines.map(rowOf) },
    observations: [
      missed.length === 0
        ? 'All bars are met.'
        : `Missed: ${missed.map(({ measure }) => measure).join('; ')}.`,
      `Calls of the first pull: ${routes.join(', ')}.`,
      `4 % of the ${callsPerMinute} stay free for people who wait. Eight learners are read at a time, so the pace holds as long as OneFile answers within 1.7 s.`,
      `Three pulls took ${seconds} s of real time.`,
    ],
    figures: { lines: lines.map(({ measure, isMet, figures }) => ({ measure, isMet, ...figures })), pulls },
  });
}
