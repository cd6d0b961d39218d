import { met, unmet } from '../wait-for.ts';
import { toLondonDate, toLondonTime } from './london.ts';
import { readReview } from './pics.ts';
import type { Planned, Step } from './step.ts';

/** OF-54, OF-56: what happened to a review at OneFile is seen by the next look at it. */
export const reviewTakesPlace = (planned: Planned): Step => ({
  title: 'The review takes place at OneFile, and PICS shows it',
  play: async ({ installation, person }, teller) => {
    const { oneFileId: id } = planned;
    if (id === null) throw new Error('the review of the step before did not reach OneFile');
    const { oneFile } = installation;
    const startedAtMs = Date.now();
    await teller.act('OneFile', `the assessor starts review ${id} of ${person(planned.ident).name}`, () =>
      oneFile.post(`/act/reviews/${id}/start`, { at: new Date(startedAtMs).toISOString() }),
    );
    const time = toLondonTime(startedAtMs);
    await teller.expect({
      place: 'PICS',
      expected: `Attended Y, actual time ${time}`,
      log: 'poller',
      look: async () => {
        const review = await readReview(installation, planned.picsId);
        const seen = `Attended ${review?.attended ?? 'blank'}, actual time ${review?.actual ?? 'blank'}`;
        return review?.attended === 'Y' && review.actual === time ? met(seen, null) : unmet(seen);
      },
    });
    await teller.act('OneFile', 'the assessor signs, then the learner signs', async () => {
      await oneFile.post(`/act/reviews/${id}/sign`, { by: 'assessor' });
      await oneFile.post(`/act/reviews/${id}/sign`, { by: 'learner' });
    });
    const date = toLondonDate(Date.now());
    await teller.expect({
      place: 'PICS',
      expected: `trainee signed on ${date}`,
      log: 'poller',
      look: async () => {
        const review = await readReview(installation, planned.picsId);
        const seen = `trainee signed ${review?.traineeSigned == null ? 'not yet' : `on ${review.traineeSigned}`}`;
        return review?.traineeSigned === date ? met(seen, null) : unmet(seen);
      },
    });
  },
});
