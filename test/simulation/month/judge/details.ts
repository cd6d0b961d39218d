import type { MonthWorld } from '../world.ts';
import type { LinkedLearner, Verdict } from './linked.ts';

const fields = ['email', 'phone', 'mobile'] as const;

/** OF-70: the side that the setting names has its way, and a blank there clears nothing. */
export function judgeDetails(
  { settings, state }: MonthWorld,
  { learner, learnerId }: LinkedLearner,
  find: Verdict,
): void {
  if (settings.learnerDetails === 'ignore') return;
  const record = state.find('learner', learnerId);
  for (const field of fields) {
    const [inPics, there] = [learner[field], record?.[field] ?? null];
    const source = settings.learnerDetails === 'push' ? inPics : there;
    if (source === null || String(inPics).toLowerCase() === String(there).toLowerCase()) continue;
    find(`OF-70: ${field} of ${learner.ident} is ${inPics} in PICS and ${String(there)} at OneFile`);
  }
}

/** OF-14: without the setting nothing of a learner's own record is ever written, on either side. */
export function judgeIgnored({ settings, siteSection, state, pics }: MonthWorld, find: Verdict): void {
  const { learnerDetails } = settings;
  if (learnerDetails !== 'push' && state.written.some(({ name }) => name === 'update-learner'))
    find('OF-14: details of a learner were sent');
  const isPulled = learnerDetails === 'pull' || siteSection.learnerDetails === 'pull';
  if (!isPulled && pics.store.written.some(({ kind }) => kind === 'update-learner'))
    find('OF-14: details of a learner were written into PICS');
}
