import { met, unmet } from '../wait-for.ts';
import { giveCommand } from './command.ts';
import { countOpenReviews, type Enrolment, enrolled, newOfficer, readUsers } from './enrolment.ts';
import { inWords, readCalls } from './onefile.ts';
import type { Step } from './step.ts';

/** OF-21: an officer is created once, however many learners name it. */
export const officerOnce = (enrolment: Enrolment): Step => ({
  title: 'A second learner of the same officer is enrolled: still one officer',
  play: async ({ installation }, teller) => {
    const ident = enrolled.second;
    const { pics, oneFile } = installation;
    const [blank] = (
      await pics.query<{ reference: string }>(
        `update pics.trqual set regno = null, regdate = null, certappl = null, certrecd = null where ident = $1
         returning trim(vqref) as reference`,
        [ident],
      )
    ).rows;
    if (blank === undefined) throw new Error(`learner ${ident} has no qualification`);
    const reviews = await countOpenReviews(installation, ident);
    const since = await oneFile.mark();
    const { status, message } = await giveCommand(installation, teller, ['onefile', 'enrol', ident, '--yes']);
    await teller.expect({
      place: 'OneFile',
      expected: `one more learner, and still one assessor ${newOfficer}`,
      log: 'outbound',
      withinMs: 0,
      look: async () => {
        const [learners = [], officers = []] = await Promise.all(
          [ident, newOfficer].map((misId) => readUsers(installation, misId)),
        );
        const [learner] = learners;
        if (learner !== undefined) enrolment.learnerIds.set(ident, learner.ID);
        const seen = `the command says: ${message ?? status}; learners ${ident}: ${learners.length}; assessors ${newOfficer}: ${officers.length}`;
        const isRight = status === 'done' && learners.length === 1 && officers.length === 1;
        return isRight ? met(seen, null) : unmet(seen);
      },
    });
    // The learner, two aims with their dates, and of each review the visit and the review.
    const expected = 5 + 2 * reviews;
    await teller.expect({
      place: 'OneFile',
      expected: `exactly ${expected} calls that changed something, one of them made a person`,
      withinMs: 0,
      look: async () => {
        const { writes } = await readCalls(installation, since);
        enrolment.writes += writes.length;
        const people = writes.filter((write) => write === 'POST User').length;
        const seen = `${writes.length} calls that changed something, ${people} of them made a person`;
        return writes.length === expected && people === 1
          ? met(seen, null)
          : unmet(`${seen}: ${inWords(writes)}`);
      },
    });
  },
});
