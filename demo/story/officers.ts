import { countOpenReviews, type Enrolment, enrolled, newOfficer, readUsers } from './enrolment.ts';
import { inWords, readCalls } from './onefile.ts';
import { type Answer, giveCommand, type Step } from './scene.ts';
import { met, unmet } from './teller.ts';

type LookUpAnswer = { readonly found: readonly { readonly id: string; readonly name: string | null }[] };

/** OF-30: an officer that OneFile has already is linked by a person before the first enrolment, or OneFile would have two. */
export const officerLinked = (enrolment: Enrolment): Step => ({
  title: 'An officer that OneFile has already is looked up and linked',
  play: async ({ installation }, teller) => {
    const { oneFile, pics } = installation;
    const { rows } = await pics.query<{ code: string; first: string; last: string; email: string }>(
      `select trim(code) as code, trim(forename) as first, trim(surname) as last, trim(email) as email
         from pics.officer where coalesce(trim(other_id), '') = '' and trim(code) <> $1
          and coalesce(trim(email), '') <> '' order by code limit 1`,
      [newOfficer],
    );
    const officer = rows[0];
    if (officer === undefined) throw new Error('every officer of PICS has an id of OneFile');
    enrolment.linkedOfficer = officer.code;
    const name = `${officer.first} ${officer.last}`;
    const made = await teller.act('OneFile', `has an assessor ${name}, without the code of PICS`, () =>
      oneFile.post<{ id: number }>('/act/users', {
        OrganisationID: 301,
        Role: 5,
        FirstName: officer.first,
        LastName: officer.last,
        Email: officer.email,
      }),
    );
    const answer: Answer<LookUpAnswer> = await giveCommand(installation, teller, [
      'onefile',
      'lookup',
      'officers',
      officer.last,
    ]);
    const id = answer.result?.found.find((one) => one.id === String(made.id))?.id;
    await teller.expect({
      place: 'pics-sync',
      expected: `the look-up shows assessor ${made.id}`,
      withinMs: 0,
      look: async () => {
        const seen = `the look-up shows ${answer.result?.found.map((one) => `${one.name} (${one.id})`).join(', ') ?? answer.message}`;
        return id === undefined ? unmet(seen) : met(seen, null);
      },
    });
    await giveCommand(installation, teller, ['onefile', 'link', 'officer', officer.code, String(made.id)]);
    await teller.expect({
      place: 'PICS',
      expected: `officer ${officer.code} carries id ${made.id}`,
      log: 'reconciler',
      look: async () => {
        const shown = await pics.query<{ id: string | null }>(
          `select nullif(trim(other_id), '') as id from pics.officer where code = $1`,
          [officer.code],
        );
        const seen = `officer ${officer.code} carries ${shown.rows[0]?.id ?? 'no id'}`;
        return shown.rows[0]?.id === String(made.id) ? met(seen, null) : unmet(seen);
      },
    });
  },
});

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
