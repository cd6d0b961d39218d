import { met, unmet } from '../wait-for.ts';
import { readOpenStates } from './ledger.ts';
import { expectOneFileId, expectOneMeeting } from './meeting.ts';
import { readCalls } from './onefile.ts';
import { planReview } from './pics.ts';
import type { Planned, Step } from './step.ts';

/** G-5: what a killed worker had sent is looked up, never sent again. */
export const workerKilled = (planned: Planned): Step => ({
  title: 'A worker is killed in the middle of a create: still one review',
  play: async (scene, teller) => {
    const { installation, person, outbound, startOutbound } = scene;
    const { ident, name, oneFileId } = person(planned.ident);
    const { oneFile } = installation;
    const since = await oneFile.mark();
    const sentence = 'will create the next review at once, but tell its id only after a minute';
    await teller.act('OneFile', sentence, () =>
      oneFile.post('/rules', {
        match: { method: 'POST', path: 'Review' },
        action: { type: 'slow-body', totalMs: 60_000 },
      }),
    );
    await teller.act('PICS', `plans a review on ${planned.at} for learner ${ident}, ${name}`, async () => {
      planned.picsId = await planReview(installation, ident, planned.at);
    });
    const created = await expectOneMeeting(installation, teller, { oneFileId, at: planned.at });
    if (created === null) return;
    planned.oneFileId = created.ID;
    await teller.expect({
      place: 'pics-sync',
      expected: 'the ledger says that the review is being sent',
      look: async () => {
        const states = await readOpenStates(installation, ident, 'create-review');
        const seen = `the ledger's word on the review: ${states.join(', ') || 'nothing'}; its id is not known here`;
        return states.join() === 'sending' ? met(seen, null) : unmet(seen);
      },
    });
    const worker = outbound();
    await teller.act(
      'pics-sync',
      `the outbound worker (process ${worker.pid}) is killed: kill -9`,
      async () => {
        worker.kill('SIGKILL');
        await worker.ended;
      },
    );
    await teller.alsoAct('pics-sync', 'another outbound worker is started', startOutbound);
    await expectOneFileId(installation, teller, planned);
    await expectOneMeeting(installation, teller, { oneFileId, at: planned.at, withinMs: 0 });
    await teller.expect({
      place: 'OneFile',
      expected: 'the review was asked for once; the second worker looked it up',
      withinMs: 0,
      look: async () => {
        const { all } = await readCalls(installation, since);
        const creates = all.filter(({ method, route }) => method === 'POST' && route === 'Review').length;
        const seen = `was asked to create a review ${creates === 1 ? 'once' : `${creates} times`}; the second worker looked it up`;
        return creates === 1 ? met(seen, null) : unmet(seen);
      },
    });
  },
});
