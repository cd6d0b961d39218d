import { met, unmet } from '../wait-for.ts';
import { giveCommand } from './command.ts';
import {
  countOpenReviews,
  type Enrolment,
  enrolled,
  newOfficer,
  readOneFileId,
  readUsers,
  references,
} from './enrolment.ts';
import { inWords, readAims, readCalls } from './onefile.ts';
import type { Step } from './step.ts';

type Enrolled = { readonly vendorId: string | null; readonly skipped: readonly string[] };

/** OF-10 to OF-23: the learner, the new officer, the chosen pathway and the planned reviews, each once. */
export const learnerEnrolled = (enrolment: Enrolment): Step => ({
  title: 'The learner is enrolled: new officer, chosen pathway, planned reviews',
  play: async ({ installation, person }, teller) => {
    const ident = enrolled.first;
    const { name } = person(ident);
    const since = await installation.oneFile.mark();
    const reviews = await countOpenReviews(installation, ident);
    const { status, message, result } = await giveCommand<Enrolled>(installation, teller, [
      ...['onefile', 'enrol', ident, '--yes', '--pathway', `${references.shared}=${enrolment.pathwayId}`],
    ]);
    await teller.expect({
      place: 'pics-sync',
      expected: 'the command says that it is done, and what was left out',
      log: 'outbound',
      withinMs: 0,
      look: async () => {
        const seen = `the command says: ${status}${message === null ? '' : `, ${message}`}; left out: ${result?.skipped.join(', ')}`;
        const isRight = status === 'done' && result?.skipped.join() === references.unknown;
        return isRight ? met(seen, null) : unmet(seen);
      },
    });
    await teller.expect({
      place: 'OneFile',
      expected: `one learner and one assessor with the codes ${ident} and ${newOfficer}`,
      withinMs: 0,
      look: async () => {
        const [learners, officers] = await Promise.all(
          [ident, newOfficer].map((misId) => readUsers(installation, misId)),
        );
        const [learner] = learners ?? [];
        if (learner !== undefined) enrolment.learnerIds.set(ident, learner.ID);
        const seen = `learners ${ident}: ${learners?.length}; assessors ${newOfficer}: ${officers?.length}; ${name}'s assessor is ${learner?.DefaultAssessorID}`;
        const isRight =
          learners?.length === 1 && officers?.length === 1 && learner?.DefaultAssessorID === officers[0]?.ID;
        return isRight ? met(seen, null) : unmet(seen);
      },
    });
    await teller.expect({
      place: 'OneFile',
      expected: `one learning aim of the chosen pathway ${enrolment.pathwayId}`,
      withinMs: 0,
      look: async () => {
        const aims = await readAims(installation, enrolment.learnerIds.get(ident) ?? 0);
        const seen = `learning aims of the standards ${aims.map(({ StandardID }) => StandardID).join(', ')}`;
        const isRight = aims.map(({ StandardID }) => String(StandardID)).join() === enrolment.pathwayId;
        return isRight ? met(seen, null) : unmet(seen);
      },
    });
    // The assessor, the learner, the aim with its fields and its own assessor; of each review the visit and the review.
    const expected = 5 + 2 * reviews;
    await teller.expect({
      place: 'OneFile',
      expected: `${reviews} reviews, and ${expected} calls that changed something`,
      withinMs: 0,
      look: async () => {
        const { writes } = await readCalls(installation, since);
        enrolment.writes += writes.length;
        const made = writes.filter((write) => write === 'POST Review').length;
        const seen = `${made} reviews, ${writes.length} calls that changed something`;
        return made === reviews && writes.length === expected
          ? met(seen, null)
          : unmet(`${seen}: ${inWords(writes)}`);
      },
    });
    await teller.expect({
      place: 'PICS',
      expected: "the learner carries OneFile's id",
      log: 'reconciler',
      look: async () => {
        const shown = await readOneFileId(installation, ident);
        const seen = `learner ${ident} carries ${shown ?? 'no id of OneFile'}`;
        return shown === String(enrolment.learnerIds.get(ident)) ? met(seen, null) : unmet(seen);
      },
    });
  },
});
