import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Line } from '../calls/line.ts';
import type { PlannerReading } from './planner.ts';

const learnerCount = 100_000;
const mostGrownMiB = 1;
const mostPeakGrownMiB = 100;

/** Memory and pace of planning a replay of 100,000 learners, in a process of its own so that the memory is the plan's alone. */
export async function measurePlanner(): Promise<Line[]> {
  const reading = await readPlanner();
  const { learners, unlinked, work, lines, collectSeconds, planSeconds, ...memory } = reading;
  const { collectedMiB, grownMiB, peakMiB, peakGrownMiB } = memory;
  const count = learners.toLocaleString('en-GB');
  const perSecond = learners / planSeconds;
  return [
    {
      measure: `plan of ${count} learners in memory: growth with 10,000 learners more`,
      seen: `heap ${grownMiB.toFixed(2)} MiB, beside ${collectedMiB.toFixed(1)} MiB for the learners themselves; largest resident size ${Math.round(peakMiB)} MiB, of which ${Math.round(peakGrownMiB)} MiB after the first tenth`,
      bar: `heap ≤ ${mostGrownMiB} MiB, size ≤ ${mostPeakGrownMiB} MiB more`,
      isMet: grownMiB <= mostGrownMiB && peakGrownMiB <= mostPeakGrownMiB,
      figures: memory,
    },
    {
      measure: `the same: one learner was edited since the exchange`,
      seen: `${work} learners with something to do, ${lines} lines, ${unlinked} without a link`,
      bar: '1, 1, 0',
      isMet: learners === learnerCount && work === 1 && lines === 1 && unlinked === 0,
      figures: { work, lines },
    },
    {
      measure: 'the same: pace, with databases that answer at once',
      seen: `${Math.round(perSecond).toLocaleString('en-GB')} learners/s in ${planSeconds.toFixed(1)} s, after ${collectSeconds.toFixed(1)} s in which the topics said whom it concerns`,
      bar: 'none',
      isMet: null,
      figures: { perSecond, planSeconds, collectSeconds },
    },
  ];
}

async function readPlanner(): Promise<PlannerReading> {
  const script = fileURLToPath(new URL('./planner.ts', import.meta.url));
  const child = spawn(process.execPath, ['--expose-gc', script, String(learnerCount)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the process that plans ended with ${code}`);
  return JSON.parse(text) as PlannerReading;
}
