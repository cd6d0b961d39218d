import { met, unmet } from '../wait-for.ts';
import { expectOneFileId, expectOneMeeting } from './meeting.ts';
import { inWords, readCalls } from './onefile.ts';
import { planReview } from './pics.ts';
import type { Planned, Step } from './step.ts';

/** OF-50, OF-51: a visit and a review of it; the new id comes back into PICS. */
export const reviewArrives = (planned: Planned): Step => ({
  title: 'A review planned in PICS appears at OneFile',
  play: async ({ installation, person }, teller) => {
    const { ident, name, oneFileId } = person(planned.ident);
    const since = await installation.oneFile.mark();
    await teller.act('PICS', `plans a review on ${planned.at} for learner ${ident}, ${name}`, async () => {
      planned.picsId = await planReview(installation, ident, planned.at);
    });
    const review = await expectOneMeeting(installation, teller, { oneFileId, at: planned.at });
    if (review === null) return;
    planned.oneFileId = review.ID;
    await expectOneFileId(installation, teller, planned);
    await teller.expect({
      place: 'OneFile',
      expected: 'exactly two calls changed something: one visit, one review',
      withinMs: 0,
      look: async () => {
        const { writes } = await readCalls(installation, since);
        const seen = `calls that changed something: ${inWords(writes)}`;
        return writes.join() === 'POST Visit,POST Review' ? met(seen, null) : unmet(seen);
      },
    });
  },
});
