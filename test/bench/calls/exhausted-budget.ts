import type { Deployment } from '../../support/deployment/deployment.ts';
import type { SimulatedCall } from '../../support/deployment/simulator-control.ts';
import { sleepUntil, waitFor } from '../with-deployment.ts';
import { type CleanAim, typeFields } from './clean-aims.ts';
import { setMark } from './count.ts';
import type { Line } from './line.ts';

const windowMs = 60_000;
const vendorLimit = 300;
export const callsPerMinute = 280;

/**
 * More to send than a minute allows: how much of the limit is used in the first full minute, and what OneFile refuses.
 *
 * Begins when the last minute was quiet, so that no call of before counts against it.
 */
export async function exhaustBudget(deployment: Deployment, aims: readonly CleanAim[]): Promise<Line[]> {
  const { oneFile } = deployment;
  const lastCall = (await oneFile.calls()).at(-1);
  await sleepUntil(performance.now() + windowMs + 500 - (Date.now() - Date.parse(lastCall?.at ?? '')));
  await oneFile.patch('/switches', { 'rate-limit': vendorLimit, 'rate-window': 'sliding' });
  for (const aim of aims) await typeFields(deployment, aim, ['regno']);
  const mark = await setMark(deployment);
  const settings = { PICS_SYNC_ONEFILE_CALLS_PER_MINUTE: String(callsPerMinute) };
  await deployment.startRolesWith(settings, 'outbound');
  const isDone = async (): Promise<boolean> => {
    const calls = await oneFile.calls(mark.call);
    return (
      calls.filter(({ path, status }) => /^LearningAim\/\d+$/.test(path) && status < 300).length >=
      aims.length
    );
  };
  await waitFor('everything at OneFile', isDone, 2.5 * windowMs);
  return judge(await oneFile.calls(mark.call));
}

function judge(calls: readonly SimulatedCall[]): Line[] {
  const atMs = calls.map(({ at }) => Date.parse(at));
  const firstMs = Math.min(...atMs);
  const good = calls.filter(({ at, status }) => status !== 429 && Date.parse(at) < firstMs + windowMs).length;
  const refused = calls.filter(({ status }) => status === 429).length;
  const resumedAfterMs = Math.min(...atMs.filter((at) => at >= firstMs + windowMs)) - firstMs - windowMs;
  const share = good / vendorLimit;
  return [
    {
      measure: `exhausted budget: answered calls in a minute, callsPerMinute ${callsPerMinute}`,
      seen: `${good}: ${percent(good / callsPerMinute)} of the setting, ${percent(share)} of OneFile's ${vendorLimit}`,
      bar: `≥ 95 % of the limit`,
      isMet: good / callsPerMinute >= 0.95,
      figures: { good, shareOfSetting: good / callsPerMinute, shareOfVendorLimit: share, resumedAfterMs },
    },
    {
      measure: 'exhausted budget: calls answered 429',
      seen: `${refused} of ${calls.length}`,
      bar: '≤ 2 %',
      isMet: refused / calls.length <= 0.02,
      figures: { refused, calls: calls.length },
    },
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
