import { met, unmet } from '../wait-for.ts';
import { inWords, readAims, readCalls, toShortPath } from './onefile.ts';
import { readQualifications, typeRegistrationNumber } from './pics.ts';
import type { Step } from './step.ts';

const number = 'DM10000001';

/** OF-42 with D-1: blank at OneFile is filled from PICS, and OneFile is read just before. */
export const numberArrives: Step = {
  title: 'A registration number typed into PICS appears at OneFile',
  play: async ({ installation, person }, teller) => {
    const { ident, name, oneFileId } = person('10003');
    const [qualification] = await readQualifications(installation, ident);
    if (qualification === undefined) throw new Error(`learner ${ident} has no qualification`);
    const since = await installation.oneFile.mark();
    const where = `qualification ${qualification.reference} of learner ${ident}, ${name}`;
    await teller.act('PICS', `types registration number ${number} for ${where}`, () =>
      typeRegistrationNumber(installation, qualification, number),
    );
    const aim = await teller.expect({
      place: 'OneFile',
      expected: `one learning aim of the learner holds ${number}`,
      log: 'outbound',
      look: async () => {
        const aims = await readAims(installation, oneFileId);
        const [holder, ...more] = aims.filter(({ RegistrationNumber }) => RegistrationNumber === number);
        if (holder === undefined || more.length > 0)
          return unmet(`${more.length + (holder === undefined ? 0 : 1)} of ${aims.length} aims hold it`);
        return met(`learning aim ${holder.ID} holds ${number}, the learner's other aims do not`, holder.ID);
      },
    });
    if (aim === null) return;
    await teller.expect({
      place: 'OneFile',
      expected: 'the aims were read first, then exactly one call changed something',
      withinMs: 0,
      look: async () => {
        const { all, writes } = await readCalls(installation, since);
        const written = all.findIndex(({ path }) => toShortPath(path) === `LearningAim/${aim.value}`);
        const isReadFirst = all
          .slice(0, Math.max(0, written))
          .some(
            ({ route, body }) =>
              route.startsWith('LearningAim/Search') && String(body).includes(`${oneFileId}`),
          );
        const seen = `aims ${isReadFirst ? '' : 'not '}read before; calls that changed something: ${inWords(writes)}`;
        return isReadFirst && writes.length === 1 ? met(seen, null) : unmet(seen);
      },
    });
  },
};
