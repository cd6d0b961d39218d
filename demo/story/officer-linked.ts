import { met, unmet } from '../wait-for.ts';
import { type Answer, giveCommand } from './command.ts';
import { type Enrolment, newOfficer } from './enrolment.ts';
import type { Step } from './step.ts';

type Found = { readonly found: readonly { readonly id: string; readonly name: string | null }[] };

/** OF-30: whom OneFile knows already is linked by a person before anybody is enrolled, or there would be two of them. */
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
        ...{ OrganisationID: 301, Role: 5, FirstName: officer.first, LastName: officer.last },
        Email: officer.email,
      }),
    );
    const answer: Answer<Found> = await giveCommand(installation, teller, [
      ...['onefile', 'lookup', 'officers', officer.last],
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
