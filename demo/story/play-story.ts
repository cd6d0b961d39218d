import { type Screen, toSeconds } from '../screen.ts';
import { enrolmentPreviewed, learnerEnrolled, newEnrolment } from './enrolment.ts';
import { numberArrives, oneFileWins, refreshOnCommand, reviewArrives, reviewTakesPlace } from './exchange.ts';
import { answerLost, outage, outageReviews, workerKilled } from './failures.ts';
import { enabled, nothingLeft } from './first-and-last.ts';
import { officerLinked, officerOnce } from './officers.ts';
import { readCalls } from './onefile.ts';
import { inDays } from './pics.ts';
import { replayed } from './replay.ts';
import { plannedReview, type Scene, type Step } from './scene.ts';
import { readSiteCalls, smartAssessorSteps } from './smart-assessor.ts';
import { createTeller, type Score } from './teller.ts';
import { yearPasses, yearReviews } from './year-passes.ts';

type StepResult = Score & {
  readonly title: string;
  /** All calls that the vendors received meanwhile, their being looked at included. */
  readonly calls: number;
  readonly writes: number;
};

/** Plays all steps in order. One that breaks counts as not met, and the story goes on. */
export async function playStory(scene: Scene, screen: Screen): Promise<StepResult[]> {
  const results: StepResult[] = [];
  const steps = storySteps();
  for (const [index, step] of steps.entries()) {
    screen.write(`\n${screen.bold(`${index + 1}  ${step.title}`)}\n`);
    results.push(await playStep(step, scene, screen));
  }
  return results;
}

function storySteps(): Step[] {
  const first = plannedReview('10001', inDays(1, '10:00'));
  const killed = plannedReview('10004', inDays(3, '14:00'));
  const lost = plannedReview('10005', inDays(4, '09:15'));
  const during = outageReviews();
  const enrolment = newEnrolment();
  const year = yearReviews();
  return [
    enabled,
    numberArrives,
    reviewArrives(first),
    reviewTakesPlace(first),
    oneFileWins,
    refreshOnCommand,
    outage(during),
    workerKilled(killed),
    answerLost(lost),
    officerLinked(enrolment),
    enrolmentPreviewed(enrolment),
    learnerEnrolled(enrolment),
    officerOnce(enrolment),
    yearPasses(enrolment, year),
    ...smartAssessorSteps(),
    replayed,
    // Two numbers and a certificate that PICS has typed, and a number that a replay has brought back.
    nothingLeft({ planned: [first, ...during, killed, lost], year, enrolment, numbers: 4 }),
  ];
}

async function playStep(step: Step, scene: Scene, screen: Screen): Promise<StepResult> {
  const { installation, signal } = scene;
  const teller = createTeller({ screen, signal, toLogFile: (name) => installation.toLogFile(name) });
  const { oneFile, smartAssessor } = installation;
  const [since, sinceThere] = await Promise.all([oneFile.mark(), smartAssessor.mark()]);
  try {
    await step.play(scene, teller);
  } catch (error) {
    signal.throwIfAborted();
    teller.broke((error as Error).message);
  }
  const both = await Promise.all([readCalls(installation, since), readSiteCalls(installation, sinceThere)]);
  const calls = both.reduce((total, { all }) => total + all.length, 0);
  const writes = both.reduce((total, one) => total + one.writes.length, 0);
  return { ...teller.score(), title: step.title, calls, writes };
}

/** The table at the end, and whether every expectation was met. */
export function showReport(results: readonly StepResult[], screen: Screen, tookMs: number): boolean {
  const expectations = sum(results, 'expectations');
  const metCount = sum(results, 'met');
  const named = results.map(({ title }, index) => `${String(index + 1).padStart(2)}  ${title}`);
  const titleWidth = Math.max(...named.map(({ length }) => length), 'step'.length);
  const row = (step: string, met: string, latency: string, writes: string, calls: string): string =>
    `   ${step.padEnd(titleWidth)}${met.padStart(12)}${latency.padStart(10)}${writes.padStart(9)}${calls.padStart(7)}\n`;
  screen.write(`\n${screen.bold(row('step', 'expectations', 'latency', 'changes', 'calls'))}`);
  results.forEach((result, index) => {
    const { met, expectations: all, latencyMs, writes, calls } = result;
    const isMet = met === all && all > 0;
    const text = row(
      named[index] ?? '',
      `${met} of ${all} ${isMet ? '✔' : '✖'}`,
      latencyMs === null ? '-' : toSeconds(latencyMs),
      String(writes),
      String(calls),
    );
    screen.write(isMet ? text : screen.red(text));
  });
  const isMet =
    metCount === expectations && results.length > 0 && results.every(({ expectations: all }) => all > 0);
  const total = row(
    'all',
    `${metCount} of ${expectations} ${isMet ? '✔' : '✖'}`,
    '',
    String(sum(results, 'writes')),
    String(sum(results, 'calls')),
  );
  screen.write(screen.bold(total));
  screen.write(
    screen.dim(
      '\n   latency: from the last deed of the step to the last thing that was waited for\n' +
        '   changes: calls that changed something at OneFile or Smart Assessor\n' +
        '   calls:   all calls these received meanwhile, most of them looking for changes there\n',
    ),
  );
  const verdict = isMet
    ? screen.green(`All ${expectations} expectations were met`)
    : screen.red(`${expectations - metCount} of ${expectations} expectations were not met`);
  screen.write(`\n${verdict}, ${toSeconds(tookMs)} after the start.\n`);
  return isMet;
}

function sum(results: readonly StepResult[], name: 'expectations' | 'met' | 'writes' | 'calls'): number {
  return results.reduce((total, result) => total + result[name], 0);
}
