import { met, unmet } from '../wait-for.ts';
import { expectOneFileId, expectOneMeeting } from './meeting.ts';
import { inWords, readCalls } from './onefile.ts';
import { planReview } from './pics.ts';
import type { Planned, Step } from './step.ts';

/** G-5 without a kill: the line breaks after OneFile has done the work. */
export const answerLost = (planned: Planned): Step => ({
  title: "OneFile's answer is lost on the line: still one review",
  play: async ({ installation, person }, teller) => {
    const { ident, name, oneFileId } = person(planned.ident);
    const { oneFile } = installation;
    const since = await oneFile.mark();
    await teller.act('OneFile', 'will create the next review, and then cut the line without an answer', () =>
      oneFile.post('/rules', {
        match: { method: 'POST', path: 'Review' },
        action: { type: 'apply-then-drop' },
      }),
    );
    await teller.act('PICS', `plans a review on ${planned.at} for learner ${ident}, ${name}`, async () => {
      planned.picsId = await planReview(installation, ident, planned.at);
    });
    const created = await expectOneMeeting(installation, teller, { oneFileId, at: planned.at });
    if (created === null) return;
    planned.oneFileId = created.ID;
    await expectOneFileId(installation, teller, planned);
    await expectOneMeeting(installation, teller, { oneFileId, at: planned.at, withinMs: 0 });
    await teller.expect({
      place: 'OneFile',
      expected: 'exactly two calls changed something, and the answer of the second was lost',
      withinMs: 0,
      look: async () => {
        const { all, writes } = await readCalls(installation, since);
        const lost = all.filter(({ outcome }) => outcome === 'dropped-after').length;
        const seen = `calls that changed something: ${inWords(writes)}; answers lost: ${lost}`;
        return writes.join() === 'POST Visit,POST Review' && lost === 1 ? met(seen, null) : unmet(seen);
      },
    });
  },
});
