import type { Deployment } from '../support/deployment/deployment.ts';
import { settle } from '../support/deployment/settle.ts';
import { pushFourCommits, pushFourFields, pushOneField, uploadReviews } from './calls/changes.ts';
import { type CleanAim, cleanAims, typeFields } from './calls/clean-aims.ts';
import { callsPerMinute, exhaustBudget } from './calls/exhausted-budget.ts';
import { type Line, rowOf } from './calls/line.ts';
import { changeNothingSent, readOwnEcho } from './calls/nothing-to-do.ts';
import { judgeFullPass, judgeSilence, runPass } from './calls/passes.ts';
import { publishReport, say } from './report.ts';
import { unlimited, withDeployment } from './with-deployment.ts';

const learnerCount = 320;
const changeCount = 25;
const backlogCount = 180;
const vendorLatencyMs = 50;

/** Counts the calls that changes, passes and echoes cost. OneFile's own history of calls is the judge. */
export async function runCalls(): Promise<void> {
  const inputs = { learners: learnerCount, vendors: { onefile: 100, smartassessor: 0, none: 0 } };
  await withDeployment({ inputs, settings: unlimited }, async (deployment) => {
    await deployment.oneFile.patch('/switches', { 'rate-limit': 0, 'latency-ms': vendorLatencyMs });
    await Promise.all([deployment.startRoles('poller'), deployment.startRoles('reconciler')]);
    report(await measureAll(deployment));
  });
}

async function measureAll(deployment: Deployment): Promise<Line[]> {
  const lines: Line[] = [];
  const add = (...some: Line[]): void => {
    for (const line of some) say(`  ${rowOf(line).join(' · ')}\n`);
    lines.push(...some);
  };
  say('  first pass: all learners with a typed id are linked\n');
  const first = await runPass(deployment, ['reconciler']);
  const linked = await countLinked(deployment);
  // What PICS has and OneFile lacks is pushed in the first pass, so the bar of later passes does not apply.
  const firstLine = judgeFullPass(`first pass, ${linked} typed ids to be linked`, first, linked);
  add({ ...firstLine, bar: 'none', isMet: null });

  const aims = await cleanAims(deployment, 4 * changeCount + backlogCount + 1);
  const take = (count: number): CleanAim[] => aims.splice(0, count);
  const outbound = await deployment.startRoles('outbound');
  await settle(deployment);
  // The first writes of a centre ask more: is an assumed field kept, which types of review are there?
  await typeFields(deployment, take(1)[0] as CleanAim, ['certrecd']);
  await settle(deployment);

  const reviewed = take(changeCount);
  add(
    await uploadReviews(
      deployment,
      reviewed.map(({ ident }) => ident),
    ),
  );
  // OF-54: the poller shows the new reviews once, and PICS notes that they have not happened yet.
  const second = await runPass(deployment);
  const pushed = [take(changeCount), take(changeCount), take(changeCount)] as const;
  add(await pushOneField(deployment, pushed[0]));
  add(await pushFourFields(deployment, pushed[1]));
  add(await pushFourCommits(deployment, pushed[2]));
  const third = await runPass(deployment);
  add(judgeSilence('own pushes come back through the poller', third, second.calls.length));
  const fourth = await runPass(deployment);
  add(judgeSilence('another pass over the same', fourth, third.calls.length));
  add(judgeFullPass(`full pass over ${linked} linked learners`, fourth, linked));

  await outbound.stop();
  const echo = await readOwnEcho(deployment, reviewed);
  add(echo.line);
  add(await changeNothingSent(deployment, echo.outbound, reviewed));
  await echo.outbound.stop();
  add(...(await exhaustBudget(deployment, take(backlogCount))));
  return lines;
}

async function countLinked({ store }: Deployment): Promise<number> {
  const { rows } = await store.query<{ count: number }>(
    `select count(*)::integer as count from sync.link where kind = 'learner'`,
  );
  return rows[0]?.count ?? 0;
}

function report(lines: readonly Line[]): void {
  const missed = lines.filter(({ isMet }) => isMet === false);
  publishReport({
    title: 'Calls',
    how: `What changes, passes and echoes cost in calls, by the OneFile simulator's own history; ${changeCount} of each kind, each for a learner of its own, and every answer takes ${vendorLatencyMs} ms. Readings of PICS are scans that Postgres counted.`,
    table: { head: ['', 'seen', 'bar', 'verdict'], rows: lines.map(rowOf) },
    observations: [
      missed.length === 0
        ? 'All bars are met.'
        : `Missed: ${missed.map(({ measure }) => measure).join('; ')}.`,
      `An exhausted budget is measured against the setting (${callsPerMinute} by default). 4 % of it stay free for people who wait; 95 % of OneFile's own 300 need a setting of 298.`,
    ],
    figures: { lines: lines.map(({ measure, isMet, figures }) => ({ measure, isMet, ...figures })) },
  });
}
