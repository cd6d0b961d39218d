import type { Json } from '../../src/domain/json.ts';
import type { RunCounts } from '../../src/domain/run.ts';
import { buildLearner, buildQualification } from './learner.ts';
import { smallCentre } from './onefile-client.ts';
import type { createRandom } from './random.ts';
import { openRunWorld } from './run-world.ts';

const firstIdent = 20_001;
const firstUser = 500_001;
const firstAim = 700_001;

/** Many linked learners, each with one aim at OneFile, and a way to make both sides differ. */
export async function openSchool(size: number) {
  const numbers = Array.from({ length: size }, (_, n) => n);
  const learners = numbers.map((n) =>
    buildLearner({
      ident: String(firstIdent + n),
      firstName: `First${n}`,
      surname: `Last${n}`,
      status: 'L',
      oneFileId: String(firstUser + n),
      qualifications: [buildQualification({ reference: '603/1122/3' })],
    }),
  );
  const users = numbers.map((n) => ({
    ...{ ID: firstUser + n, OrganisationID: 301, Role: 1, FirstName: `First${n}`, LastName: `Last${n}` },
    ...{ Email: `l${n}@x.example.org`, MISID: String(firstIdent + n) },
  }));
  const aims = numbers.map((n) => ({
    ...{ ID: firstAim + n, StandardID: 5003, UserID: firstUser + n, Status: 0, Progress: 10 },
  }));
  const records = { ...smallCentre, users: [...smallCentre.users.slice(0, 2), ...users], aims };
  const world = await openRunWorld({ learners, records: records as unknown as Json });
  return {
    ...world,
    /** Both sides know each other and are equal. */
    level: async (): Promise<void> => {
      await world.give('synchronise', {});
      await world.settled();
      world.takeWrites();
    },
    /** Makes about half of the learners differ, on one side or on both; answers how many lines a plan should have. */
    differ: async (random: ReturnType<typeof createRandom>): Promise<RunCounts> => {
      let [updates, pulls] = [0, 0];
      for (const n of numbers) {
        if (random.chance() < 0.4) {
          updates += 1;
          await world.pics.edit(String(firstIdent + n), (learner) => ({
            ...learner,
            qualifications: learner.qualifications.map((one) => ({
              ...one,
              certificateAppliedOn: '2026-03-04',
            })),
          }));
        }
        if (random.chance() < 0.4) {
          pulls += 1;
          world.control('POST', `/act/aims/${firstAim + n}/registration`, { registrationNumber: `RG-${n}` });
        }
      }
      await world.settled();
      world.takeWrites();
      return { ...(updates > 0 && { update: updates }), ...(pulls > 0 && { pull: pulls }) };
    },
  };
}

export type School = Awaited<ReturnType<typeof openSchool>>;
