import { met, unmet } from '../wait-for.ts';
import { inWords, readAims, readCalls } from './onefile.ts';
import { readQualifications, readRegistrationNumber, typeRegistrationNumber } from './pics.ts';
import type { Step } from './step.ts';

const typed = 'WRONG00001';

/** OF-42: where both sides have a value, OneFile's stands. The edit in PICS is reason enough to look. */
export const oneFileWins: Step = {
  title: 'PICS and OneFile disagree, and OneFile wins',
  play: async ({ installation, person }, teller) => {
    const { ident, name, oneFileId } = person('10001');
    const qualifications = await readQualifications(installation, ident);
    const qualification = qualifications.find(({ registrationNumber }) => registrationNumber !== null);
    const rightful = qualification?.registrationNumber;
    if (qualification === undefined || rightful == null)
      throw new Error(`learner ${ident} has no registration number`);
    const since = await installation.oneFile.mark();
    const sentence = `changes registration number ${rightful}, which OneFile has too, to ${typed} for learner ${ident}, ${name}`;
    await teller.act('PICS', sentence, () => typeRegistrationNumber(installation, qualification, typed));
    await teller.expect({
      place: 'PICS',
      expected: `OneFile's number ${rightful} is back`,
      log: 'reconciler',
      look: async () => {
        const shown = await readRegistrationNumber(installation, qualification);
        return shown === rightful
          ? met(`shows OneFile's number ${rightful} again`, null)
          : unmet(`shows ${shown}`);
      },
    });
    await teller.expect({
      place: 'OneFile',
      expected: `still ${rightful}, and no call changed anything`,
      withinMs: 0,
      look: async () => {
        const [aims, { writes }] = await Promise.all([
          readAims(installation, oneFileId),
          readCalls(installation, since),
        ]);
        const numbers = aims.map(({ RegistrationNumber }) => RegistrationNumber);
        const isKept = numbers.includes(rightful) && !numbers.includes(typed);
        const seen = `${isKept ? `still has ${rightful}` : `has ${numbers.join(', ')}`}; calls that changed something: ${inWords(writes)}`;
        return isKept && writes.length === 0 ? met(seen, null) : unmet(seen);
      },
    });
  },
};
