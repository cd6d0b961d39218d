import type { EnrolmentPlan } from '../../src/domain/enrolment.ts';
import { met, unmet } from '../wait-for.ts';
import { giveCommand } from './command.ts';
import { type Enrolment, enrolled, newOfficer, references } from './enrolment.ts';
import { inWords, readCalls } from './onefile.ts';
import type { Step } from './step.ts';

/** OF-12: what an enrolment would do, and what is to be chosen, before anything is sent. */
export const enrolmentPreviewed = (enrolment: Enrolment): Step => ({
  title: 'An enrolment is previewed, and nothing is sent',
  play: async ({ installation, person }, teller) => {
    const ident = enrolled.first;
    const { pics, oneFile } = installation;
    await teller.act(
      'PICS',
      `names new officer ${newOfficer} for ${person(ident).name}, and ${enrolment.linkedOfficer} for qualification ${references.shared}`,
      async () => {
        await pics.query('update pics.trainee set main_off = $2 where ident = $1', [ident, newOfficer]);
        await pics.query('update pics.trqual set officer = $3 where ident = $1 and vqref = $2', [
          ...[ident, references.shared, enrolment.linkedOfficer],
        ]);
      },
    );
    const since = await oneFile.mark();
    const { result, message } = await giveCommand<EnrolmentPlan>(installation, teller, [
      ...['onefile', 'enrol', ident, '--preview'],
    ]);
    const qualification = (reference: string) =>
      result?.qualifications.find((one) => one.reference === reference);
    await teller.expect({
      place: 'pics-sync',
      expected: `three pathways for ${references.shared}, and ${references.unknown} is left out`,
      withinMs: 0,
      look: async () => {
        const [shared, unknown] = [qualification(references.shared), qualification(references.unknown)];
        const pathways = shared?.pathways.map(({ id, title }) => `${id} ${title}`) ?? [];
        enrolment.pathwayId = shared?.pathways[1]?.id ?? '';
        const seen = `to choose for ${references.shared}: ${pathways.join('; ') || message}; ${references.unknown} is ${unknown?.state}`;
        const isRight =
          shared?.state === 'choose' && pathways.length === 3 && unknown?.state === 'unavailable';
        return isRight ? met(seen, null) : unmet(seen);
      },
    });
    await teller.expect({
      place: 'pics-sync',
      expected: `${newOfficer} would be created, ${enrolment.linkedOfficer} is linked`,
      withinMs: 0,
      look: async () => {
        const ways = new Map(result?.officers.map(({ code, way }) => [code, way]));
        const seen = [...ways].map(([code, way]) => `${code}: ${way}`).join(', ');
        const isRight = ways.get(newOfficer) === 'create' && ways.get(enrolment.linkedOfficer) === 'linked';
        return isRight ? met(`officers: ${seen}`, null) : unmet(`officers: ${seen}`);
      },
    });
    await teller.expect({
      place: 'OneFile',
      expected: 'no call changed anything',
      withinMs: 0,
      look: async () => {
        const { writes } = await readCalls(installation, since);
        const seen = `calls that changed something: ${inWords(writes)}`;
        return writes.length === 0 ? met(seen, null) : unmet(seen);
      },
    });
  },
});
