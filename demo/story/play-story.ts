import type { Screen } from '../screen.ts';
import { answerLost } from './answer-lost.ts';
import { enabled } from './enabled.ts';
import { toEnrolment } from './enrolment.ts';
import { enrolmentPreviewed } from './enrolment-previewed.ts';
import { learnerEnrolled } from './learner-enrolled.ts';
import { inDays } from './london.ts';
import { nothingLeft } from './nothing-left.ts';
import { numberArrives } from './number-arrives.ts';
import { officerLinked } from './officer-linked.ts';
import { officerOnce } from './officer-once.ts';
import { readCalls } from './onefile.ts';
import { oneFileWins } from './onefile-wins.ts';
import { outage, outageReviews } from './outage.ts';
import { refreshOnCommand } from './refresh-on-command.ts';
import { reviewArrives } from './review-arrives.ts';
import { reviewTakesPlace } from './review-takes-place.ts';
import type { Scene } from './scene.ts';
import { type Step, toPlanned } from './step.ts';
import { createTeller, type Score } from './teller.ts';
import { workerKilled } from './worker-killed.ts';
import { yearPasses, yearReviews } from './year-passes.ts';

export type StepResult = Score & {
  readonly title: string;
  /** All calls that OneFile received meanwhile, its being looked at included. */
  readonly calls: number;
  readonly writes: number;
};

/** Plays all steps in order. One that breaks counts as not met, and the story goes on. */
export async function playStory(scene: Scene, screen: Screen): Promise<StepResult[]> {
  const results: StepResult[] = [];
  const steps = toSteps();
  for (const [index, step] of steps.entries()) {
    screen.write(`\n${screen.bold(`${index + 1}  ${step.title}`)}\n`);
    results.push(await playStep(step, scene, screen));
  }
  return results;
}

function toSteps(): Step[] {
  const first = toPlanned('10001', inDays(1, '10:00'));
  const killed = toPlanned('10004', inDays(3, '14:00'));
  const lost = toPlanned('10005', inDays(4, '09:15'));
  const during = outageReviews();
  const enrolment = toEnrolment();
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
    // Two numbers and a certificate that PICS has typed.
    nothingLeft({ planned: [first, ...during, killed, lost], year, enrolment, numbers: 3 }),
  ];
}

async function playStep(step: Step, scene: Scene, screen: Screen): Promise<StepResult> {
  const { installation, signal } = scene;
  const teller = createTeller({ screen, signal, toLogFile: (name) => installation.toLogFile(name) });
  const since = await installation.oneFile.mark();
  try {
    await step.play(scene, teller);
  } catch (error) {
    signal.throwIfAborted();
    teller.broke((error as Error).message);
  }
  const { all, writes } = await readCalls(installation, since);
  return { ...teller.score(), title: step.title, calls: all.length, writes: writes.length };
}
