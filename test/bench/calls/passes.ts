import type { Deployment } from '../../support/deployment/deployment.ts';
import { settle } from '../../support/deployment/settle.ts';
import { type Counted, countSince, setMark } from './count.ts';
import type { Line } from './line.ts';

/** A pass over everything, and all that follows from it. */
export async function runPass(
  deployment: Deployment,
  queues: Parameters<typeof settle>[1] = undefined,
): Promise<Counted> {
  const mark = await setMark(deployment);
  await deployment.mustCli('onefile', 'pull', '--timeout', '300');
  await settle(deployment, queues);
  return countSince(deployment, mark);
}

/** Links, fields and reviews came out level before: nothing may move in a pass that finds nothing new. */
export function judgeSilence(measure: string, pass: Counted, readsBefore: number): Line {
  const beyond = pass.calls.length - readsBefore;
  return {
    measure,
    seen: `${pass.writes.length} writes at OneFile, ${pass.rows} in PICS, ${beyond} more reads`,
    bar: '0, 0, 0',
    isMet: pass.writes.length === 0 && pass.rows === 0 && beyond <= 0,
    figures: { calls: pass.calls.length, writes: pass.writes.length, rows: pass.rows },
  };
}

/** OF-40: what reading all learners costs, and how long that takes at OneFile's limit. */
export function judgeFullPass(measure: string, pass: Counted, learners: number): Line {
  const each = pass.calls.length / learners;
  const minutes = (each * 10_000) / 300;
  return {
    measure,
    seen: `${each.toFixed(2)} calls a learner; 10,000 in ${minutes.toFixed(0)} min at 300 a minute`,
    bar: '≤ 1.1',
    isMet: each <= 1.1,
    figures: { learners, calls: pass.calls.length, callsPerLearner: each, minutesFor10000: minutes },
  };
}
